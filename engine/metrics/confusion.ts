import type { Collector } from './collector';
import type { Outcome, Problem } from './outcome';

/** How often each class was taken for each: rows are the right answers, columns the predictions. */
export class Confusion implements Collector {
  private readonly counts: Float64Array;
  private readonly width: number;

  /** Of several yes or no per sample there is no such table: it stays empty. */
  constructor({ task, width }: Problem) {
    this.width = task === 'binary' || task === 'multiclass' ? width : 0;
    this.counts = new Float64Array(this.width ** 2);
  }

  add({ labels, predicted }: Outcome): void {
    if (this.width > 0) for (let i = 0; i < predicted.length; i++) this.counts[labels[i] * this.width + predicted[i]]++;
  }

  rows(): number[][] {
    return Array.from({ length: this.width }, (_, row) => [...this.counts.subarray(row * this.width, (row + 1) * this.width)]);
  }
}
