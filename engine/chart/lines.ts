/** Lines over steps, with a limit that colours what lies beyond it. */
import { markup, type Markup } from './markup';
import { at, drawStepAxis, drawValueAxis, heightOf, isWide, picture, placeOf, valueAxis, type Frame } from './plot';

export interface Line {
  step: readonly number[];
  /** null where it is not finite. */
  value: readonly (number | null)[];
  /** A CSS colour. */
  colour: string;
  /** Behind the others. */
  faint?: boolean;
}

export interface LineChart {
  width: number;
  height: number;
  /** What a screen reader says. */
  label: string;
  lines: readonly Line[];
  /** Drawn dashed; the lines take its colour where they are beyond it. */
  limit?: { value: number; text: string; comparison: 'above' | 'below'; colour: string };
  /** Steps that are shaded. */
  shades?: readonly { from: number; to: number; colour: string }[];
  /** First and last step; default: those of the lines. */
  steps?: readonly [number, number];
}

const gutter = 44;

/** Undefined where there is nothing finite to draw. */
export function lineChart({ width, height, label, lines, limit, shades = [], steps }: LineChart): Markup | undefined {
  const values = lines.flatMap(({ value }) => value.filter((each) => each !== null));
  if (values.length === 0) return undefined;
  const all = lines.flatMap(({ step }) => step);
  const range = steps ?? [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))] as const;
  const known = limit ? [...values, limit.value] : values;
  const frame: Frame = { left: gutter, right: width - 6, top: 8, bottom: height - 20 };
  const axis = valueAxis(known, isWide(known), Math.max(2, Math.floor(height / 36)));
  const x = placeOf(range, frame);
  const y = heightOf(axis, frame);
  const within = (step: number): number => Math.min(frame.right, Math.max(frame.left, x(step)));
  return picture(width, height, label,
    ...shades.map(({ from, to, colour }) => markup`<rect x="${at(within(from))}" y="${frame.top}" width="${at(Math.max(2, within(to) - within(from)))}" height="${at(frame.bottom - frame.top)}" fill="${colour}" opacity="0.13"/>`),
    drawValueAxis(axis, frame),
    drawStepAxis(range, frame, Math.max(2, Math.floor(width / 90))),
    ...lines.map((line) => drawLine(line, x, y, limit && { ...limit, y: y(limit.value) })),
    ...lines.slice(0, 1).map((line) => drawBreak(line, x, frame)),
    ...(limit ? [drawLimit(limit, y(limit.value), frame, lines[0], x, y)] : []));
}

interface Place {
  x: number;
  y: number;
}

function drawLine({ step, value, colour, faint }: Line, x: (step: number) => number, y: (value: number) => number, limit?: LineChart['limit'] & { y: number }): Markup {
  const stretches = stretchesOf(step, value).map((stretch) => stretch.map((i): Place => ({ x: x(step[i]), y: y(value[i]!) })));
  const beyond = (place: Place): boolean => limit !== undefined && (limit.comparison === 'above' ? place.y < limit.y : place.y > limit.y);
  // [calm, beyond]
  const paths = ['', ''];
  const dots: Markup[] = [];
  for (const stretch of stretches) {
    if (stretch.length === 1) dots.push(markup`<circle cx="${at(stretch[0].x)}" cy="${at(stretch[0].y)}" r="3.5" fill="${beyond(stretch[0]) ? limit!.colour : colour}"/>`);
    let last = -1;
    for (let i = 1; i < stretch.length; i++) {
      for (const [from, to] of cut(stretch[i - 1], stretch[i], limit?.y)) {
        const side = Number(beyond({ x: 0, y: (from.y + to.y) / 2 }));
        paths[side] += `${side === last && i > 1 ? '' : `M${at(from.x)} ${at(from.y)}`}L${at(to.x)} ${at(to.y)}`;
        last = side;
      }
    }
  }
  const colours = [colour, limit?.colour ?? colour];
  return markup`${paths.map((path, side) => path !== '' && markup`<path d="${path}" fill="none" stroke="${colours[side]}" stroke-width="${faint ? 1 : 1.8}" stroke-linejoin="round"${faint ? markup` opacity="0.35"` : ''}/>`)}${dots}`;
}

/** A segment, in two where it crosses a height. */
function cut(from: Place, to: Place, height: number | undefined): [Place, Place][] {
  if (height === undefined || (from.y - height) * (to.y - height) >= 0) return [[from, to]];
  const middle = { x: from.x + ((height - from.y) / (to.y - from.y)) * (to.x - from.x), y: height };
  return [[from, middle], [middle, to]];
}

/** Indices of the finite values, in unbroken rows. */
function stretchesOf(step: readonly number[], value: readonly (number | null)[]): number[][] {
  const stretches: number[][] = [[]];
  step.forEach((_, i) => {
    if (value[i] !== null) stretches.at(-1)!.push(i);
    else if (stretches.at(-1)!.length > 0) stretches.push([]);
  });
  return stretches.filter(({ length }) => length > 0);
}

/** Where a line ends in what is no number. */
function drawBreak({ step, value }: Line, x: (step: number) => number, { top, bottom, left }: Frame): Markup {
  const last = value.findLastIndex((each) => each !== null);
  if (last < 0 || last === value.length - 1) return markup``;
  const place = x(step[last + 1]);
  return markup`<path d="M${at(place)} ${top}V${at(bottom)}" stroke="var(--chart-error)" stroke-dasharray="2 2"/><text x="${at(place + (place > left + 90 ? -4 : 4))}" y="${top + 10}" text-anchor="${place > left + 90 ? 'end' : 'start'}" fill="var(--chart-error)">NaN or Inf</text>`;
}

/** Its text at the end where the line is farther away. */
function drawLimit({ value, text }: NonNullable<LineChart['limit']>, height: number, { left, right, top }: Frame, line: Line, x: (step: number) => number, y: (value: number) => number): Markup {
  const nearest = (from: number, to: number): number => Math.min(...line.step.flatMap((step, i) => {
    const each = line.value[i];
    return each !== null && x(step) >= from && x(step) <= to ? [Math.abs(y(each) - y(value))] : [];
  }));
  const atRight = nearest(right - 90, right) >= nearest(left, left + 90);
  return markup`<path d="M${left} ${at(height)}H${right}" stroke="var(--chart-text)" stroke-dasharray="5 4"/><text x="${atRight ? right - 3 : left + 4}" y="${at(height < top + 14 ? height + 12 : height - 4)}" text-anchor="${atRight ? 'end' : 'start'}" fill="var(--chart-strong)" stroke="var(--chart-background)" stroke-width="3" paint-order="stroke">${text}</text>`;
}
