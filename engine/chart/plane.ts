/** Points and lines over two axes of any kind: curves, points of runs, residuals. */
import { formatNumber } from '../diagnosis/numbers';
import { linearRange, linearTicks, logRange, logTicks } from './axis';
import { markup, type Markup } from './markup';
import { at, drawValueAxis, heightOf, isWide, picture, valueAxis, type Frame } from './plot';

export interface Series {
  name: string;
  /** A CSS colour. */
  colour: string;
  points: readonly { x: number; y: number; title?: string }[];
  /** Default: a line. */
  drawn?: 'line' | 'points' | 'both';
  dash?: boolean;
}

export interface PlaneAxis {
  title: string;
  /** Default: where the values differ by orders of magnitude. */
  log?: boolean;
  range?: [number, number];
  /** x is an index into these. */
  categories?: readonly string[];
}

export interface PlaneChart {
  width: number;
  height: number;
  /** What a screen reader says. */
  label: string;
  x: PlaneAxis;
  y: PlaneAxis;
  series: readonly Series[];
  /** Upright lines with a text. */
  marks?: readonly { x: number; text: string; colour?: string }[];
  /** A dashed line between two points: what chance gives, what would be right. */
  reference?: readonly [number, number, number, number];
}

/** The colours of series; they repeat beyond eight, dashed. */
export const seriesColour = (i: number): string => `var(--series-${i % 8})`;

/** Undefined where there is nothing finite to draw. */
export function planeChart({ width, height, label, x, y, series, marks = [], reference }: PlaneChart): Markup | undefined {
  const finite = series.map((one) => ({ ...one, points: one.points.filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y)) }));
  const all = finite.flatMap(({ points }) => points);
  if (all.length === 0) return undefined;
  const frame: Frame = { left: 58, right: width - 12, top: 20, bottom: height - (x.categories?.some(({ length }) => length > 12) ? 52 : 40) };
  const values = all.map((point) => point.y);
  const log = y.log ?? isWide(values);
  const ticks = Math.max(2, Math.floor(height / 44));
  const vertical = y.range ? { range: y.range, log, ticks: (log ? logTicks : linearTicks)(...y.range, ticks) } : valueAxis(values, log, ticks);
  const up = heightOf(vertical, frame);
  const across = acrossOf(x, all.map((point) => point.x), frame);
  return picture(width, height, label,
    drawValueAxis(vertical, frame),
    drawAcross(x, across, frame),
    markup`<text x="${frame.left}" y="11" fill="var(--chart-strong)">${y.title}</text><text x="${frame.right}" y="${height - 5}" text-anchor="end" fill="var(--chart-strong)">${x.title}</text>`,
    reference && markup`<path d="M${at(across.place(reference[0]))} ${at(up(reference[1]))}L${at(across.place(reference[2]))} ${at(up(reference[3]))}" stroke="var(--chart-axis)" stroke-dasharray="5 4"/>`,
    marks.map(({ x: place, text, colour = 'var(--chart-good)' }) => markup`<path d="M${at(across.place(place))} ${frame.top}V${at(frame.bottom)}" stroke="${colour}" stroke-dasharray="4 3"/><text x="${at(across.place(place) + (across.place(place) > frame.right - 120 ? -5 : 5))}" y="${frame.top + 10}" text-anchor="${across.place(place) > frame.right - 120 ? 'end' : 'start'}" fill="${colour}" stroke="var(--chart-background)" stroke-width="3" paint-order="stroke">${text}</text>`),
    finite.map((one) => drawSeries(one, across.place, up)));
}

interface Across {
  place(x: number): number;
  ticks: { x: number; text: string }[];
}

function acrossOf({ log: asked, range: given, categories }: PlaneAxis, values: readonly number[], { left, right }: Frame): Across {
  if (categories) {
    const each = (right - left) / categories.length;
    return { place: (x) => left + (x + 0.5) * each, ticks: categories.map((text, i) => ({ x: i, text: shorten(text, Math.max(4, Math.floor(each / 6))) })) };
  }
  const log = asked ?? isWide(values);
  const known = log ? values.filter((value) => value > 0) : values;
  const [low, high] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
  const [from, to] = given ?? (log ? logRange(low, high, 0.2) : tight(low, high));
  const scale = log ? (value: number) => Math.log10(Math.max(value, from)) : (value: number) => value;
  const ticks = (log ? logTicks : linearTicks)(from, to, Math.max(2, Math.floor((right - left) / 70)));
  return { place: (x) => left + ((scale(x) - scale(from)) / (scale(to) - scale(from) || 1)) * (right - left), ticks: ticks.map((x) => ({ x, text: tickText(x) })) };
}

/** Steps, seconds and shares begin where they begin. */
const tight = (low: number, high: number): [number, number] => (low >= 0 && low < 0.2 * high ? [low, high] : linearRange(low, high));

const tickText = (x: number): string => (Math.abs(x) >= 1e4 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(Number.isInteger(Math.log10(Math.abs(x))) ? 0 : 1).replace('e+', 'e').replace('.0e', 'e') : formatNumber(x)).replace(/^-/, '−');

export const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

function drawAcross({ categories }: PlaneAxis, { place, ticks }: Across, { left, right, bottom }: Frame): Markup {
  const every = categories ? Math.ceil(ticks.length / Math.max(1, Math.floor((right - left) / 34))) : 1;
  return markup`<path d="M${left} ${at(bottom)}H${right}" stroke="var(--chart-axis)"/>${ticks.filter((_, i) => i % every === 0).map(({ x, text }) => markup`<text x="${at(place(x))}" y="${at(bottom + 14)}" text-anchor="middle">${text}</text>`)}`;
}

function drawSeries({ points, colour, drawn = 'line', dash }: Series, x: (value: number) => number, y: (value: number) => number): Markup {
  const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${at(x(point.x))} ${at(y(point.y))}`).join('');
  return markup`${drawn !== 'points' && points.length > 1 && markup`<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.8" stroke-linejoin="round"${dash ? markup` stroke-dasharray="6 4"` : ''}/>`}${(drawn !== 'line' || points.length === 1) && points.map((point) => markup`<circle cx="${at(x(point.x))}" cy="${at(y(point.y))}" r="3.4" fill="${colour}" fill-opacity="0.8" stroke="var(--chart-background)" stroke-width="0.8">${point.title !== undefined && markup`<title>${point.title}</title>`}</circle>`)}`;
}
