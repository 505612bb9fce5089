/** The colours of charts where no editor gives them. */
import { ramp, RAMP_SIZE } from './colour';
import { heatColours } from './heat';

const palettes = {
  light: {
    background: '#ffffff', text: '#57606a', strong: '#1f2328', grid: '#e8ebef', axis: '#afb8c1', line: '#0969da',
    error: '#c62828', warning: '#b45309', information: '#4f5bd5', good: '#1a7f37',
  },
  dark: {
    background: '#16191f', text: '#9aa4b2', strong: '#e6edf3', grid: '#262b33', axis: '#4a525e', line: '#58a6ff',
    error: '#ff6b68', warning: '#f0a93b', information: '#97a5ff', good: '#4cc265',
  },
} as const;

/** Of series beside each other (after Okabe & Ito 2008): told apart with any colour vision, and as lines on the page's background. */
const series = {
  light: ['#0969da', '#c2570c', '#0a7d5c', '#a3397c', '#8a6d00', '#5e4bb6', '#b3261e', '#4b5563'],
  dark: ['#58a6ff', '#f0a04b', '#3ecfa0', '#e58bc2', '#e3d04f', '#a99bff', '#ff8078', '#aeb6c2'],
} as const;

/** Declarations of every variable that the charts use. */
export function palette(theme: keyof typeof palettes): string {
  const colours = ramp(theme === 'dark');
  // Not from the very end of the ramp, which is the colour of paper: that would look like nothing measured.
  const heat = Array.from({ length: heatColours }, (_, i) => `--heat-${i}:rgb(${colours[Math.round((0.05 + (0.95 * i) / (heatColours - 1)) * (RAMP_SIZE - 1))].join(' ')})`);
  return [...Object.entries(palettes[theme]).map(([name, value]) => `--chart-${name}:${value}`), ...heat].join(';');
}

/** Declarations of the colours of series, for pages that draw several beside each other. */
export const seriesPalette = (theme: keyof typeof palettes): string => series[theme].map((value, i) => `--series-${i}:${value}`).join(';');
