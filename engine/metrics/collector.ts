import type { Outcome } from './outcome';

/** What a metric needs of all batches, gathered batch by batch. */
export interface Collector {
  add(outcome: Outcome): void;
}
