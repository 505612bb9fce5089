import type { BoxFormat } from '../loss';
import type { Collector } from './collector';
import type { Outcome, Problem } from './outcome';

/** From which overlap on a box is right: that of PASCAL VOC and of ImageNet's localisation task. */
export const enough = 0.5;

/** How far predicted boxes lie over the right ones. */
export class Overlaps implements Collector {
  private sum = 0;
  private right = 0;
  private rows = 0;

  constructor(private readonly problem: Problem) {}

  add(outcome: Outcome): void {
    for (const overlap of overlaps(this.problem, outcome)) {
      this.sum += overlap;
      this.right += Number(overlap >= enough);
    }
    this.rows += outcome.rows;
  }

  get mean(): number {
    return this.sum / this.rows;
  }

  get share(): number {
    return this.right / this.rows;
  }
}

/** Intersection over union of every row's boxes. */
export const overlaps = ({ boxes }: Problem, { rows, scores, labels }: Pick<Outcome, 'rows' | 'scores' | 'labels'>): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => intersectionOverUnion(corners(scores, 4 * row, boxes!), corners(labels, 4 * row, boxes!)));

/** Left, top, right, bottom. */
export type Corners = [number, number, number, number];

/** The box of four numbers from `at` on; swapped corners are put in order. */
export function corners(values: ArrayLike<number>, at: number, format: BoxFormat): Corners {
  const [a, b, c, d] = [values[at], values[at + 1], values[at + 2], values[at + 3]];
  const [x1, y1, x2, y2] = format === 'xyxy' ? [a, b, c, d] : format === 'xywh' ? [a, b, a + c, b + d] : [a - c / 2, b - d / 2, a + c / 2, b + d / 2];
  return [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
}

const area = ([left, top, right, bottom]: Corners): number => Math.max(0, right - left) * Math.max(0, bottom - top);
const inner = (a: Corners, b: Corners): number => area([Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])]);

/** 0 to 1; of two boxes without any area 0. */
export function intersectionOverUnion(a: Corners, b: Corners): number {
  const both = inner(a, b);
  return both === 0 ? 0 : both / (area(a) + area(b) - both);
}

/** -1 to 1: less the share of the smallest box around both that belongs to neither (Rezatofighi et al. 2019). */
export function generalizedIntersectionOverUnion(a: Corners, b: Corners): number {
  const outer = area([Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])]);
  const union = area(a) + area(b) - inner(a, b);
  return intersectionOverUnion(a, b) - (outer === 0 ? 0 : (outer - union) / outer);
}
