/** For rules that speak before the first step. */
import { lossOf, type RecordView } from './view';
import { mostly, windows } from './windows';

/** Where a finding stands that is known before the first step. */
export const beforeFirstStep = { step: 0, lastStep: 0 } as const;

/** Shortest span over which a run must have learnt something. */
const shortest = 50;
const longest = 500;

/** Steps over which a rule expects progress: two epochs, at least `least` and at most 500 steps. */
export const spanOfProgress = (view: RecordView, least = shortest): number => Math.round(Math.max(least, Math.min(longest, 2 * view.header.stepsPerEpoch)));

/** Steps after which a layer without a gradient is a fault, not a beginning: 190 healthy runs of the calibration never showed one for so long [calibrated]. */
export const settled = 30;

/**
 * Whether the run has for a whole span lost more than this share of what a model loses that has learnt nothing: what looked odd before the first step then does
 * harm. Steps of a warm-up do not count; once true of a record it is true of every longer one.
 */
export function staysUnlearnt(view: RecordView, share = 0.9): boolean {
  const span = spanOfProgress(view);
  const level = share * view.baseline.loss;
  return windows(view.steps.length, span, span).some((window) => view.atFullRate(view.steps[window.start]) && mostly(window, (i) => lossOf(view.steps[i]) > level));
}
