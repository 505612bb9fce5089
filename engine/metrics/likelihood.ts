import type { Collector } from './collector';
import type { Outcome, Problem } from './outcome';

/** Probabilities are kept this far from 0 and 1, as in scikit-learn's log_loss: the spacing of float64 at 1. */
const margin = 2 ** -52;

/** -log p of the right answer, or of every label's. */
export class Likelihood implements Collector {
  private sum = 0;
  private count = 0;

  constructor(private readonly problem: Problem) {}

  add(outcome: Outcome): void {
    for (const value of surprises(this.problem, outcome)) this.sum += value;
    this.count += this.problem.task === 'multilabel' ? outcome.scores.length : outcome.rows;
  }

  /** Mean, in nats. */
  get mean(): number {
    return this.sum / this.count;
  }
}

/** By row; for several yes or no by row and label. */
export function surprises({ task, width }: Problem, { rows, scores, labels }: Outcome): Float64Array {
  const of = (p: number): number => -Math.log(Math.min(1 - margin, Math.max(margin, p)));
  if (task === 'multilabel') return scores.map((p, i) => of(labels[i] === 1 ? p : 1 - p));
  return Float64Array.from({ length: rows }, (_, row) => of(scores[row * width + labels[row]]));
}
