import type { StepRecord } from './record';

/** Rows kept at most. */
const limit = 4096;

/**
 * The rows of a living run in bounded memory: the newest half whole, older ones thinned by every second row again and again, so that
 * a run of a million steps takes no more than one of a few thousand. Depends on the rows only: a resumed run keeps the same ones. The whole
 * record is on disk.
 */
export class History {
  readonly steps: StepRecord[] = [];

  constructor(steps: Iterable<StepRecord> = []) {
    for (const step of steps) this.push(step);
  }

  push(step: StepRecord): void {
    this.steps.push(step);
    // What is measured rarely goes last; where every row is such a row, it is thinned like the others.
    if (this.steps.length > limit) this.thin(({ validation, sharpness }) => validation === undefined && sharpness === undefined);
    if (this.steps.length > limit) this.thin(() => true);
  }

  /** Drops every second of the older rows that may go. */
  private thin(mayGo: (step: StepRecord) => boolean): void {
    const older = this.steps.splice(0, this.steps.length - limit / 2);
    let count = 0;
    this.steps.unshift(...older.filter((step) => !mayGo(step) || count++ % 2 === 0));
  }
}
