/** Successive halving (Jamieson & Talwalkar 2016): all candidates train a little, the best of them more. */
import { InputError } from '../../errors';
import type { Cancel } from '../cancel';
import { type DataCache, Fork, type Source } from '../fork';
import type { Candidate } from './change';
import { type Contender, Runner } from './contender';

/** One stage: so many candidates train up to a share of the whole run. */
interface Stage {
  share: number;
  runners: number;
}

const [first, second] = [1 / 12, 1 / 4];
/** Whole runs that a race costs for each of its candidates, when a quarter of them comes to the second stage and a quarter of those to the end. */
const runsPerCandidate = first + (second - first) / 4 + (1 - second) / 16;
const fewest = 8;
const mostFinalists = 6;

/** Candidates that so many whole runs can be spent on. */
export const affordable = (runs: number): number => Math.max(fewest, Math.floor(runs / runsPerCandidate));

/** Where the runs are worth more than the stages need, more candidates come to the end; where less, no one does. */
export function stagesOf(candidates: number, runs: number): Stage[] {
  const left = Math.max(0, runs - first * candidates);
  const finalists = Math.max(1, Math.min(mostFinalists, candidates, Math.floor((0.55 * left) / (1 - second))));
  const middle = Math.max(2 * finalists, Math.min(candidates, Math.floor((left - finalists * (1 - second)) / (second - first))));
  const stages = [{ share: first, runners: candidates }, { share: second, runners: Math.min(candidates, middle) }, { share: 1, runners: finalists }];
  const cost = stages.reduce((sum, { share, runners }, i) => sum + runners * (share - (stages[i - 1]?.share ?? 0)), 0);
  const scale = Math.min(1, runs / cost);
  return stages.map(({ share, runners }) => ({ share: share * scale, runners }));
}

export interface RaceOptions {
  data: DataCache;
  /** What candidates are compared with; its own run is known. */
  incumbent: Contender;
  /** Steps that all runs together may make. */
  steps: number;
  /** Of performance.now(): after it the stage in progress is the last. */
  deadline?: number;
  cancel?: Cancel;
  progress(done: number, message: string): void;
}

export interface Race {
  /** Those that came to the end, best first, without the incumbent. */
  finalists: Runner[];
  /** Steps made. */
  steps: number;
  tried: number;
  /** Share of the whole run that the finalists made. */
  share: number;
}

/** Undefined where it was stopped. */
export async function race(source: Source, candidates: readonly Candidate[], { data, incumbent, steps: bound, deadline = Infinity, cancel, progress }: RaceOptions): Promise<Race | undefined> {
  const stages = stagesOf(candidates.length, bound / incumbent.header.totalSteps);
  const known = new Set([JSON.stringify(incumbent.header.config)]);
  const all: Runner[] = [];
  for (const candidate of candidates) {
    const runner = await open(source, candidate, data);
    const key = JSON.stringify(runner?.header.config);
    if (runner && !known.has(key)) all.push(runner);
    known.add(key);
  }
  let runners = all;
  let steps = 0;
  let reached = 0;
  for (const { share, runners: most } of stages) {
    runners = chosen(runners, most, reached);
    let at = 0;
    for (const runner of runners) {
      // The best come first: where the steps are used up, those that are left are the worst.
      if (at > 0 && (steps >= bound || performance.now() > deadline)) break;
      at++;
      progress(steps, `${runners.length} candidates over ${Math.max(1, Math.round(100 * share))} % of the run`);
      const before = runner.fork.step;
      if (!(await trained(runner, share, cancel))) return undefined;
      steps += runner.fork.step - before;
    }
    runners = ranked(runners.slice(0, at).filter(({ refused }) => !refused), share);
    reached = share;
    if (steps >= bound || performance.now() > deadline) break;
  }
  return { finalists: runners, steps, tried: all.length, share: reached };
}

const ranked = (runners: readonly Runner[], share: number): Runner[] => [...runners].sort((a, b) => a.level(share) - b.level(share) || a.score(share).loss - b.score(share).loss || 0);

/** The best of the remedies that a finding computed goes on in any case: it is preferred to a last resort that is hardly better. */
function chosen(order: readonly Runner[], most: number, reached: number): Runner[] {
  if (reached === 0) return order.slice(0, most);
  const computed = order.filter(({ candidate }) => candidate.changes.every(({ rule }) => rule !== undefined)).slice(0, 1);
  return [...new Set([...order.slice(0, most), ...computed])].filter(({ diverged }) => !diverged);
}

/** Only one candidate at a time holds the memory of a session. An edit may make a model that does not fit the data: it is refused. */
async function trained(runner: Runner, share: number, cancel: Cancel | undefined): Promise<boolean> {
  try {
    return await runner.advance(share, cancel);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return (runner.refused = true);
  } finally {
    await runner.fork.release();
  }
}

async function open(source: Source, candidate: Candidate, data: DataCache): Promise<Runner | undefined> {
  try {
    return new Runner(candidate, await Fork.open({ ...source, text: candidate.text }, { data, measured: true }));
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
