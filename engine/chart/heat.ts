/** Rows of a quantity over steps as a map of colours: one path per colour, so that a page stays small. */
import { placement, type ColourScale } from './colour';
import { markup, type Markup } from './markup';
import { at, drawStepAxis, placeOf, picture, type Frame } from './plot';

/** Colours of the ramp, as CSS variables --heat-0 ... */
export const heatColours = 16;

export interface HeatRow {
  name: string;
  /** By column; null: not finite, undefined: not measured. */
  values: readonly (number | null | undefined)[];
  /** A finding speaks of it. */
  marked?: boolean;
}

export interface HeatChart {
  width: number;
  label: string;
  rows: readonly HeatRow[];
  /** Where each column begins, and the end of the last. */
  edges: readonly number[];
  scale: ColourScale;
}

export const heatHeight = (rows: number): number => 8 + rows * rowHeight(rows) + 22;
const rowHeight = (rows: number): number => Math.max(5, Math.min(22, Math.floor(360 / Math.max(1, rows))));

export function heatChart({ width, label, rows, edges, scale }: HeatChart): Markup {
  const each = rowHeight(rows.length);
  const longest = Math.max(...rows.map(({ name }) => name.length));
  const frame: Frame = { left: Math.min(190, 14 + 6.4 * longest), right: width - 8, top: 8, bottom: 8 + rows.length * each };
  const range = [edges[0], edges.at(-1)!] as const;
  const x = placeOf(range, frame);
  const place = placement(scale);
  const paths = new Map<string, string>();
  rows.forEach(({ values }, r) => {
    const colours = values.map((value) => (value === undefined ? undefined : value === null ? 'var(--chart-error)' : `var(--heat-${Math.round(place(value) * (heatColours - 1))})`));
    for (let start = 0, end = 1; start < colours.length; start = end++) {
      while (end < colours.length && colours[end] === colours[start]) end++;
      const colour = colours[start];
      if (colour === undefined) continue;
      paths.set(colour, `${paths.get(colour) ?? ''}M${at(x(edges[start]))} ${at(frame.top + r * each)}H${at(x(edges[end]) + 0.3)}v${each - 1}H${at(x(edges[start]))}z`);
    }
  });
  const every = Math.ceil(12 / each);
  const most = Math.floor((frame.left - 14) / 6.2);
  return picture(width, heatHeight(rows.length), label,
    ...[...paths].map(([colour, path]) => markup`<path d="${path}" fill="${colour}"/>`),
    rows.map(({ name, marked }, r) => (r % every === 0 || marked) && markup`<text x="${at(frame.left - 6)}" y="${at(frame.top + (r + 0.5) * each + 3.5)}" text-anchor="end"${marked ? markup` fill="var(--chart-strong)" font-weight="600"` : ''}>${shorten(name, most)}</text>`),
    drawStepAxis(range, frame, Math.max(2, Math.floor(width / 110))));
}

/** In the middle: both the layer and the parameter stay readable. */
const shorten = (name: string, most: number): string => (name.length <= most ? name : `${name.slice(0, Math.ceil(most / 2) - 1)}…${name.slice(name.length - Math.floor(most / 2))}`);
