/** Small pictures of a series as SVG data URIs: they need no file, no network and no script. */

export type Tone = 'plain' | 'good' | 'warning' | 'error';
export type Theme = 'light' | 'dark';

/** VS Code's own `charts.*` and editor colours; a data URI cannot read theme variables. */
const tones: Record<Theme, Record<Tone, string>> = {
  dark: { plain: '#3794ff', good: '#89d185', warning: '#cca700', error: '#f14c4c' },
  light: { plain: '#0065b8', good: '#388a34', warning: '#a56c00', error: '#d01b1b' },
};
const inks: Record<Theme, { text: string; grid: string }> = {
  dark: { text: '#cccccc', grid: '#8888884d' },
  light: { text: '#3b3b3b', grid: '#8888884d' },
};

export interface SparklineOptions {
  width: number;
  height: number;
  tone: Tone;
  theme: Theme;
  /** Logarithmic height: gradients differ by powers of ten. */
  log?: boolean;
}

/** Never higher than a line of text. */
export const sparkline = (series: readonly number[], options: SparklineOptions): string =>
  svg(options.width, options.height, `<path d="${curve(series, options, 1)}" ${stroke(options)} stroke-width="1.25"/>`);

/** The picture of a hover: the curve with its highest and lowest value and its first and last step. */
export function chart(series: readonly number[], options: SparklineOptions & { from: number; to: number; format: (value: number) => string }): string {
  const { width, height, theme, format, from, to } = options;
  const left = 52, bottom = 18, top = 8;
  const inner = { ...options, width: width - left - 8, height: height - bottom - top };
  const finite = series.filter((value) => Number.isFinite(value) && (!options.log || value > 0));
  const ink = inks[theme];
  const label = (x: number, y: number, anchor: string, text: string) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${ink.text}" font-family="sans-serif" font-size="11">${text}</text>`;
  const line = (y: number) => `<path d="M${left} ${y}H${width - 8}" stroke="${ink.grid}"/>`;
  const low = top + inner.height;
  return svg(width, height, [
    line(top), line(low),
    finite.length > 0 ? label(left - 6, top + 8, 'end', format(Math.max(...finite))) + label(left - 6, low, 'end', format(Math.min(...finite))) : '',
    label(left, height - 4, 'start', String(from)), label(width - 8, height - 4, 'end', String(to)),
    `<g transform="translate(${left} ${top})"><path d="${curve(series, inner, 1)}" ${stroke(options)} stroke-width="1.5"/></g>`,
  ].join(''));
}

const stroke = ({ tone, theme }: SparklineOptions): string => `fill="none" stroke="${tones[theme][tone]}" stroke-linejoin="round"`;

function svg(width: number, height: number, body: string): string {
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(text).toString('base64')}`;
}

/** A path through the series; where there are more values than room, the lowest and highest of every two pixels, so that a spike stays visible. */
function curve(series: readonly number[], { width, height, log }: SparklineOptions, margin: number): string {
  const scaled = series.map((value) => (log ? (value > 0 ? Math.log10(value) : NaN) : value));
  const finite = scaled.filter(Number.isFinite);
  if (finite.length === 0) return '';
  const [low, high] = span(finite, log ? 1 : 0);
  const x = (i: number) => margin + (i * (width - 2 * margin)) / Math.max(1, series.length - 1);
  const y = (value: number) => (high === low ? height / 2 : margin + ((high - value) * (height - 2 * margin)) / (high - low));
  let pen = 'M';
  return extremes(scaled, Math.ceil(width / 2)).map((i) => {
    if (!Number.isFinite(scaled[i])) { pen = 'M'; return ''; } // a gap
    const command = `${pen}${x(i).toFixed(1)} ${y(scaled[i]).toFixed(1)}`;
    pen = 'L';
    return command;
  }).join('');
}

/** Lowest and highest value, widened about their middle to `least`: within one power of ten a gradient's noise is no news. */
function span(values: readonly number[], least: number): [number, number] {
  const low = Math.min(...values), high = Math.max(...values);
  const missing = Math.max(0, least - (high - low)) / 2;
  return [low - missing, high + missing];
}

/** Positions of the lowest and the highest value of each of `buckets` parts, ascending; all positions where there are few. */
function extremes(values: readonly number[], buckets: number): number[] {
  if (values.length <= 2 * buckets) return values.map((_, i) => i);
  const chosen = new Set<number>();
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * values.length) / buckets), to = Math.floor(((bucket + 1) * values.length) / buckets);
    let lowest = from, highest = from;
    for (let i = from; i < to; i++) {
      if (values[i] < values[lowest] || Number.isNaN(values[lowest])) lowest = i;
      if (values[i] > values[highest] || Number.isNaN(values[highest])) highest = i;
    }
    chosen.add(lowest).add(highest);
  }
  chosen.add(values.length - 1);
  return [...chosen].sort((a, b) => a - b);
}
