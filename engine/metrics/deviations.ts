import type { Collector } from './collector';
import type { Outcome, Problem } from './outcome';

/** Errors of numbers, output by output, and how much the numbers themselves vary (Welford 1962, so that a large mean costs no digits). */
export class Deviations implements Collector {
  private rows = 0;
  private readonly absolute: Float64Array;
  private readonly squared: Float64Array;
  private readonly mean: Float64Array;
  private readonly spread: Float64Array;

  constructor({ width }: Problem) {
    [this.absolute, this.squared, this.mean, this.spread] = [0, 0, 0, 0].map(() => new Float64Array(width));
  }

  add({ rows, scores, labels }: Outcome): void {
    const width = this.mean.length;
    for (let row = 0; row < rows; row++) {
      this.rows++;
      for (let j = 0; j < width; j++) {
        const [value, label] = [scores[row * width + j], labels[row * width + j]];
        this.absolute[j] += Math.abs(value - label);
        this.squared[j] += (value - label) ** 2;
        const before = label - this.mean[j];
        this.mean[j] += before / this.rows;
        this.spread[j] += before * (label - this.mean[j]);
      }
    }
  }

  /** Mean absolute error over all outputs. */
  get mae(): number {
    return mean(this.absolute) / this.rows;
  }

  get mse(): number {
    return mean(this.squared) / this.rows;
  }

  /** Of every output, then their mean, as scikit-learn's root_mean_squared_error. */
  get rmse(): number {
    return mean(this.squared.map((sum) => Math.sqrt(sum / this.rows)));
  }

  /** Share of the variance explained, the mean over outputs. An output that never varies counts 1 where it is met exactly and 0 otherwise, as in scikit-learn's r2_score. */
  get r2(): number {
    if (this.rows < 2) return NaN;
    return mean(this.squared.map((sum, j) => (this.spread[j] > 0 ? 1 - sum / this.spread[j] : Number(sum === 0))));
  }
}

const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
