import { AdamView } from '../adam';
import { describeHarm, harmBetween } from '../harm';
import { degreesOfFreedom } from '../moments';
import { formatNumber } from '../numbers';
import { warmUp } from '../remedies/adam';
import { scaleLearningRate } from '../remedies/learningRate';
import { useful } from '../remedies/edits';
import { rule } from '../rule';
import { median } from '../statistics';

/** Where the updates must have become of healthy size again, so that it was the start that did harm. */
const settled = { start: 8, end: 16 };

export const adamNoWarmup = rule({
  id: 'adam-no-warmup',
  title: 'Adam starts without a warm-up',
  defaults: {
    // rho_t up to which the variance of 1 / sqrt(v^) is unbounded (Liu et al. 2020).
    freedom: 4,
    // Update-to-weight ratio of the first step, as in update-ratio [TheDeepChecker].
    ratio: 0.1,
    // A hint before the first step above this learning rate: ten times the default [derived].
    learningRate: 0.01,
    // Share of the run in which the loss must rise, or begin to stand still [Liu et al. 2020: 1 to 5 %].
    early: 0.05,
  },
  check(view, { freedom, ratio, learningRate, early }) {
    const adam = AdamView.of(view, ['radam']);
    if (!adam || adam.warmupSteps > 0 || !(degreesOfFreedom(adam.beta2, 1) <= freedom)) return [];
    const hint = adam.learningRate > learningRate;
    const first = view.measured[0]?.step === 1 ? median(view.matrices.map((matrix) => view.updateRatio(0, matrix))) : NaN;
    const later = view.measured.length >= settled.end ? median(view.series(settled, (i) => view.medianUpdateRatio(i))) : NaN;
    const harm = first > ratio && !(later > ratio) ? harmBetween(view, 2, Math.max(16, early * adam.totalSteps)) : undefined;
    if (!hint && !harm) return [];
    let until = 1;
    while (until < adam.totalSteps && degreesOfFreedom(adam.beta2, until + 1) <= freedom) until++;
    return [{
      severity: harm ? 'warning' : 'information',
      title: 'Adam starts without a warm-up',
      explanation: `Until step ${until} the second moment is known from fewer than ${formatNumber(freedom)} independent gradients, and the updates already have their full size, learning rate ${formatNumber(adam.learningRate)}. `
        + (harm ? `The first one moves the weights by ${formatNumber(first)} of their size (healthy: below ${formatNumber(ratio)}), and ${describeHarm(harm)}.` : 'A warm-up keeps them small until they can be trusted.'),
      target: { path: view.config('schedule') === undefined ? 'optimizer.learningRate' : 'schedule' },
      step: hint ? 0 : 1,
      lastStep: harm?.lastStep ?? 0,
      evidence: [{ label: 'independent gradients in the second moment at step 1 (rho_1)', value: degreesOfFreedom(adam.beta2, 1), threshold: freedom, comparison: 'below', curve: { at: view.steps, value: (i) => degreesOfFreedom(adam.beta2, view.steps[i].step) } }],
      remedies: useful(view, [warmUp(adam), scaleLearningRate(view, 0.1, 'a tenth')]),
    }];
  },
});
