/** Successive halving (Jamieson & Talwalkar 2016): all candidates train a little, the best of them more. */
import { diagnose } from '../../diagnosis/diagnose';
import type { Finding } from '../../diagnosis/finding';
import { InputError } from '../../errors';
import { metricOf } from '../../training/metrics';
import type { Cancel } from '../cancel';
import { type DataCache, Fork, type Source } from '../fork';
import type { Score } from '../score';
import type { Candidate } from './change';

/** Share of the whole run after which the next stage is chosen, and how many candidates are in it. */
const stages = [{ share: 1 / 12, runners: Infinity }, { share: 1 / 3, runners: 8 }, { share: 1, runners: 3 }];
/** In so many pieces a whole run is measured on the validation data. */
const pieces = 24;

/** Errors that count as equal: half a point of wrong classes, 5 % of the variance that is not explained. */
const resolution = { accuracy: 0.005, mae: 0.05 };

export class Runner {
  /** Of the weights that `evaluate` and `export` would take: those with the smallest validation loss. */
  score: Score = { loss: Infinity, error: Infinity };
  findings: Finding[] = [];

  constructor(readonly candidate: Candidate, readonly fork: Fork) {}

  /** Errors that do not differ have the same level; smaller is better. */
  get level(): number {
    const { error } = this.score;
    if (!Number.isFinite(error)) return Infinity;
    return metricOf(this.fork.training.loss) === 'accuracy' ? Math.round(error / resolution.accuracy) : Math.round(Math.log(Math.max(error, 1e-6)) / resolution.mae);
  }

  /** Causes that are a fault. */
  get faults(): Finding[] {
    return faultsOf(this.findings);
  }

  /** Trains up to a share of the whole run, measuring on the way; false where it was stopped. */
  async advance(share: number, cancel?: Cancel): Promise<boolean> {
    const { totalSteps } = this.fork.header;
    const end = Math.max(1, Math.round(share * totalSteps));
    while (this.fork.step < end && !this.fork.ended) {
      if (cancel?.reason !== undefined) return false;
      await this.fork.advance(Math.min(end, this.fork.step + Math.ceil(totalSteps / pieces)));
      if (this.fork.diverged) break;
      const score = await this.fork.score();
      if (score.loss < this.score.loss) this.score = score;
    }
    // What diverges in the end is no repair, however good it was before.
    if (this.fork.diverged) this.score = { loss: Infinity, error: Infinity };
    this.findings = diagnose(this.fork.record);
    return true;
  }
}

export const faultsOf = (findings: readonly Finding[]): Finding[] => findings.filter(({ severity, symptomOf }) => severity !== 'information' && symptomOf === undefined);

const ranked = (runners: readonly Runner[]): Runner[] => [...runners].sort((a, b) => a.level - b.level || a.score.loss - b.score.loss || 0);

/** Steps that a race costs when it goes over whole runs of these lengths. */
export const raceCost = (totalSteps: readonly number[]): number => {
  const mean = totalSteps.reduce((sum, steps) => sum + steps, 0) / totalSteps.length;
  return stages.reduce((cost, { share, runners }, i) => cost + mean * Math.min(runners, totalSteps.length) * (share - (stages[i - 1]?.share ?? 0)), 0);
};

export interface RaceOptions {
  data: DataCache;
  /** Steps that all runs together may make. */
  steps: number;
  /** Of performance.now(): after it the stage in progress is the last. */
  deadline?: number;
  cancel?: Cancel;
  progress(done: number, message: string): void;
}

export interface Race {
  /** Those that came to the end, best first; always with the first candidate, which is the run file as it is. */
  finalists: Runner[];
  /** Steps made. */
  steps: number;
  tried: number;
  /** Share of the whole run that the finalists made. */
  share: number;
}

/** The first candidate is what the others are compared with: it goes through all stages. Undefined where it was stopped. */
export async function race(source: Source, candidates: readonly Candidate[], { data, steps: bound, deadline = Infinity, cancel, progress }: RaceOptions): Promise<Race | undefined> {
  let runners = await open(source, candidates, data);
  const tried = runners.length - 1;
  const [incumbent] = runners;
  const horizon = Math.min(1, bound / raceCost(runners.map(({ fork }) => fork.header.totalSteps)));
  let steps = 0;
  let reached = 0;
  try {
    for (const { share, runners: most } of stages) {
      const order = ranked(runners.filter((runner) => runner !== incumbent));
      // The best of the remedies that a finding computed goes on in any case: it is preferred to a last resort that is hardly better.
      const computed = order.filter(({ candidate }) => candidate.changes.some(({ rule }) => rule !== undefined)).slice(0, 1);
      const next = [...new Set([...order.slice(0, most), ...computed])];
      for (const runner of runners) if (runner !== incumbent && !next.includes(runner)) await runner.fork.release();
      runners = [incumbent, ...next];
      for (const runner of runners) {
        const before = runner.fork.step;
        progress(steps, `${runners.length - 1} candidates over ${Math.max(1, Math.round(100 * share * horizon))} % of the run`);
        if (!(await runner.advance(share * horizon, cancel))) return undefined;
        steps += runner.fork.step - before;
      }
      reached = share * horizon;
      if (performance.now() > deadline) break;
    }
    return { finalists: ranked(runners), steps, tried, share: reached };
  } finally {
    for (const { fork } of runners) await fork.release();
  }
}

/** Those that can be set up: an edit may make a model that does not fit the data. */
async function open(source: Source, candidates: readonly Candidate[], data: DataCache): Promise<Runner[]> {
  const runners: Runner[] = [];
  const known = new Set<string>();
  for (const [i, candidate] of candidates.entries()) {
    try {
      const fork = await Fork.open({ ...source, text: candidate.text }, { data, watched: true });
      const key = JSON.stringify(fork.header.config);
      if (known.has(key)) continue;
      known.add(key);
      await fork.training.session(fork.training.batch);
      runners.push(new Runner(candidate, fork));
    } catch (error) {
      if (i === 0 || !(error instanceof InputError)) throw error;
    }
  }
  return runners;
}
