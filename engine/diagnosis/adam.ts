import { correction, noiseFloor } from './moments';
import { median } from './statistics';
import type { RecordView } from './view';
import type { Window } from './windows';

/** Adam's options and its moments as the rules read them from a record; sums over tensors, corrected for the moments' start at zero. */
export class AdamView {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly totalSteps: number;
  /** v is the largest so far, not the latest average. */
  readonly amsgrad: boolean;
  private readonly gradientNorm;
  private readonly first;
  private readonly second;

  private constructor(readonly view: RecordView) {
    this.beta1 = view.number('optimizer.beta1') ?? 0.9;
    this.beta2 = view.number('optimizer.beta2') ?? 0.999;
    this.epsilon = view.number('optimizer.epsilon') ?? 1e-8;
    this.learningRate = view.learningRate;
    this.batchSize = view.number('batchSize') ?? 1;
    this.totalSteps = view.header.totalSteps;
    this.amsgrad = view.config('optimizer.amsgrad') === true;
    this.gradientNorm = view.reader('gradientNorm');
    this.first = view.reader('firstMomentNorm');
    this.second = view.reader('secondMomentNorm');
  }

  /** Undefined for any other optimizer. */
  static of(view: RecordView): AdamView | undefined {
    return view.optimizer.startsWith('adam') ? new AdamView(view) : undefined;
  }

  get warmupSteps(): number {
    return this.view.number('schedule.warmupSteps') ?? 0;
  }

  /** s^2 = sum m^^2 / sum v^ over all parameters at the i-th measured step. */
  s2(i: number): number {
    const { step } = this.view.measured[i];
    return this.sumOfSquares(this.first, i) / correction(this.beta1, step) ** 2 / this.secondSum(i);
  }

  /** s^2 of pure noise at that step. */
  floor(i: number): number {
    return noiseFloor(this.beta1, this.view.measured[i].step);
  }

  /**
   * |G|^2 / tr(Sigma_B) over a window: the excess of s^2 over its floor, and its distance from 1, each as a mean. Batches are few and s^2 swings from
   * one to the next: means of both parts, not of the ratio, keep the estimate unbiased.
   */
  signalToNoise({ start, end }: Window): number {
    let signal = 0;
    let noise = 0;
    for (let i = start; i < end; i++) {
      const s2 = this.s2(i);
      signal += s2 - this.floor(i);
      noise += 1 - s2;
    }
    return noise > 0 ? Math.max(0, signal / noise) : Infinity;
  }

  /** sum g^2 / sum v^ of one parameter, with g as it entered v: clipped by its norm. */
  gradientShare(i: number, parameter: number): number {
    const { step, gradientNorm, clipped } = this.view.measured[i];
    const limit = this.view.number('clip.globalNorm');
    const scale = clipped && limit !== undefined ? Math.min(1, limit / gradientNorm) : 1;
    return ((scale * this.gradientNorm(i, parameter)) / this.second(i, parameter)) ** 2 * correction(this.beta2, step);
  }

  /** Root mean square of sqrt(v^) of one parameter. */
  rootSecond(i: number, parameter: number): number {
    const { dims } = this.view.header.parameters[parameter];
    return this.second(i, parameter) / Math.sqrt(sizeOf(dims) * correction(this.beta2, this.view.measured[i].step));
  }

  /** Median over a window of a quantity of the i-th measured step. */
  median(window: Window, value: (i: number) => number): number {
    return median(this.view.series(window, value));
  }

  private secondSum(i: number): number {
    return this.sumOfSquares(this.second, i) / correction(this.beta2, this.view.measured[i].step);
  }

  private sumOfSquares(norm: (measured: number, parameter: number) => number, i: number): number {
    let sum = 0;
    for (let p = 0; p < this.view.header.parameters.length; p++) sum += norm(i, p) ** 2;
    return sum;
  }
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);
