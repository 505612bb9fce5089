import type { Collector } from './collector';
import type { Outcome, Problem } from './outcome';

/** How often each class was the answer, the prediction, and both: all that accuracy, precision, recall and F1 need. */
export class Counts implements Collector {
  readonly actual: Float64Array;
  readonly predicted: Float64Array;
  readonly right: Float64Array;
  /** Predictions made, and those that were right; for several yes or no per sample each counts. */
  total = 0;
  hits = 0;

  constructor(private readonly problem: Problem) {
    this.actual = new Float64Array(problem.width);
    this.predicted = new Float64Array(problem.width);
    this.right = new Float64Array(problem.width);
  }

  add({ labels, predicted }: Outcome): void {
    const { task, width } = this.problem;
    this.total += predicted.length;
    for (let i = 0; i < predicted.length; i++) {
      this.hits += Number(predicted[i] === labels[i]);
      if (task === 'multilabel') {
        this.actual[i % width] += labels[i];
        this.predicted[i % width] += predicted[i];
        this.right[i % width] += labels[i] * predicted[i];
      } else {
        this.actual[labels[i]]++;
        this.predicted[predicted[i]]++;
        if (predicted[i] === labels[i]) this.right[labels[i]]++;
      }
    }
  }

  /** Of one class; what would divide by zero is 0. */
  of(c: number): ClassScore {
    const [right, actual, predicted] = [this.right[c], this.actual[c], this.predicted[c]];
    return { precision: ratio(right, predicted), recall: ratio(right, actual), f1: ratio(2 * right, actual + predicted), support: actual };
  }

  /** Mean over classes that occur or were predicted, as scikit-learn's labels; every label of several yes or no. */
  macro(quantity: Quantity): number {
    const shown = this.classes().filter((c) => this.problem.task === 'multilabel' || this.actual[c] + this.predicted[c] > 0);
    return mean(shown.map((c) => this.of(c)[quantity]));
  }

  /** Mean over classes by how often they occur. */
  weighted(quantity: Quantity): number {
    const support = sum(this.actual);
    return support === 0 ? 0 : this.classes().reduce((total, c) => total + this.of(c)[quantity] * this.actual[c], 0) / support;
  }

  /** Of all classes' counts together. */
  micro(quantity: Quantity): number {
    const [right, actual, predicted] = [this.right, this.actual, this.predicted].map(sum);
    return { precision: ratio(right, predicted), recall: ratio(right, actual), f1: ratio(2 * right, actual + predicted) }[quantity];
  }

  private classes(): number[] {
    return Array.from({ length: this.problem.width }, (_, c) => c);
  }
}

export type Quantity = 'precision' | 'recall' | 'f1';
export interface ClassScore extends Record<Quantity, number> {
  /** Rows of the class. */
  support: number;
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
