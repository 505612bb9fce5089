import { AdamView } from '../adam';
import { describeHarm, harmBetween } from '../harm';
import { halfLife, renewals } from '../moments';
import { formatNumber, percent } from '../numbers';
import { beta2FromHorizon } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { rule } from '../rule';
import { median } from '../statistics';
import { mostly, windows } from '../windows';

export const adamBeta2Horizon = rule({
  id: 'adam-beta2-horizon',
  title: 'Second moment is never renewed in this run',
  defaults: {
    // (1 - b2) T below which v still holds the first gradients at the end of the run (arXiv 2507.07101).
    renewals: 1,
    // Adam's default is no hint by itself: short runs with it are common and mostly healthy [derived].
    usual: 0.999,
    // sum g^2 / sum v^ below which the first gradients hold the updates back [derived].
    held: 0.1,
  },
  check(view, { renewals: limit, usual, held }) {
    const adam = AdamView.of(view);
    if (!adam || adam.amsgrad) return [];
    const count = renewals(adam.beta2, adam.totalSteps);
    if (!(count < limit)) return [];
    // Updates held back by old gradients while the loss stands still: in the median matrix, at most steps.
    const share = (i: number): number => median(view.matrices.map(({ index }) => adam.gradientShare(i, index)));
    const window = windows(view.measured.length).find((each) =>
      harmBetween(view, view.measured[each.start].step, view.measured[each.end - 1].step, 'plateau') && mostly(each, (i) => share(i) < held));
    const hint = adam.beta2 > usual;
    if (!window && !hint) return [];
    const step = window && view.measured[window.start].step;
    const value = window ? adam.median(window, share) : NaN;
    return [{
      severity: window ? 'warning' : 'information',
      title: 'Second moment is never renewed in this run',
      explanation: `With beta2 ${adam.beta2} half of the second moment is older than ${formatNumber(halfLife(adam.beta2))} steps, and the run has ${adam.totalSteps}. `
        + (window
          ? `The gradients of step ${step} are ${percent(value)} of it, so that the first ones hold back the updates, while ${describeHarm(harmBetween(view, step!, view.measured[window.end - 1].step, 'plateau')!)}.`
          : 'Every update until the end is divided by what the first gradients were like.'),
      target: { path: 'optimizer.beta2' },
      step: hint ? 0 : step!,
      lastStep: window ? view.measured[window.end - 1].step : 0,
      evidence: [
        { label: 'renewals of the second moment, (1 - beta2) x steps', value: count, threshold: limit, comparison: 'below', curve: { at: view.steps, value: (i) => renewals(adam.beta2, view.steps[i].step) } },
        ...(window && !hint ? [{ label: 'share of the newest gradients in the second moment, median matrix', value, threshold: held, comparison: 'below' as const, curve: { at: view.measured, value: share } }] : []),
      ],
      remedies: useful(view, [beta2FromHorizon(adam)]),
    }];
  },
});
