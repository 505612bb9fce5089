/** One measured value against its limit: for what has no course over steps. */
import { markup, type Markup } from './markup';
import { at, picture } from './plot';

export interface BarChart {
  width: number;
  label: string;
  value: number;
  limit: { value: number; text: string };
  colour: string;
}

const height = 44;

/** A bar from 0 to the value (by orders of magnitude where they are far apart), and the limit across it. Undefined where there is no number to draw. */
export function barChart({ width, label, value, limit, colour }: BarChart): Markup | undefined {
  if (!Number.isFinite(value) || !Number.isFinite(limit.value)) return undefined;
  const [left, right] = [4, width - 8];
  const sizes = [value, limit.value];
  const wide = sizes.every((size) => size > 0) && Math.max(...sizes) > 30 * Math.min(...sizes);
  const scale = wide ? Math.log10 : (x: number) => x;
  const low = wide ? scale(Math.min(...sizes)) - 1 : Math.min(0, ...sizes);
  const high = Math.max(low + 1e-12, ...sizes.map(scale), wide ? -Infinity : 0) + (wide ? 0.2 : 0);
  const x = (size: number): number => left + ((scale(size) - low) / (high - low)) * (right - left) * 0.94;
  const start = wide ? left : x(0);
  const place = x(limit.value);
  return picture(width, height, label,
    markup`<rect x="${left}" y="14" width="${right - left}" height="12" rx="2" fill="var(--chart-grid)"/>`,
    markup`<rect x="${at(Math.min(start, x(value)))}" y="14" width="${at(Math.max(2, Math.abs(x(value) - start)))}" height="12" rx="2" fill="${colour}"/>`,
    markup`<path d="M${at(place)} 9V31" stroke="var(--chart-strong)" stroke-width="1.6"/>`,
    markup`<text x="${at(Math.min(right - 4, Math.max(left, place)))}" y="42" text-anchor="${place > width * 0.7 ? 'end' : place < width * 0.2 ? 'start' : 'middle'}" fill="var(--chart-strong)">${limit.text}</text>`);
}
