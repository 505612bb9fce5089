import { AdamView } from '../adam';
import { describeHarm, harmBetween } from '../harm';
import { formatNumber, percent } from '../numbers';
import { fasterSecondMoment, setEpsilon } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { scaleLearningRate } from '../remedies/learningRate';
import { rule } from '../rule';
import { median } from '../statistics';

/** Share of the steps of a memory's length that must be quiet. */
const mostly = 0.9;

export const adamDecoupledSecondMoment = rule({
  id: 'adam-decoupled-second-moment',
  title: 'Second moment decays on its own',
  defaults: {
    // sum g^2 / sum v^, for 1 / (1 - b2) steps: v only shrinks by b2, step after step (Bai et al. 2025) [derived].
    share: 0.1,
    // The gradient is back where it is above what is left of v, two steps in a row [derived].
    back: 1,
  },
  check(view, { share: limit, back }) {
    const adam = AdamView.of(view);
    if (!adam || adam.amsgrad) return [];
    const memory = Math.ceil(1 / (1 - adam.beta2));
    const { measured } = view;
    if ((measured.at(-1)?.step ?? 0) <= memory) return [];
    const shares = Float64Array.from(measured, (_, i) => adam.pooledShare(i));
    let start = 0;
    let quiet = 0;
    const at = shares.findIndex((value, i) => {
      for (; measured[start].step < measured[i].step - memory; start++) quiet -= Number(shares[start] < limit);
      const found = i > 0 && measured[i].step - measured[start].step >= memory && quiet >= mostly * (i - start) && value > back && shares[i + 1] > back;
      quiet += Number(value < limit);
      return found;
    });
    if (at < 0) return [];
    const from = measured.findIndex(({ step }) => step >= measured[at].step - memory);
    const window = { start: from, end: at };
    const value = adam.median(window, (i) => shares[i]);
    const harm = harmBetween(view, measured[at].step, measured[at].step + memory, 'rise');
    const root = median(view.matrices.map(({ index }) => adam.median(window, (i) => adam.rootSecond(i, index))));
    return [{
      severity: harm ? 'warning' : 'information',
      title: 'Second moment decays on its own',
      explanation: `For ${memory} steps up to step ${measured[at].step} the squared gradient is ${percent(value)} of the second moment, which shrinks by beta2 alone; then the gradient returns${harm ? ` and ${describeHarm(harm)}` : ''}. `
        + 'The effective learning rate has been growing all the time without any gradient having asked for it.',
      target: { path: 'optimizer.beta2' },
      step: measured[from].step,
      lastStep: measured[at].step,
      evidence: [{ label: 'share of the newest gradients in the second moment', value, threshold: limit, comparison: 'below', curve: { at: measured, value: (i) => shares[i] } }],
      remedies: useful(view, [
        fasterSecondMoment(adam),
        0.1 * root > adam.epsilon ? setEpsilon(adam, 0.1 * root, `a tenth of sqrt(v^) = ${formatNumber(root)}, a floor for the denominator`) : undefined,
        scaleLearningRate(view, 0.3, 'a third'),
      ]),
    }];
  },
});
