import { AdamView } from '../adam';
import { describeHarm, harmBetween } from '../harm';
import { noiseCosine } from '../moments';
import { formatNumber } from '../numbers';
import { fasterSecondMoment, setBeta1 } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { smallerLearningRate } from '../remedies/learningRate';
import { rule } from '../rule';
import { firstAndLast, mostly, windows } from '../windows';

export const adamUncorrelatedUpdate = rule({
  id: 'adam-uncorrelated-update',
  title: 'Update has lost the direction of the gradient',
  defaults: {
    // cos(D, -g) of the median matrix; 0.44 for pure noise at beta1 0.9 (Molybog et al. 2023) [derived].
    cosine: 0.05,
  },
  check(view, { cosine: limit }) {
    const adam = AdamView.of(view);
    if (!adam) return [];
    const value = adam.overMatrices(view.reader('gradientCosine'));
    const found = firstAndLast(windows(view.measured.length), (window) => mostly(window, (i) => adam.unsolved(i), 0.5) && adam.median(window, value) < limit);
    if (!found) return [];
    const typical = adam.median(found.first, value);
    const span = view.span(found);
    const harm = harmBetween(view, span.step, span.lastStep);
    return [{
      severity: harm ? 'warning' : 'information',
      title: 'Update has lost the direction of the gradient',
      explanation: `From step ${span.step} on the cosine between update and gradient is ${formatNumber(typical)} in the median matrix; pure noise would have ${formatNumber(noiseCosine(adam.beta1))} at beta1 ${adam.beta1}${harm ? `, and ${describeHarm(harm)}` : ''}. `
        + 'The moments describe a place that the weights have left, so that steps no longer go down.',
      target: { path: 'optimizer.learningRate' },
      ...span,
      evidence: [{ label: 'cosine of update and gradient, median matrix', value: typical, threshold: limit, comparison: 'below', curve: { at: view.measured, value } }],
      remedies: useful(view, [...smallerLearningRate(view, found.first), adam.beta1 > 0.9 ? setBeta1(adam, 0.9, 'the first moment follows the gradient in 10 steps') : undefined, fasterSecondMoment(adam)]),
    }];
  },
});
