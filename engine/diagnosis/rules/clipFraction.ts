import { formatNumber, percent } from '../numbers';
import { clipGradient } from '../remedies/clip';
import { useful } from '../remedies/edits';
import { rule } from '../rule';
import { median } from '../statistics';
import { lossOf } from '../view';
import { firstAndLast, mostly, shareOf, windows, type Window } from '../windows';

/** Steps that are judged together, after as many that are not: gradients are large at the start. */
const length = 50;

export const clipFraction = rule({
  id: 'clip-fraction',
  title: 'Most gradients are clipped',
  defaults: {
    // Share of steps that are clipped [Google, Deep Learning Tuning Playbook].
    share: 0.5,
    // Median norm over the limit from which on clipping decides the size of the step: a hint below [derived].
    excess: 3,
    // A run that has brought its loss below this share of the untrained loss learns all the same: a hint [derived].
    lossShare: 0.5,
  },
  check(view, { share, excess, lossShare }) {
    const limit = view.number('clip.globalNorm');
    if (limit === undefined) return [];
    const clipped = (i: number): boolean => view.steps[i].clipped;
    const list = windows(view.steps.length, 2 * length, length);
    const isClipped = (window: Window): boolean => shareOf(window, clipped) > share;
    const found = firstAndLast(list, isClipped);
    if (!found) return [];
    const norm = median(view.steps.slice(found.first.start, found.first.end).map((step) => step.gradientNorm));
    const harms = list.some((window) => isClipped(window) && mostly(window, (i) => lossOf(view.steps[i]) > lossShare * view.baseline.loss)
      && median(view.steps.slice(window.start, window.end).map((step) => step.gradientNorm)) > excess * limit);
    const value = shareOf(found.first, clipped);
    const { step } = view.steps[found.first.start];
    return [{
      severity: harms ? 'warning' : 'information',
      title: `${percent(value)} of the gradients are clipped`,
      explanation: `From step ${step} on the gradient norm is ${formatNumber(norm)} in the median, and clip.globalNorm cuts it to ${formatNumber(limit)}. Clipping is for the rare step; here it sets the size of most steps, and the learning rate no longer means what it says.`,
      target: { path: 'clip.globalNorm' },
      step,
      lastStep: view.steps[found.last.end - 1].step,
      confidence: value,
      evidence: [{
        label: 'share of steps that are clipped', value, threshold: share, comparison: 'above',
        curve: { at: view.steps, value: (i) => shareOf({ start: Math.max(0, i + 1 - length), end: i + 1 }, clipped) },
      }],
      remedies: useful(view, [clipGradient(view, found.first.end)]),
    }];
  },
});
