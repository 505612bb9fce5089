import { correction, noiseFloor, noiseScale } from './moments';
import { remembered } from './remembered';
import { median } from './statistics';
import { lossOf, type RecordView } from './view';
import type { Window } from './windows';

/** Share of the untrained loss below which a task is nearly solved. */
const solved = 0.1;

/** In samples. */
export interface NoiseScale {
  value: number;
  low: number;
  high: number;
}

/** Optimizers whose update is made of Adam's two moments. Adamax is none of them: its second one is a maximum, not a mean. */
const adamLike = ['adam', 'adamw', 'nadam', 'radam', 'lamb', 'stableadamw'];

const views = new WeakMap<RecordView, AdamView>();

/** Adam's options and its moments as the rules read them from a record; sums over tensors, corrected for the moments' start at zero. */
export class AdamView {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly learningRate: number;
  /** Samples of an update. */
  readonly batchSize: number;
  readonly totalSteps: number;
  /** v is the largest so far, not the latest average. */
  readonly amsgrad: boolean;
  /** s^2 of pure noise at the i-th measured step. */
  readonly floor: (i: number) => number;
  private readonly gradientNorm;
  private readonly second;
  /** sum g^2 over all parameters as it entered v, sum m^^2 and sum v^. */
  private readonly squares: (i: number) => number;
  private readonly firstSum: (i: number) => number;
  private readonly secondSum: (i: number) => number;
  /** 1 - b2^t at every measured step. */
  private readonly corrections: Float64Array;

  private constructor(readonly view: RecordView) {
    this.beta1 = view.number('optimizer.beta1') ?? 0.9;
    this.beta2 = view.number('optimizer.beta2') ?? 0.999;
    this.epsilon = view.number('optimizer.epsilon') ?? 1e-8;
    this.learningRate = view.learningRate;
    this.batchSize = (view.number('batchSize') ?? 1) * (view.number('accumulate') ?? 1);
    this.totalSteps = view.header.totalSteps;
    this.amsgrad = view.config('optimizer.amsgrad') === true;
    this.gradientNorm = view.reader('gradientNorm');
    this.second = view.reader('secondMomentNorm');
    this.corrections = Float64Array.from(view.measured, ({ step }) => correction(this.beta2, step));
    const first = view.reader('firstMomentNorm');
    const steps = view.measured.length;
    this.floor = remembered(steps, (i) => noiseFloor(this.beta1, view.measured[i].step));
    this.squares = remembered(steps, (i) => this.sumOfSquares(this.gradientNorm, i) * this.clipping(i) ** 2);
    this.firstSum = remembered(steps, (i) => this.sumOfSquares(first, i) / correction(this.beta1, view.measured[i].step) ** 2);
    this.secondSum = remembered(steps, (i) => this.sumOfSquares(this.second, i) / this.corrections[i]);
  }

  /** Undefined for any other optimizer. `except`: those of its kin to which what is asked does not apply. */
  static of(view: RecordView, except: readonly string[] = []): AdamView | undefined {
    if (!adamLike.includes(view.optimizer) || except.includes(view.optimizer)) return undefined;
    const adam = views.get(view) ?? new AdamView(view);
    views.set(view, adam);
    return adam;
  }

  /** b1 above sqrt(b2): updates have no bound (adam-beta-order). */
  get betasOutOfOrder(): boolean {
    return this.beta1 ** 2 > this.beta2;
  }

  get warmupSteps(): number {
    return this.view.number('schedule.warmupSteps') ?? 0;
  }

  /** s^2 = sum m^^2 / sum v^ over all parameters at the i-th measured step. */
  s2(i: number): number {
    return this.firstSum(i) / this.secondSum(i);
  }

  /**
   * |G|^2 / tr(Sigma_B) over a window, from s^2 with the squared gradients of the window itself in the place of v^: v remembers 1 / (1 - b2) steps, often more than the
   * stretch that is judged. Means of both parts, not of the ratio, keep the estimate unbiased.
   */
  signalToNoise({ start, end }: Window): number {
    let signal = 0;
    let noise = 0;
    for (let i = start; i < end; i++) {
      const first = this.firstSum(i);
      const squares = this.squares(i);
      signal += first - this.floor(i) * squares;
      noise += squares - first;
    }
    return noise > 0 ? Math.max(0, signal / noise) : Infinity;
  }

  /**
   * B_simple over a window, with the smallest and the largest value in its quarters for what the estimate is worth. Where all quarters are noise only, or free of it,
   * there is no upper bound, or the lower one is 0.
   */
  noiseScale({ start, end }: Window): NoiseScale {
    const scale = (from: number, to: number): number => noiseScale(this.batchSize, this.signalToNoise({ start: start + Math.round(from * (end - start)), end: start + Math.round(to * (end - start)) }));
    const quarters = [0, 0.25, 0.5, 0.75].map((from) => scale(from, from + 0.25));
    const value = scale(0, 1);
    return { value, low: Math.min(value, ...quarters), high: Math.max(value, ...quarters) };
  }

  /** sum g^2 / sum v^ over all parameters. */
  pooledShare(i: number): number {
    return this.squares(i) / this.secondSum(i);
  }

  /** sum g^2 / sum v^ of one parameter, with g as it entered v: clipped by its norm. */
  gradientShare(i: number, parameter: number): number {
    return ((this.clipping(i) * this.gradientNorm(i, parameter)) / this.second(i, parameter)) ** 2 * this.corrections[i];
  }

  /** ||sqrt(v^)|| of one parameter. */
  correctedNorm(i: number, parameter: number): number {
    return this.second(i, parameter) / Math.sqrt(this.corrections[i]);
  }

  /** Root mean square of sqrt(v^) of one parameter. */
  rootSecond(i: number, parameter: number): number {
    return this.correctedNorm(i, parameter) / Math.sqrt(sizeOf(this.view.header.parameters[parameter].dims));
  }

  /** Whether the loss still has something to win: what a nearly solved task does is no fault. */
  unsolved(i: number): boolean {
    return lossOf(this.view.measured[i]) > solved * this.view.baseline.loss;
  }

  /** Median over the matrices of a quantity of one at the i-th measured step. */
  overMatrices(value: (i: number, parameter: number) => number): (i: number) => number {
    return remembered(this.view.measured.length, (i) => median(this.view.matrices.map(({ index }) => value(i, index))));
  }

  /** Median over a window of a quantity of the i-th measured step. */
  median(window: Window, value: (i: number) => number): number {
    return median(this.view.series(window, value));
  }

  /** What the gradient was scaled by before it entered the moments. */
  private clipping(i: number): number {
    return this.view.clipFactor(this.view.measured[i]);
  }

  private sumOfSquares(norm: (measured: number, parameter: number) => number, i: number): number {
    let sum = 0;
    const { length } = this.view.header.parameters;
    for (let p = 0; p < length; p++) {
      const size = norm(i, p);
      sum += size * size;
    }
    return sum;
  }
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
