import { activationQuantities, type NonFiniteOrigin } from '../../run/record';
import type { Target } from '../finding';
import { clipGradient } from '../remedies/clip';
import { standardizeInputs } from '../remedies/data';
import { replaceExponential } from '../remedies/layers';
import { useful } from '../remedies/edits';
import { smallerLearningRate } from '../remedies/learningRate';
import { formatNumber } from '../numbers';
import { rule } from '../rule';
import type { RecordView } from '../view';

/** NaN or infinity is never recovered from: Adam's moments keep it. */
export const nonFinite = rule({
  id: 'non-finite',
  title: 'NaN or infinite values',
  defaults: {
    // Any element [SageMaker Debugger, DeepDiagnosis].
    elements: 0,
  },
  check(view, { elements }) {
    if (!view.diverged) return [];
    const index = view.lastFinite + 1;
    const { step, loss, origin } = view.steps[index];
    const { name, target, evidence } = firstTensor(view, index);
    const atStart = index === 0;
    const measured = view.measured.findLastIndex((record) => record.step <= step);
    const before = `the loss was ${index > 0 ? view.steps[index - 1].loss.toPrecision(3) : 'never finite'}${index > 0 ? ' one step before' : ''}`;
    return [{
      severity: 'error',
      title: `NaN or infinity in ${name} at step ${step}`,
      explanation: `${origin ? told(origin, step) : `${Number.isFinite(loss) ? 'A gradient' : 'The loss'} is not finite at step ${step}`}; ${before}. `
        + (atStart ? 'No update has been made yet, so that the data or the initial weights are at fault.' : 'Every weight that such a gradient updates is lost, and so is the run from this step on.'),
      target: atStart ? { path: 'data' } : target,
      step,
      lastStep: view.steps.at(-1)!.step,
      evidence: [{ label: `non-finite elements, ${name}`, value: evidence, threshold: elements, comparison: 'above', curve: { at: view.steps, value: (i) => view.steps[i].loss, shows: 'loss' } }],
      remedies: useful(view, atStart
        ? [replaceExponential(view), standardizeInputs(view)]
        : [replaceExponential(view), ...smallerLearningRate(view, { start: Math.max(0, measured - 4), end: Math.max(1, measured) }), clipGradient(view, index)]),
    }];
  },
});

/** "Exp in exponential1 turned finite inputs (up to 93.2) into Inf at step 41". */
function told({ operator, pass, layer, output, inputs }: NonFiniteOrigin, step: number): string {
  if (pass === 'data') return `The batch of step ${step} itself holds ${output}`;
  const place = { forward: `in ${layer}`, loss: 'in the loss', backward: `in the gradient${layer === undefined ? '' : ` of ${layer}`}` }[pass];
  const [low, high] = [Math.min(...inputs.map((each) => each.low)), Math.max(...inputs.map((each) => each.high))];
  const range = inputs.length === 0 ? '' : ` (${formatNumber(low)} to ${formatNumber(high)})`;
  return `${operator} ${place} turned finite inputs${range} into ${output} at step ${step}`;
}

/** The layer of the operator that began it; else the shallowest activation, else the deepest parameter (its gradient comes first), that is not finite at the step. */
function firstTensor(view: RecordView, index: number): { name: string; target: Target; evidence: number } {
  const path = 'optimizer.learningRate';
  const { activations, parameters, origin } = view.steps[index];
  if (origin?.layer !== undefined) return { name: origin.layer, target: { path, layer: origin.layer }, evidence: 1 };
  const column = activationQuantities.indexOf('nonFinite');
  const layer = activations && view.header.activations
    .filter((_, i) => activations[i * activationQuantities.length + column] > 0)
    .sort((a, b) => a.depth - b.depth)[0];
  if (layer) return { name: layer.layer, target: { path, layer: layer.layer }, evidence: 1 };
  const at = view.measured.indexOf(view.steps[index]);
  const count = view.reader('nonFinite');
  const parameter = parameters && view.header.parameters
    .map((info, i) => ({ ...info, count: count(at, i) }))
    .filter((info) => info.count > 0)
    .sort((a, b) => b.depth - a.depth)[0];
  if (parameter && Number.isFinite(view.steps[index].loss)) return { name: parameter.name, target: { path, parameter: parameter.name, layer: parameter.layer }, evidence: parameter.count };
  return { name: 'the loss', target: { path }, evidence: parameter?.count ?? 1 };
}
