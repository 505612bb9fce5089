import type { Level } from '../run/record';

type Measured = 'parameters' | 'activations' | 'histograms';

/** How often a level measures: every so many steps. Infinity: never. */
const intervals: Record<Level, Record<Measured, number>> = {
  off: { parameters: Infinity, activations: Infinity, histograms: Infinity },
  light: { parameters: 10, activations: 100, histograms: Infinity },
  standard: { parameters: 1, activations: 10, histograms: Infinity },
  full: { parameters: 1, activations: 1, histograms: 50 },
};

/** Steps measured at a level's full rate; each doubling of the run's length after them halves the rate, so that a record stays small however long the run. */
const dense = 2000;

/** What is measured at a step (1-based). At the first one it is all that the level measures. Depends on nothing else: a resumed run measures the same steps. */
export function measuredAt(level: Level, step: number): Record<Measured, boolean> {
  const thinning = 2 ** Math.max(0, Math.ceil(Math.log2(step / dense)));
  const due = (what: Measured): boolean => Number.isFinite(intervals[level][what]) && (step - 1) % (intervals[level][what] * thinning) === 0;
  return { parameters: due('parameters'), activations: due('activations'), histograms: due('histograms') };
}
