import { AdamView, sizeOf } from '../adam';
import { sparseUpdate, updateBound } from '../moments';
import { formatNumber } from '../numbers';
import { warmUp } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { rule } from '../rule';

/** Steps in which the missing correction shows most. */
const early = 20;

export const adamBiasCorrection = rule({
  id: 'adam-bias-correction',
  title: "Adam's moments are not corrected for their start",
  defaults: {
    // Norm of the first update over lr sqrt(n): 1 with correction, (1-b1)/sqrt(1-b2) = 3.16 without. Later the largest update over its bound [derived].
    size: 1.5,
  },
  check(view, { size }) {
    const adam = AdamView.of(view, ['nadam', 'radam', 'lamb', 'stableadamw']);
    if (!adam || view.measured[0]?.step !== 1) return [];
    const update = view.reader('updateNorm');
    const zeros = view.reader('gradientZeroShare');
    const largest = view.reader('updateMaxAbs');
    const firstUpdate = (): number => {
      let squares = 0;
      let count = 0;
      view.header.parameters.forEach(({ dims }, p) => {
        squares += update(0, p) ** 2;
        // A weight without a gradient does not move.
        count += sizeOf(dims) * (1 - zeros(0, p));
      });
      return Math.sqrt(squares / count) / view.measured[0].learningRate;
    };
    // At beta2 = 0.99 the first update is the same with and without; the following ones go beyond what corrected moments can give.
    const excess = (i: number): number => (i === 0
      ? firstUpdate()
      : Math.max(...view.matrices.map(({ index }) => largest(i, index))) / updateBound(adam.beta1, adam.beta2, view.measured[i].step));
    const at = view.measured.findIndex((record, i) => record.step <= early && excess(i) > size);
    const value = at >= 0 ? excess(at) : NaN;
    if (!Number.isFinite(value) || adam.betasOutOfOrder) return [];
    const { step } = view.measured[at];
    return [{
      severity: 'warning',
      title: "Adam's moments are not corrected for their start",
      explanation: `${step === 1
        ? `The first update moves each weight by ${formatNumber(value)} learning rates; with the correction it is 1, without it (1 - beta1) / sqrt(1 - beta2) = ${formatNumber(sparseUpdate(adam.beta1, adam.beta2))}`
        : `At step ${step} the largest update is ${formatNumber(value)} times what corrected moments can give, whatever the gradients`}. `
        + `For the first ${formatNumber(1 / (1 - adam.beta2))} steps updates are too large, and most so while the model knows least.`,
      target: { path: 'optimizer' },
      step,
      lastStep: step,
      evidence: [{ label: step === 1 ? 'norm of the first update over lr sqrt(n)' : 'largest update over its bound with correction', value, threshold: size, comparison: 'above', curve: { at: view.measured, value: excess } }],
      remedies: useful(view, [{ title: 'Switch biasCorrection on, as in the paper', edits: [{ path: 'optimizer.biasCorrection', value: true }] }, warmUp(adam)]),
    }];
  },
});
