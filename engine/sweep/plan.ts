/** Which runs are still to be made, and how far. Pure: decided from what is on disk, so that a sweep that was killed goes on as if it had not been. */
import type { SweepConfig } from './schema';
import type { Trial } from './space';

/** How far a trial is. */
export interface Progress {
  epochs: number;
  /** Nothing more is to come: finished, stopped early or diverged. */
  ended: boolean;
  /** Smaller is better; the best within so many epochs, infinite where there is none. */
  cost(epochs: number): number;
}

export interface Rung {
  /** Epochs that its runs are trained to. */
  epochs: number;
  /** Runs that get there. */
  runs: number;
}

/** The steps of successive halving to so many epochs; of a grid or a random search the only one: to the end, whatever a run makes of it. */
export function rungsOf(search: SweepConfig['search'], runs: number, epochs: number): Rung[] {
  if (search.type !== 'successiveHalving') return [{ epochs: Infinity, runs }];
  const rungs: Rung[] = [];
  for (let at = Math.min(search.minEpochs, epochs), left = runs; ; at = Math.min(epochs, at * search.reduction), left = Math.max(1, Math.floor(left / search.reduction))) {
    // A single run that is left goes to the end.
    rungs.push({ epochs: left === 1 ? epochs : at, runs: left });
    if (left === 1 || at >= epochs) return rungs;
  }
}

/** The trials of each rung, as far as they are decided: those of a rung are the best of the rung before, once all of that are there; ties go to the first. */
export function advance(rungs: readonly Rung[], trials: readonly Trial[], progress: (trial: Trial) => Progress): { trials: Trial[]; epochs: number; open: Trial[] } {
  let current = [...trials];
  for (const [i, { epochs }] of rungs.entries()) {
    const open = current.filter((trial) => !reached(progress(trial), epochs));
    if (open.length > 0 || i === rungs.length - 1) return { trials: current, epochs, open };
    const costs = new Map(current.map((trial) => [trial, progress(trial).cost(epochs)]));
    current = current.toSorted((a, b) => compare(costs.get(a)!, costs.get(b)!) || a.number - b.number).slice(0, rungs[i + 1].runs);
  }
  throw new Error('a search has at least one rung');
}

const reached = ({ epochs, ended }: Progress, wanted: number): boolean => ended || epochs >= wanted;
/** Infinities are equal. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
