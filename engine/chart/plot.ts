/** What the charts have in common: where values lie and how axes look. Colours are CSS variables, so that page, picture and panel each give their own. */
import { formatNumber } from '../diagnosis/numbers';
import { linearRange, linearTicks, logRange, logTicks } from './axis';
import { markup, type Markup, type Part } from './markup';

/** In pixels: the plot's edges within the picture. */
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Axis {
  range: [number, number];
  log: boolean;
  ticks: number[];
}

/** Values of different orders of magnitude need a logarithmic axis. */
export const isWide = (values: readonly number[]): boolean => {
  const positive = values.filter((value) => value > 0);
  return positive.length >= 0.9 * values.length && values.every((value) => value >= 0) && Math.max(...positive) > 30 * Math.min(...positive);
};

export function valueAxis(values: readonly number[], log: boolean, ticks: number): Axis {
  const shown = log ? values.filter((value) => value > 0) : values;
  const [low, high] = [Math.min(...shown), Math.max(...shown)];
  const range = log ? logRange(low, high, 1) : linearRange(low, high);
  return { range, log, ticks: (log ? logTicks : linearTicks)(...range, ticks) };
}

/** Height of a value; what lies outside the range lies on the edge. */
export function heightOf({ range: [low, high], log }: Axis, { top, bottom }: Frame): (value: number) => number {
  const scale = log ? (value: number) => Math.log10(Math.max(value, low)) : (value: number) => value;
  const [from, to] = [scale(low), scale(high)];
  return (value) => bottom - Math.min(1, Math.max(0, (scale(value) - from) / (to - from || 1))) * (bottom - top);
}

export const placeOf = ([first, last]: readonly [number, number], { left, right }: Frame): ((step: number) => number) =>
  (step) => left + ((step - first) / Math.max(1, last - first)) * (right - left);

/** A coordinate with a tenth of a pixel. */
export const at = (value: number): string => String(Number(value.toFixed(1)));

export const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

export function drawValueAxis(axis: Axis, frame: Frame): Markup {
  const y = heightOf(axis, frame);
  return markup`${axis.ticks.map((tick) => markup`<path d="M${at(frame.left)} ${at(y(tick))}H${at(frame.right)}" stroke="var(--chart-grid)"/><text x="${at(frame.left - 6)}" y="${at(y(tick) + 3.5)}" text-anchor="end">${tickText(tick, axis)}</text>`)}`;
}

/** Powers of ten in one notation on a logarithmic axis that spans many; neighbours differ on a linear one. */
function tickText(tick: number, { log, ticks }: Axis): string {
  const apart = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(tick);
  const plain = Math.abs(tick) < 1e4 && apart >= 1e-3;
  const text = log
    ? tick >= 1e4 || tick < 1e-2 ? `1e${Math.round(Math.log10(tick))}` : formatNumber(tick)
    : plain ? String(Number(tick.toFixed(Math.max(0, 2 - Math.floor(Math.log10(apart)))))) : tick.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
  return text.replace('-', '−');
}

export function drawStepAxis(range: readonly [number, number], frame: Frame, most: number): Markup {
  const x = placeOf(range, frame);
  const ticks = linearTicks(...range, most).filter(Number.isInteger);
  const anchor = (place: number): string => (place > frame.right - 14 ? 'end' : place < frame.left + 8 ? 'start' : 'middle');
  return markup`<path d="M${at(frame.left)} ${at(frame.bottom)}H${at(frame.right)}" stroke="var(--chart-axis)"/>${ticks.map((tick) => markup`<text x="${at(x(tick))}" y="${at(frame.bottom + 14)}" text-anchor="${anchor(x(tick))}">${count(tick)}</text>`)}`;
}

/** The picture around a drawing; `label` is what a screen reader says. */
export const picture = (width: number, height: number, label: string, ...content: Part[]): Markup =>
  markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}" font-size="11" fill="var(--chart-text)">${content}</svg>`;
