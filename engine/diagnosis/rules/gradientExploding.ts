import { activationValue, isFinite } from '../../run/record';
import { clipGradient } from '../remedies/clip';
import { standardizeInputs } from '../remedies/data';
import { useful } from '../remedies/edits';
import { heStd, initializeHe, initializerPath, insertBatchNorm, replaceExponential, saturating } from '../remedies/layers';
import { smallerLearningRate } from '../remedies/learningRate';
import { formatLoss, formatNumber } from '../numbers';
import { rule, type Curve, type Report } from '../rule';
import { median } from '../statistics';
import { lossOf, type Matrix, type RecordView } from '../view';
import type { Window } from '../windows';

/** Steps over which growth must hold. */
const length = 5;

export const gradientExploding = rule({
  id: 'gradient-exploding',
  title: 'Gradient explodes',
  defaults: {
    // Twofold over each of five checks, 2^5 in all [TheDeepChecker].
    growth: 32,
    // Loss over that of a model that has learnt nothing; without it a growing gradient is no fault [derived].
    lossRatio: 1.5,
    // At the start: loss over its expected value. SageMaker Debugger warns from 2 [poor initialisation]; 10 leaves out unscaled inputs [derived].
    initialLossRatio: 10,
    // At the start: global norm of the gradient [derived].
    initialNorm: 100,
    // Standard deviation of the initial weights over sqrt(2 / fan-in) (He et al. 2015); TheDeepChecker allows activations 0.5 to 2.
    initialScale: 2,
  },
  check(view, thresholds) {
    return explodesForward(view) ?? explodesAtStart(view, thresholds) ?? explodesLater(view, thresholds) ?? [];
  },
});

type Limits = { growth: number; lossRatio: number; initialLossRatio: number; initialNorm: number; initialScale: number };

function explodesAtStart(view: RecordView, { initialLossRatio, initialNorm, initialScale }: Limits): Report[] | undefined {
  const end = Math.min(length, view.lastFinite + 1);
  if (end < 1 || (end < length && !view.diverged)) return undefined;
  const start = view.steps.slice(0, end);
  const norm = median(start.map((step) => step.gradientNorm));
  const loss = lossOf(start[0]);
  const wide = view.matrices.filter((matrix) => !isEmbedding(view, matrix) && matrix.initialStd > initialScale * heStd(matrix));
  const lossTooHigh = view.baseline.known && loss > initialLossRatio * view.baseline.loss;
  if (!(norm > initialNorm) || !(start[0].gradientNorm > initialNorm) || (!lossTooHigh && wide.length === 0)) return undefined;
  const [worst] = wide.length > 0 ? wide : view.matrices;
  if (!worst) return undefined;
  const scale = worst.initialStd / heStd(worst);
  const weightStd = view.reader('weightStd');
  const activations = view.activations(['relu', 'leakyRelu', 'elu', 'gelu', 'silu', 'sigmoid', 'tanh', 'softplus']);
  return [{
    of: 'start',
    severity: 'warning',
    title: `Gradient explodes in ${worst.name} from the start`,
    explanation: `The first ${end === 1 ? 'step has' : `${end} steps have`} a gradient norm of ${formatNumber(norm)} and a loss of ${formatLoss(loss)}${view.baseline.known ? ` where ${formatLoss(view.baseline.loss)} (${view.baseline.meaning}) is expected` : ''}. `
      + (wide.length > 0
        ? `The weights of ${worst.layer} start ${formatNumber(scale)} times as wide as sqrt(2 / fan-in), so that each layer enlarges what passes through it.`
        : 'What enters the model or its weights is too large for the layers to keep in scale.'),
    target: { path: wide.length > 0 ? initializerPath(view, worst) : 'data', parameter: worst.name, layer: worst.layer },
    step: start[0].step,
    lastStep: start.at(-1)!.step,
    evidence: [
      { label: 'global gradient norm', value: norm, threshold: initialNorm, comparison: 'above', series: { of: 'step', quantity: 'gradientNorm' } },
      wide.length > 0
        ? { label: `initial spread of ${worst.name} over sqrt(2 / fan-in)`, value: scale, threshold: initialScale, comparison: 'above', curve: { at: view.measured, value: (i) => weightStd(i, worst.index) / heStd(worst) } }
        : { label: 'loss over its expected value', value: loss / view.baseline.loss, threshold: initialLossRatio, comparison: 'above', curve: lossOver(view, view.baseline.loss) },
    ],
    remedies: useful(view, [
      wide.length > 0 ? initializeHe(view, wide) : standardizeInputs(view),
      insertBatchNorm(view, activations),
    ]),
  }];
}

/** What leaves a layer is beyond what the next can take: not a number, or this many times what left the first layer. */
const overflow = 1e6;

/** The signal itself explodes on its way forward at the first step; its gradient then does, or is no number at all. */
function explodesForward(view: RecordView): Report[] | undefined {
  const [first] = view.steps;
  if (!first?.activations || Number.isFinite(first.loss) && first.loss < 10 * view.baseline.loss) return undefined;
  const sizes = view.header.activations.map((activation, index) => ({
    activation, std: activationValue(first, index, 'std'), broken: activationValue(first, index, 'nonFinite') > 0,
  })).sort((a, b) => a.activation.depth - b.activation.depth);
  const [start] = sizes;
  const at = sizes.findIndex(({ std, broken }) => broken || std > overflow * Math.max(start.std, 1e-6));
  // Inputs that are broken themselves explode in no layer.
  if (at < 1 || start.broken) return undefined;
  const { activation, std, broken } = sizes[at];
  const before = sizes[at - 1];
  const exponential = replaceExponential(view);
  return [{
    of: 'start',
    severity: 'warning',
    title: `Signals explode in ${activation.layer} from the start`,
    explanation: `At step ${first.step} the output of ${start.activation.layer} has standard deviation ${formatNumber(start.std)}, that of ${before.activation.layer} ${formatNumber(before.std)}, and that of ${activation.layer} is ${broken ? 'not finite' : formatNumber(std)}. `
      + (exponential ? 'Exponentials of exponentials grow beyond any number, and so do their gradients.' : 'Each layer enlarges what passes through it, and the gradient on its way back as well.'),
    target: { path: activation.path ?? 'model', layer: activation.layer },
    step: first.step,
    lastStep: first.step,
    evidence: [{
      label: `standard deviation of ${(broken ? before : sizes[at]).activation.layer} over that of ${start.activation.layer}`,
      value: (broken ? before.std : std) / start.std, threshold: broken ? Math.min(overflow, (0.99 * before.std) / start.std) : overflow, comparison: 'above',
      curve: { at: view.steps.filter((step) => step.activations), value: (i) => activationValue(view.steps.filter((step) => step.activations)[i], view.header.activations.indexOf((broken ? before : sizes[at]).activation), 'std') / start.std },
    }],
    remedies: useful(view, [
      exponential,
      insertBatchNorm(view, view.activations([...saturating, 'relu', 'leakyRelu', 'elu', 'gelu', 'silu', 'softplus', 'exponential'])),
      initializeHe(view, view.matrices.slice(0, -1)),
      standardizeInputs(view),
    ]),
  }];
}

const isEmbedding = (view: RecordView, { path, layer }: Matrix): boolean => /embedding/i.test((path && view.typeAt(path)) ?? layer);

function explodesLater(view: RecordView, { growth, lossRatio }: Limits): Report[] | undefined {
  const { steps, baseline } = view;
  const limit = lossRatio * Math.max(baseline.loss, steps.length > 0 ? lossOf(steps[0]) : 0);
  const exploded = (index: number, reference: number): boolean => steps[index].gradientNorm > growth * reference && lossOf(steps[index]) > limit;
  let reference = steps[0]?.gradientNorm;
  let first: { start: number; reference: number } | undefined;
  let last = 0;
  const end = view.diverged ? view.lastFinite + 1 : steps.length - length + 1;
  for (let start = 1; start < end; start++) {
    const block = !first && start % length === 0 ? median(steps.slice(start - length, start).map((step) => step.gradientNorm)) : NaN;
    if (block > 0) reference = Math.min(reference, block);
    // Four of five steps: one good batch does not end an explosion, one bad batch does not make one.
    if (!exploded(start, reference)) continue;
    const window = steps.slice(start, start + length);
    if (window.filter((step, i) => exploded(start + i, reference) || !isFinite(step)).length < window.length - 1) continue;
    first ??= { start, reference };
    last = start + window.length - 1;
  }
  if (!first) return undefined;
  const window = steps.slice(first.start, first.start + length).filter(isFinite);
  const norms = window.map((step) => step.gradientNorm);
  const factor = median(norms) / first.reference;
  const loss = median(window.map(lossOf));
  const measured = measuredWindow(view, steps[first.start].step);
  const worst = fastestGrowing(view, measured);
  const growsFrom = first.reference;
  return [{
    severity: 'warning',
    title: worst ? `Gradient explodes in ${worst.name}` : 'Gradient explodes',
    explanation: `The gradient norm rose ${formatNumber(factor)} times, from ${formatNumber(first.reference)} to ${formatNumber(median(norms))} at ${window.length === 1 ? `step ${window[0].step}` : `steps ${window[0].step} to ${window.at(-1)!.step}`}, and the loss to ${formatLoss(loss)}. `
      + `A model that has learnt nothing has a loss of about ${formatLoss(baseline.loss)} (${baseline.meaning}): each step throws the weights further off.`,
    target: { path: 'optimizer.learningRate', ...(worst && { parameter: worst.name, layer: worst.layer }) },
    step: steps[first.start].step,
    lastStep: steps[last].step,
    evidence: [
      { label: 'growth of the global gradient norm', value: factor, threshold: growth, comparison: 'above', curve: { at: steps, value: (i) => steps[i].gradientNorm / growsFrom } },
      { label: 'loss over that of an untrained model', value: loss / (limit / lossRatio), threshold: lossRatio, comparison: 'above', curve: lossOver(view, limit / lossRatio) },
    ],
    remedies: useful(view, [replaceExponential(view), ...smallerLearningRate(view, measured), clipGradient(view, first.start)]),
  }];
}

const lossOver = ({ steps }: RecordView, unit: number): Curve => ({ at: steps, value: (i) => steps[i].loss / unit });

/** The measured steps from a step number on, as many as the growth must hold for. */
function measuredWindow(view: RecordView, step: number): Window {
  const start = view.measured.findIndex((record) => record.step >= step);
  return start < 0 ? { start: view.measured.length, end: view.measured.length } : { start, end: Math.min(view.measured.length, start + length) };
}

/** The matrix whose gradient grew most since the first step. */
function fastestGrowing(view: RecordView, window: Window): Matrix | undefined {
  if (window.start >= window.end) return undefined;
  const norm = view.reader('gradientNorm');
  const growthOf = (matrix: Matrix): number => median(view.series(window, (i) => norm(i, matrix.index))) / norm(0, matrix.index);
  return [...view.matrices].map((matrix) => ({ matrix, growth: growthOf(matrix) })).filter(({ growth }) => growth > 0).sort((a, b) => b.growth - a.growth)[0]?.matrix;
}
