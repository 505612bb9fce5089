import { AdamView, sizeOf } from '../adam';
import { sparseUpdate } from '../moments';
import { formatNumber } from '../numbers';
import { warmUp } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { rule } from '../rule';

export const adamBiasCorrection = rule({
  id: 'adam-bias-correction',
  title: "Adam's moments are not corrected for their start",
  defaults: {
    // Norm of the first update over lr sqrt(n): 1 with correction, (1-b1)/sqrt(1-b2) = 3.16 without [derived].
    size: 1.5,
  },
  check(view, { size }) {
    const adam = AdamView.of(view);
    const [first] = view.measured;
    if (!adam || first?.step !== 1 || !(first.learningRate > 0)) return [];
    const update = view.reader('updateNorm');
    const zeros = view.reader('gradientZeroShare');
    const sizeAt = (i: number): number => {
      let squares = 0;
      let count = 0;
      view.header.parameters.forEach(({ dims }, p) => {
        squares += update(i, p) ** 2;
        // A weight without a gradient does not move.
        count += sizeOf(dims) * (1 - zeros(i, p));
      });
      return Math.sqrt(squares / count) / view.measured[i].learningRate;
    };
    const ratio = sizeAt(0);
    if (!(ratio > size && Number.isFinite(ratio))) return [];
    const expected = sparseUpdate(adam.beta1, adam.beta2);
    return [{
      severity: 'warning',
      title: "Adam's moments are not corrected for their start",
      explanation: `The first update moves each weight by ${formatNumber(ratio)} learning rates; with the correction it is 1, without it (1 - beta1) / sqrt(1 - beta2) = ${formatNumber(expected)}. `
        + `For the first ${formatNumber(1 / (1 - adam.beta2))} steps every update is too large, and most so while the model knows least.`,
      target: { path: 'optimizer' },
      step: 1,
      lastStep: 1,
      evidence: [{ label: 'norm of the first update over lr sqrt(n)', value: ratio, threshold: size, comparison: 'above', curve: { at: view.measured, value: sizeAt } }],
      remedies: useful(view, [{ title: 'Switch biasCorrection on, as in the paper', edits: [{ path: 'optimizer.biasCorrection', value: true }] }, warmUp(adam)]),
    }];
  },
});
