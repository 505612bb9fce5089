import { AdamView } from '../adam';
import { updateBound } from '../moments';
import { formatNumber, percent } from '../numbers';
import { setEpsilon } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { rule } from '../rule';

/** Adam's default (Kingma & Ba 2015). */
const usual = 1e-8;

export const adamEpsilonTooSmall = rule({
  id: 'adam-epsilon-too-small',
  title: 'Epsilon is too small',
  defaults: {
    // A hint before the first step. A gradient below 1e-19 has no square in float32: v is 0, m is not, and epsilon alone divides it [derived; static in TheDeepChecker].
    smallest: 1e-12,
    // Largest |u| over the most that Adam's arithmetic can give: beyond it v has underflowed [derived].
    size: 1.5,
  },
  check(view, { smallest, size }) {
    const adam = AdamView.of(view, ['nadam', 'lamb']);
    if (!adam || !(adam.epsilon < smallest)) return [];
    const largest = view.reader('updateMaxAbs');
    const zeros = view.reader('gradientZeroShare');
    const excess = (i: number): number => Math.max(...view.header.parameters.map((_, p) => largest(i, p))) / updateBound(adam.beta1, adam.beta2, view.measured[i].step);
    const underflow = view.measured.find((_, i) => excess(i) > size);
    // 0 / 0 is not a number: without epsilon a weight that has no gradient is lost at the first step.
    const idle = adam.epsilon === 0 && view.measured.length > 0 ? Math.max(...view.header.parameters.map((_, p) => zeros(0, p))) : 0;
    return [{
      severity: idle > 0 || (underflow && !adam.betasOutOfOrder) ? 'warning' : 'information',
      title: 'Epsilon is too small',
      explanation: `Epsilon is ${formatNumber(adam.epsilon)}, and the square of a gradient below 1e-19 is zero in float32, so that epsilon alone divides its update. `
        + (idle > 0
          ? `At step ${view.measured[0].step} up to ${percent(idle)} of a parameter's weights have no gradient: 0 divided by 0 is not a number.`
          : underflow
            ? `At step ${underflow.step} a weight moves further than Adam's arithmetic allows.`
            : 'Such a weight moves by many learning rates at once.'),
      target: { path: 'optimizer.epsilon' },
      step: 0,
      lastStep: view.steps.at(-1)?.step ?? 0,
      evidence: [{ label: 'epsilon', value: adam.epsilon, threshold: smallest, comparison: 'below' }],
      remedies: useful(view, [setEpsilon(adam, usual, 'the default')]),
    }];
  },
});
