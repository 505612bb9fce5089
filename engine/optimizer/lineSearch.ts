/** A line search that ends in a step which meets the strong Wolfe conditions (Nocedal & Wright 2006, algorithms 3.5 and 3.6), with the safeguards of torch.optim.LBFGS. */

/** The loss along a direction. */
export interface Point {
  /** Length of the step. */
  t: number;
  loss: number;
  /** Derivative of the loss by t. */
  slope: number;
}

export interface LineSearchOptions<P extends Point> {
  start: P;
  /** The step that is tried first. */
  t: number;
  /** Largest element of the direction. */
  size: number;
  toleranceChange: number;
  /** `kept`: points whose gradients are needed still. */
  at(t: number, kept: readonly P[]): Promise<P>;
}

/** Share of the decrease that the slope promises, and of the slope that may be left. */
const [sufficientDecrease, curvature] = [1e-4, 0.9];
const mostIterations = 25;

/** The best point found. Ends after 25 evaluations also where none meets the conditions. */
export async function strongWolfe<P extends Point>({ start, t: first, size, toleranceChange, at }: LineSearchOptions<P>): Promise<P> {
  const tooHigh = (point: P): boolean => point.loss > start.loss + sufficientDecrease * point.t * start.slope;
  const flat = (point: P): boolean => Math.abs(point.slope) <= -curvature * start.slope;

  // First an interval that holds a minimum: its ends are the last two points.
  let last = start;
  let point = await at(first, [start]);
  let iterations = 0;
  for (; ; iterations++) {
    if (iterations === mostIterations) {
      last = start;
      break;
    }
    if (tooHigh(point) || (iterations > 1 && point.loss >= last.loss)) break;
    if (flat(point)) return point;
    if (point.slope >= 0) break;
    const t = cubicMinimum(last, point, point.t + 0.01 * (point.t - last.t), 10 * point.t);
    [last, point] = [point, await at(t, [start, point])];
  }

  // Then a point within, from which the end on the higher side is replaced.
  let [low, high] = last.loss <= point.loss ? [last, point] : [point, last];
  let stuck = false;
  for (; iterations < mostIterations && Math.abs(high.t - low.t) * size >= toleranceChange; iterations++) {
    const [least, most] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    let t = cubicMinimum(low, high, least, most);
    // Twice close to the same end is no progress: the next point is a tenth of the interval away from it.
    const margin = 0.1 * (most - least);
    const close = Math.min(most - t, t - least) < margin;
    const moved: boolean = close && (stuck || t >= most || t <= least);
    if (moved) t = Math.abs(t - most) < Math.abs(t - least) ? most - margin : least + margin;
    stuck = close && !moved;
    point = await at(t, [low, high]);
    if (tooHigh(point) || point.loss >= low.loss) {
      [low, high] = low.loss <= point.loss ? [low, point] : [point, low];
      continue;
    }
    if (flat(point)) return point;
    if (point.slope * (high.t - low.t) >= 0) high = low;
    low = point;
  }
  return low;
}

/** Where the cubic through two points and their slopes is least, within bounds; in their middle where it has no minimum (Nocedal & Wright 2006, equation 3.59). */
function cubicMinimum(a: Point, b: Point, least: number, most: number): number {
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const d1 = left.slope + right.slope - (3 * (left.loss - right.loss)) / (left.t - right.t);
  const square = d1 * d1 - left.slope * right.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const t = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(t, least), most);
}
