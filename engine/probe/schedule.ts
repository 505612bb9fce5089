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

/**
 * Statistics of the parameters cost about as much as the update itself, which is memory and time in proportion to the elements. A model
 * with more elements than this is measured at level standard every step only at first, where a run's faults are made, and then every
 * `largeInterval` steps, which keeps their share of a step under 5 % (`npm run bench`); in a smaller one they are a fraction of a millisecond.
 */
const large = 100_000;
const early = 100;
const largeInterval = 5;

/**
 * What is measured at a step (1-based) of a model with so many elements in its parameters. At the first one it is all that the level
 * measures. Depends on nothing else: a resumed run measures the same steps.
 */
export function measuredAt(level: Level, step: number, elements: number): Record<Measured, boolean> {
  const thinning = 2 ** Math.max(0, Math.ceil(Math.log2(step / dense)));
  const interval = (what: Measured): number => (what === 'parameters' && level === 'standard' && elements > large && step > early ? largeInterval : intervals[level][what]);
  const due = (what: Measured): boolean => Number.isFinite(interval(what)) && (step - 1) % (interval(what) * thinning) === 0;
  return { parameters: due('parameters'), activations: due('activations'), histograms: due('histograms') };
}
