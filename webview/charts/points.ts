/** From bins to what is drawn and read. */
import type { Row } from '../data/store';
import { smooth } from '../data/smoothing';

export interface Point {
  x: number;
  y: number;
}

/** The full range of every bin: low at its first step, high at its last; a gap where there is no finite value. */
export function outline({ bins, row }: Row): Point[] {
  const points: Point[] = [];
  for (let column = 0; column < bins.columns; column++) {
    const cell = column * bins.rows + row;
    const [low, high] = [bins.low[cell], bins.high[cell]];
    if (low > high) {
      if (bins.broken[cell] > 0) points.push({ x: bins.first[column], y: NaN });
    } else if (low === high) points.push({ x: bins.first[column], y: low });
    else points.push({ x: bins.first[column], y: low }, { x: bins.last[column], y: high });
  }
  return points;
}

/** Means of the bins, smoothed. */
export function smoothed({ bins, row }: Row, factor: number): Point[] {
  const means = Float64Array.from({ length: bins.columns }, (_, column) => bins.mean(column * bins.rows + row));
  return Array.from(smooth(means, factor), (y, column) => ({ x: (bins.first[column] + bins.last[column]) / 2, y }));
}

export interface Reading {
  first: number;
  last: number;
  low: number;
  high: number;
  mean: number;
  /** First non-finite step in the bin; 0: none. */
  broken: number;
}

/** What a series holds at a step; undefined where nothing was recorded. */
export function readAt({ bins, row }: Row, step: number): Reading | undefined {
  const column = bins.columnAt(step);
  if (column < 0) return undefined;
  const cell = column * bins.rows + row;
  if (bins.low[cell] > bins.high[cell] && bins.broken[cell] === 0) return undefined;
  return {
    first: bins.first[column], last: bins.last[column], low: bins.low[cell], high: bins.high[cell], mean: bins.mean(cell), broken: bins.broken[cell],
  };
}

/** Stretches of non-finite values: [first, last] steps. */
export function brokenSpans({ bins, row }: Row): [number, number][] {
  const spans: [number, number][] = [];
  let open = false;
  for (let column = 0; column < bins.columns; column++) {
    const broken = bins.broken[column * bins.rows + row];
    if (broken === 0) open = false;
    else if (open) spans[spans.length - 1][1] = bins.last[column];
    else {
      spans.push([broken, bins.stride === 1 ? broken : bins.last[column]]);
      open = true;
    }
  }
  return spans;
}

/** Extremes of the finite values within a range of steps; [Infinity, -Infinity] where there are none. */
export function extremes({ bins, row }: Row, range?: [number, number], positive = false): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let column = 0; column < bins.columns; column++) {
    if (range && (bins.last[column] < range[0] || bins.first[column] > range[1])) continue;
    const cell = column * bins.rows + row;
    const bottom = positive && bins.low[cell] <= 0 ? bins.high[cell] : bins.low[cell];
    if (!positive || bottom > 0) low = Math.min(low, bottom);
    high = Math.max(high, bins.high[cell]);
  }
  return [low, high];
}
