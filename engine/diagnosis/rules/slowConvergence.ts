import { formatLoss, formatNumber, percent } from '../numbers';
import { useful } from '../remedies/edits';
import { learningRateFromRatio, targetUpdateRatio } from '../remedies/learningRate';
import { rule } from '../rule';
import { spanOfProgress } from '../static';
import { median, robustSlope } from '../statistics';
import { indexFrom, lossOf, type RecordView } from '../view';
import { firstAndLast, mostly, shareOf, windows, type Window } from '../windows';

/** Parts of a span whose medians are compared: single batches differ. */
const parts = 10;

export const slowConvergence = rule({
  id: 'slow-convergence',
  title: 'Loss falls too slowly',
  defaults: {
    // The loss must still be above this share of the untrained loss [derived].
    lossShare: 0.7,
    // Loss at the end of the plan, on the present slope, over the untrained loss; TheDeepChecker's 0.01 per check knows no plan [derived].
    planned: 0.5,
    // Updates below this share of the weights make a slow fall the learning rate's fault: a third of what is healthy [derived].
    ratio: 1e-3,
    // Updates below this share are too small whatever the plan: log10 r must lie in [-4, -1] [TheDeepChecker].
    lower: 1e-4,
  },
  check(view, { lossShare, planned, ratio, lower }) {
    const span = spanOfProgress(view);
    const level = lossShare * view.baseline.loss;
    const { totalSteps } = view.header;
    const ratioIn = (window: Window): number => median(view.series(window, view.medianUpdateRatio));
    const atFirst = ratioIn(measuredIn(view, { start: 0, end: Math.min(view.steps.length, span) }));
    const slow = (window: Window): boolean => {
      if (!view.atFullRate(view.steps[window.start]) || !mostly(window, (i) => lossOf(view.steps[i]) > level)) return false;
      const measured = measuredIn(view, window);
      if (measured.end - measured.start < parts / 2) return false;
      // A run that has settled has small updates by right: they must have been small from the start.
      const present = Math.max(ratioIn(measured), atFirst);
      if (present < lower) return true;
      if (!(present < ratio)) return false;
      const losses = partsOf(view, window);
      return fallsEvenly(losses) && plannedLoss(view, window, losses) > planned * view.baseline.loss;
    };
    const found = firstAndLast(windows(view.steps.length, span, span), slow);
    if (!found) return [];
    const measured = measuredIn(view, found.first);
    const losses = partsOf(view, found.first);
    const loss = median(losses.slice(-2));
    const present = ratioIn(measured);
    const { step } = view.steps[found.first.start];
    const until = view.steps[found.first.end - 1].step;
    const end = Math.max(0, plannedLoss(view, found.first, losses));
    const underPlan = end > planned * view.baseline.loss;
    return [{
      severity: 'warning',
      title: 'Loss falls too slowly: the learning rate is too small',
      explanation: `At steps ${step} to ${until} the loss is ${formatLoss(loss)} and each update moves the weights by ${percent(present)} of their size, where about ${percent(targetUpdateRatio)} is healthy. `
        + (underPlan
          ? `At this rate the loss is ${formatLoss(end)} after all ${totalSteps} planned steps; a model that has learnt nothing has ${formatLoss(view.baseline.loss)} (${view.baseline.meaning}).`
          : `The ${totalSteps} planned steps are spent on what a learning rate ${formatNumber(targetUpdateRatio / present)} times as large would do in the first few.`),
      target: { path: 'optimizer.learningRate' },
      step,
      lastStep: view.steps[found.last.end - 1].step,
      confidence: shareOf(measured, (i) => view.medianUpdateRatio(i) < ratio),
      evidence: [
        {
          label: 'median update-to-weight ratio', value: present, threshold: present < lower ? lower : ratio, comparison: 'below',
          curve: { at: view.measured, value: view.medianUpdateRatio },
        },
        { label: 'loss over that of an untrained model', value: loss / view.baseline.loss, threshold: lossShare, comparison: 'above', curve: { at: view.steps, value: (i) => lossOf(view.steps[i]) / view.baseline.loss } },
      ],
      remedies: useful(view, [learningRateFromRatio(view, measured, 'up')]),
    }];
  },
});

/** The measured steps among those of a window over all steps; the optimizer's first two are unlike the rest. */
function measuredIn(view: RecordView, { start, end }: Window): Window {
  const [first, last] = [Math.max(3, view.steps[start]?.step ?? 0), view.steps[end - 1]?.step ?? 0];
  const from = indexFrom(view.measured, first);
  return { start: from, end: Math.max(from, indexFrom(view.measured, last + 1)) };
}

const partsOf = (view: RecordView, { start, end }: Window): number[] => Array.from({ length: parts }, (_, i) => {
  const at = (part: number): number => start + Math.floor((part * (end - start)) / parts);
  return median(view.steps.slice(at(i), at(i + 1)).map(lossOf));
});

/** Whether the loss falls throughout, and in the second half at least half as fast as in the first: else it settles. */
function fallsEvenly(losses: number[]): boolean {
  let falling = 0;
  for (let i = 0; i < parts; i++) for (let j = i + 1; j < parts; j++) if (losses[j] < losses[i]) falling++;
  const half = parts / 2;
  return falling > 0.8 * ((parts * (parts - 1)) / 2) && robustSlope(losses.slice(half)) < 0.5 * robustSlope(losses.slice(0, half));
}

/** The loss at the end of the plan if it goes on falling as in the window: more than any fall that slows down can reach. */
function plannedLoss(view: RecordView, window: Window, losses: number[]): number {
  const perStep = (robustSlope(losses) * parts) / (window.end - window.start);
  return median(losses.slice(-2)) + Math.min(0, perStep) * Math.max(0, view.header.totalSteps - view.steps[window.end - 1].step);
}
