import { activationValue } from '../../run/record';
import type { Remedy } from '../finding';
import { formatLoss, formatNumber } from '../numbers';
import { useful } from '../remedies/edits';
import { initializeByActivation, initializerPath } from '../remedies/layers';
import { lastDense } from '../remedies/output';
import { rule, type Report } from '../rule';
import { staysUnlearnt } from '../static';
import { lossOf, type Matrix, type RecordView } from '../view';

export const poorInitialisation = rule({
  id: 'poor-initialisation',
  title: 'Weights start badly',
  defaults: {
    // First loss over its expected value [SageMaker Debugger].
    lossRatio: 2,
    // Largest over smallest standard deviation of what the layers with weights give out; SageMaker Debugger's 10 for the variance is passed by every stack with
    // PyTorch's initialiser [derived].
    spread: 100,
  },
  check(view, { lossRatio, spread }) {
    return [...equalUnits(view), ...activations(view, spread), ...firstLoss(view, lossRatio)];
  },
});

const severity = (view: RecordView): 'warning' | 'information' => (staysUnlearnt(view) ? 'warning' : 'information');

/** Units of a layer that start alike get the same gradient and stay alike. */
function equalUnits(view: RecordView): Report[] {
  const [first] = view.measured;
  if (!first) return [];
  const zero = view.reader('gradientZeroShare');
  // A last layer of zeros is no fault: its inputs differ, and so do its gradients.
  const equal = view.matrices.slice(0, -1).filter((matrix) => matrix.initialStd === 0 && !(zero(0, matrix.index) < 1 && matrix.dims[0] === 1));
  if (equal.length === 0) return [];
  const [worst] = equal;
  return [{
    of: 'equal',
    severity: severity(view),
    title: `All units of ${worst.layer} start alike`,
    explanation: `The weights of ${equal.length === 1 ? worst.name : `${equal.length} layers`} all have one value before the first step. Units that start alike have the same gradient and stay alike: the layer is as good as one unit.`,
    target: { path: initializerPath(view, worst), parameter: worst.name, layer: worst.layer },
    step: first.step,
    lastStep: first.step,
    evidence: [{ label: `standard deviation of ${worst.name} at the start`, value: 0, threshold: Number.MIN_VALUE, comparison: 'below', series: { of: 'parameter', name: worst.name, quantity: 'weightStd' } }],
    remedies: useful(view, [initializeByActivation(view, equal)]),
  }];
}

/** Signals that grow or shrink on their way through the layers. */
function activations(view: RecordView, limit: number): Report[] {
  const measured = view.steps.filter((step) => step.activations);
  const [first] = measured;
  if (!first) return [];
  const scales = view.matrices.flatMap((matrix) => {
    const index = view.header.activations.findIndex(({ layer }) => layer === matrix.layer);
    const std = index < 0 ? NaN : activationValue(first, index, 'std');
    return std > 0 && Number.isFinite(std) ? [{ matrix, std, index }] : [];
  });
  const change = steepest(scales);
  if (!change || !(change.spread > limit)) return [];
  const { from, to, spread } = change;
  const grows = to.std > from.std;
  return [{
    of: 'activations',
    // What keeps a run from learning then is what the signal does to its gradient, which rules of their own name.
    severity: 'information',
    title: `Signals ${grows ? 'grow' : 'shrink'} ${formatNumber(spread)} times through the layers`,
    explanation: `At step ${first.step} the output of ${from.matrix.layer} has standard deviation ${formatNumber(from.std)}, that of ${to.matrix.layer} ${formatNumber(to.std)}. Weights should start so that the signal keeps its size: what ${grows ? 'grows' : 'shrinks'} on its way forward does so as a gradient on its way back.`,
    target: { path: initializerPath(view, to.matrix), parameter: to.matrix.name, layer: to.matrix.layer },
    step: first.step,
    lastStep: first.step,
    evidence: [{ label: `${grows ? 'growth' : 'shrinkage'} of the standard deviation from ${from.matrix.layer} to ${to.matrix.layer}`, value: spread, threshold: limit, comparison: 'above', curve: { at: measured, value: (i) => spreadOf(activationValue(measured[i], from.index, 'std'), activationValue(measured[i], to.index, 'std')) } }],
    remedies: useful(view, [initializeByActivation(view, view.matrices.slice(0, -1))]),
  }];
}

interface Scale {
  matrix: Matrix;
  std: number;
  /** Its row in `StepRecord.activations`. */
  index: number;
}

const spreadOf = (a: number, b: number): number => Math.max(a / b, b / a);

/** The two layers, in forward order, between which the signal changes most. */
function steepest(scales: readonly Scale[]): { from: Scale; to: Scale; spread: number } | undefined {
  let found: { from: Scale; to: Scale; spread: number } | undefined;
  scales.forEach((from, i) => scales.slice(i + 1).forEach((to) => {
    const spread = spreadOf(from.std, to.std);
    if (!found || spread > found.spread) found = { from, to, spread };
  }));
  return found;
}

/** A classifier that is sure before it has learnt anything must first unlearn. */
function firstLoss(view: RecordView, limit: number): Report[] {
  const [first] = view.steps;
  // As late as gradient-exploding, which it may follow from: what is at fault must not change once it was named.
  if ((view.steps.length < 5 && !view.diverged) || !first || !view.baseline.known || !Number.isFinite(first.loss)) return [];
  const ratio = lossOf(first) / view.baseline.loss;
  const last = view.matrices.at(-1);
  if (!(ratio > limit) || !last) return [];
  return [{
    of: 'loss',
    severity: severity(view),
    title: `First loss is ${formatNumber(ratio)} times what it should be`,
    explanation: `Before the first update the loss is ${formatLoss(first.loss)}; a model that knows nothing has ${formatLoss(view.baseline.loss)} (${view.baseline.meaning}). The outputs start too large, and the first part of training is spent on taking back answers that were sure and wrong.`,
    target: { path: initializerPath(view, last), parameter: last.name, layer: last.layer },
    step: first.step,
    lastStep: first.step,
    evidence: [{ label: 'first loss over its expected value', value: ratio, threshold: limit, comparison: 'above', curve: { at: view.steps, value: (i) => lossOf(view.steps[i]) / view.baseline.loss } }],
    remedies: useful(view, [startAtZero(view, last)]),
  }];
}

/** With a last layer of zeros every class is as likely as any other. */
function startAtZero(view: RecordView, { layer }: Matrix): Remedy | undefined {
  const edit = lastDense(view, { initializer: 'zeros', biasInitializer: 'zeros' });
  return edit && { title: `Start ${layer} at 0: the first loss is then exactly ${formatLoss(view.baseline.loss)}`, edits: [edit] };
}
