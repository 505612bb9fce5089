import { percent } from '../numbers';
import { useful } from '../remedies/edits';
import { replaceActivations } from '../remedies/layers';
import { rule } from '../rule';
import { settled } from '../static';
import { lossOf } from '../view';
import { firstAndLast, mostly, shareOf, windows } from '../windows';

/** A tensor without any gradient does not move: it is cut off from the loss, or nothing enters it. */
export const unchangedParameters = rule({
  id: 'unchanged-parameters',
  title: 'Parameters that never change',
  defaults: {
    // Share of elements whose gradient is exactly 0: all of them [SageMaker Debugger, unchanged tensor; DeepDiagnosis].
    zeroShare: 0.9999,
    // A run that has brought its loss below this share of the untrained loss may have nothing left to learn [derived].
    lossShare: 0.5,
  },
  check(view, { zeroShare, lossShare }) {
    const zero = view.reader('gradientZeroShare');
    const unlearnt = (i: number): boolean => lossOf(view.measured[i]) > lossShare * view.baseline.loss;
    const list = windows(view.measured.length).filter(({ end }) => view.measured[end - 1].step >= settled);
    // Biases may rest; a resting matrix is a layer that is not trained.
    const still = view.matrices.flatMap((matrix) => {
      const rests = (i: number): boolean => zero(i, matrix.index) > zeroShare;
      const found = firstAndLast(list, (window) => mostly(window, unlearnt) && mostly(window, rests));
      return found ? [{ matrix, found, rests }] : [];
    });
    return still.map(({ matrix, found, rests }) => ({
      of: matrix.name,
      severity: 'warning' as const,
      title: `${matrix.name} never changes`,
      explanation: `Every element of its gradient is exactly 0 in ${percent(shareOf(found.first, rests))} of the steps from ${view.measured[found.first.start].step} to ${view.measured[found.first.end - 1].step}. Either nothing but 0 enters ${matrix.layer}, or no gradient reaches it from the loss.`,
      target: { path: matrix.path ?? 'model', parameter: matrix.name, layer: matrix.layer },
      ...view.span(found),
      confidence: shareOf(found.first, rests),
      evidence: [{ label: `zero elements in the gradient of ${matrix.name}`, value: 1, threshold: zeroShare, comparison: 'above' as const, series: { of: 'parameter' as const, name: matrix.name, quantity: 'gradientZeroShare' as const } }],
      remedies: useful(view, [replaceActivations(view.activations(['relu']), 'leakyRelu', 'a unit that is 0 keeps a gradient')]),
    }));
  },
});
