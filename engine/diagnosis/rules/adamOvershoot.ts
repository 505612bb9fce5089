import { AdamView } from '../adam';
import { describeHarm, harmBetween } from '../harm';
import { formatNumber } from '../numbers';
import { setBeta1 } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { smallerLearningRate } from '../remedies/learningRate';
import { rule } from '../rule';
import { mean } from '../statistics';
import { firstAndLast, windows, type Window } from '../windows';

/** Steps over which the cosine is averaged. */
const length = 50;

export const adamOvershoot = rule({
  id: 'adam-overshoot',
  title: 'Steps overshoot: gradients turn against the momentum',
  defaults: {
    // Mean of cos(g_t, m_{t-1}) over 50 steps, median matrix: 0 for noise, negative where each step goes past the valley [derived].
    cosine: -0.1,
  },
  check(view, { cosine: limit }) {
    const adam = AdamView.of(view);
    if (!adam) return [];
    const value = adam.overMatrices(view.reader('momentCosine'));
    const average = (window: Window): number => mean(view.series(window, value).filter((each) => !Number.isNaN(each)));
    // The first step has no momentum yet.
    const found = firstAndLast(windows(view.measured.length, length + 2, length), (window) => adam.unsolved(window.end - 1) && average(window) < limit);
    if (!found) return [];
    const typical = average(found.first);
    const span = view.span(found);
    const harm = harmBetween(view, span.step, span.lastStep, 'rise');
    return [{
      severity: harm ? 'warning' : 'information',
      title: 'Steps overshoot: gradients turn against the momentum',
      explanation: `Over ${length} steps from step ${span.step} on the gradient points against the momentum, with a mean cosine of ${formatNumber(typical)} where noise has 0${harm ? `, and ${describeHarm(harm)}` : ''}. `
        + 'Each step goes past the bottom of the valley and the next one has to come back.',
      target: { path: 'optimizer.learningRate' },
      ...span,
      evidence: [{ label: 'cosine of gradient and momentum, median matrix', value: typical, threshold: limit, comparison: 'below', curve: { at: view.measured, value } }],
      remedies: useful(view, [...smallerLearningRate(view, found.first), adam.beta1 > 0.9 ? setBeta1(adam, 0.9, 'a momentum of 10 steps') : undefined]),
    }];
  },
});
