import type { Collector } from './collector';
import type { Outcome, Problem } from './outcome';

/** The place of the right class among the scores of its row. */
export class Ranks implements Collector {
  private readonly counts: Float64Array;
  private rows = 0;

  constructor(private readonly problem: Problem) {
    this.counts = new Float64Array(problem.width);
  }

  /** Of equal scores the last class comes first, as in scikit-learn's top_k_accuracy_score. */
  add({ rows, scores, labels }: Outcome): void {
    const { width } = this.problem;
    for (let row = 0; row < rows; row++) {
      const [label, start] = [labels[row], row * width];
      let rank = 0;
      for (let c = 0; c < width; c++) if (scores[start + c] > scores[start + label] || (scores[start + c] === scores[start + label] && c > label)) rank++;
      this.counts[rank]++;
    }
    this.rows += rows;
  }

  /** Share of rows whose class is among the `k` highest scores. */
  within(k: number): number {
    return this.counts.subarray(0, k).reduce((a, b) => a + b, 0) / this.rows;
  }
}
