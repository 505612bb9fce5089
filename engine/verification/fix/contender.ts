/** What takes part in a race: a run file, and how good its run was after how many updates. */
import { diagnose } from '../../diagnosis/diagnose';
import type { Finding } from '../../diagnosis/finding';
import type { RunHeader, RunRecord } from '../../run/record';
import type { Cancel } from '../cancel';
import type { Fork } from '../fork';
import type { Score } from '../score';
import type { Candidate } from './change';

interface Point extends Score {
  step: number;
}

/** Errors that count as equal: half a point of wrong classes, 5 % of the variance that is not explained. */
const resolution = { accuracy: 0.005, mae: 0.05 };
/** A model with such an error is not polished further: one class of a hundred wrong, or numbers off by a thousandth of their standard deviation. */
const good = { accuracy: 0.01, mae: 0.001 ** 2 };
/** In so many pieces a run is measured where its record does not tell the error. */
const pieces = 24;
const worst: Score = { loss: Infinity, error: Infinity };

export const faultsOf = (findings: readonly Finding[]): Finding[] => findings.filter(({ severity, symptomOf }) => severity !== 'information' && symptomOf === undefined);

export abstract class Contender {
  /** On the validation data, in the order of the steps. */
  protected readonly points: Point[] = [];
  private judged?: Finding[];

  constructor(readonly candidate: Candidate, readonly header: RunHeader) {}

  abstract get record(): RunRecord;
  abstract get diverged(): boolean;

  /** Of the record as it is when they are first asked for. */
  get findings(): Finding[] {
    return (this.judged ??= diagnose(this.record));
  }

  /** Causes that are a fault. */
  get faults(): Finding[] {
    return faultsOf(this.findings);
  }

  /** Of the weights that `evaluate` and `export` would take had the run ended there: those with the smallest validation loss. */
  score(share: number): Score {
    // What diverges in the end is no repair, however good it was before.
    if (this.diverged) return worst;
    const end = Math.max(this.points[0]?.step ?? 0, Math.round(share * this.header.totalSteps));
    return this.points.filter(({ step }) => step <= end).reduce<Score>((best, point) => (point.loss < best.loss ? point : best), worst);
  }

  /** Errors that do not differ have the same level; smaller is better. */
  level(share: number): number {
    const { error } = this.score(share);
    if (!Number.isFinite(error)) return Infinity;
    return this.kind === 'accuracy' ? Math.round(error / resolution.accuracy) : Math.round(Math.log(Math.max(error, 1e-6)) / resolution.mae);
  }

  good(share: number): boolean {
    return this.score(share).error <= good[this.kind];
  }

  /** Whether the error is a share of classes or of the variance. */
  private get kind(): keyof typeof good {
    return this.header.metric === 'accuracy' ? 'accuracy' : 'mae';
  }

  /** Adds what the record says of the validation data, where that is an error as `Score` means it. */
  protected read(since: number): void {
    if (this.header.metric !== 'accuracy' || this.header.outputs) return;
    for (const { step, validation } of this.record.steps) if (step > since && validation) this.points.push({ step, loss: validation.loss, error: 1 - validation.metric });
  }
}

/** A run that was made before: nothing of it need be trained again. */
export class Stored extends Contender {
  constructor(candidate: Candidate, readonly record: RunRecord) {
    super(candidate, record.header);
    this.read(0);
  }

  get diverged(): boolean {
    const last = this.record.steps.at(-1);
    return last !== undefined && !(Number.isFinite(last.loss) && Number.isFinite(last.validation?.loss ?? 0));
  }

  /** Whether its record says all that a race asks for. */
  get known(): boolean {
    return this.diverged || this.points.length > 0;
  }
}

export class Runner extends Contender {
  /** Its model cannot be trained on its data. */
  refused = false;

  constructor(candidate: Candidate, readonly fork: Fork) {
    super(candidate, fork.header);
  }

  get record(): RunRecord {
    return this.fork.record;
  }

  get diverged(): boolean {
    return this.fork.diverged;
  }

  /** Trains up to a share of the whole run; false where it was stopped. */
  async advance(share: number, cancel?: Cancel): Promise<boolean> {
    const { fork, header: { totalSteps, metric } } = this;
    const end = Math.max(1, Math.round(share * totalSteps));
    while (fork.step < end && !fork.ended) {
      if (cancel?.reason !== undefined) return false;
      const since = fork.step;
      await fork.advance(Math.min(end, since + Math.ceil(totalSteps / pieces)));
      if (fork.diverged) break;
      this.read(since);
      // Where no epoch ended, or the record does not tell the error.
      const told = this.points.at(-1)?.step ?? 0;
      if (metric === 'accuracy' ? told === 0 && fork.step >= end : told < fork.step) this.points.push({ step: fork.step, ...await fork.score() });
    }
    return true;
  }
}
