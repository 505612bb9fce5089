import { AdamView } from '../adam';
import { describeHarm, harmsOf } from '../harm';
import { formatNumber } from '../numbers';
import { setBeta1, setBeta2 } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { rule } from '../rule';
import { mostly, windows } from '../windows';

export const adamBetaOrder = rule({
  id: 'adam-beta-order',
  title: 'beta1 is too large for beta2',
  defaults: {
    // b1 / sqrt(b2): above 1 the update has no bound (Kingma & Ba 2015, section 2.1; arXiv 2505.21829).
    order: 1,
    // From here on a warning before the first step: on digits updates grow to thousands of learning rates [derived].
    severe: 1.2,
    // A warning also where single weights move by this many learning rates at most steps [derived].
    update: 100,
  },
  check(view, { order, severe, update }) {
    const adam = AdamView.of(view);
    if (!adam) return [];
    const { beta1, beta2 } = adam;
    const ratio = beta1 / Math.sqrt(beta2);
    if (!(ratio > order)) return [];
    const largest = view.reader('updateMaxAbs');
    const unbounded = windows(view.measured.length).some((window) => view.matrices.some(({ index }) => mostly(window, (i) => largest(i, index) > update)));
    const [harm] = harmsOf(view);
    return [{
      severity: ratio > severe || unbounded || harm ? 'warning' : 'information',
      title: 'beta1 is too large for beta2',
      explanation: `With beta1 ${beta1} and beta2 ${beta2} the first moment forgets more slowly than the root of the second: where a gradient fades, the update grows ${formatNumber(ratio)} times with every step${harm ? `, and ${describeHarm(harm)}` : ''}. `
        + 'Adam bounds its updates by about the learning rate only while beta1 is below sqrt(beta2).',
      target: { path: 'optimizer.beta2' },
      step: 0,
      lastStep: view.steps.at(-1)?.step ?? 0,
      evidence: [{ label: 'beta1 over sqrt(beta2)', value: ratio, threshold: order, comparison: 'above' }],
      remedies: useful(view, [
        setBeta2(adam, beta1 ** 2 < 0.99 ? 0.999 : 1 - (1 - beta1) / 10, 'the order that keeps updates bounded'),
        setBeta1(adam, Math.floor(80 * Math.sqrt(beta2)) / 100, '0.8 sqrt(beta2)'),
      ]),
    }];
  },
});
