import type { ActivationInfo, DataSummary } from '../../run/record';
import type { Remedy } from '../finding';
import { formatLoss, formatNumber } from '../numbers';
import { useful } from '../remedies/edits';
import { removeLayers } from '../remedies/layers';
import { lastDense } from '../remedies/output';
import { perOutput, rule, type Report } from '../rule';
import { beforeFirstStep } from '../static';
import { lowerFirst, typeName, type RecordView } from '../view';

/** What an activation lets through. */
const ranges: Record<string, [number, number]> = {
  sigmoid: [0, 1], softmax: [0, 1], tanh: [-1, 1], relu: [0, Infinity], softplus: [0, Infinity], exponential: [0, Infinity],
};
/** The output activation that a loss contains: the engine computes the loss from what enters it. */
const contained: Record<string, string> = { crossEntropy: 'softmax', bceWithLogits: 'sigmoid' };

export const lossOutputMismatch = rule({
  id: 'loss-output-mismatch',
  title: 'Loss and output do not fit',
  defaults: {
    // Least loss that a perfect model could reach with such an output [derived]; none at all with a fitting one.
    floor: 0.05,
  },
  check: perOutput((view, { floor }: { floor: number }) => {
    const { output, data } = view.header;
    const loss = typeName(view.config('loss')) ?? '';
    if (!output) return [];
    const chain = lastActivations(view);
    const last = chain.at(-1);
    // Only one output: its softmax is always 1.
    if (last && lowerFirst(last.kind) === 'softmax' && output.width === 1) return [constantOutput(view, last, loss)];
    if (loss === 'bce' || view.config('loss.probabilities') === true) return beforeProbabilities(view, loss, last);
    const undone = last && lowerFirst(last.kind) === contained[loss];
    const meets = undone ? chain.at(-2) : last;
    if (!meets) return undone || !data ? [] : classIds(view, loss, data, output.width);
    if (loss in contained) return beforeLogits(view, loss, meets, chain, floor);
    return data ? beforeValues(view, loss, meets, targets(data), chain) : [];
  }),
});

/** The activations behind the last weights, in forward order. */
function lastActivations(view: RecordView): ActivationInfo[] {
  const deepest = Math.max(...view.matrices.map(({ depth }) => depth));
  const after = view.header.activations.filter(({ depth }) => depth > deepest);
  // What stands between other layers (a residual sum, a normalisation) shapes no output.
  const start = after.findLastIndex(({ kind }) => !(lowerFirst(kind) in ranges)) + 1;
  // An imported model numbers depth by its weights: there the activations follow the layer in the list.
  if (after.length === 0) {
    const from = view.header.activations.findLastIndex(({ kind }) => !(lowerFirst(kind) in ranges)) + 1;
    return view.header.activations.slice(from);
  }
  return after.slice(start);
}

const word = (loss: string): string => (loss === 'crossEntropy' ? 'softmax' : 'sigmoid');

/** A loss that takes logits must be given any number, not those that an activation lets through. */
function beforeLogits(view: RecordView, loss: string, meets: ActivationInfo, chain: ActivationInfo[], floor: number): Report[] {
  const kind = lowerFirst(meets.kind);
  const [low, high] = ranges[kind];
  const classes = view.header.classes ?? view.header.output!.width;
  // One logit at its highest, all others at their lowest; for a yes or no at its lowest.
  const least = loss === 'crossEntropy' ? Math.log1p((classes - 1) * Math.exp(low - high)) : Math.log1p(Math.exp(low));
  const bounded = high < Infinity;
  if ((bounded || loss === 'bceWithLogits') && !(least > floor)) return [];
  const twice = kind === word(loss);
  const limit = bounded ? `between ${low} and ${high}` : `of at least ${low}`;
  return [{
    severity: 'warning',
    title: twice ? `${capital(kind)} is applied twice` : `${capital(kind)} stands before ${loss}`,
    explanation: `${loss} takes a ${word(loss)} itself, of numbers of any size; ${meets.layer} lets only numbers ${limit} through. `
      + (bounded || loss === 'bceWithLogits'
        ? `With such numbers the loss cannot fall below ${formatLoss(least)}, however certain the model is.`
        : 'Where all of them are 0 no gradient comes back, and no class can be ruled out.'),
    target: { path: meets.path ?? 'loss', layer: meets.layer },
    ...beforeFirstStep,
    evidence: bounded || loss === 'bceWithLogits' ? [{ label: `least ${loss} with outputs ${limit}`, value: least, threshold: floor, comparison: 'above' }] : [],
    remedies: useful(view, [removeLayers(chain.slice(0, chain.indexOf(meets) + 1), `${loss} needs numbers of any size`)]),
  }];
}

/** A loss that takes the logarithm of its inputs: below 0 there is none. */
function beforeProbabilities(view: RecordView, loss: string, last: ActivationInfo | undefined): Report[] {
  const [low, high] = last ? ranges[lowerFirst(last.kind)] : [-Infinity, Infinity];
  if (low >= 0 && (loss !== 'bce' || high <= 1)) return [];
  const layer = last?.layer ?? view.header.activations.at(-1)?.layer ?? 'the last layer';
  return [{
    severity: 'warning',
    title: `${loss} of outputs that are no probabilities`,
    explanation: `${loss} takes the logarithm of probabilities, but ${layer} lets numbers ${low > -Infinity ? `from ${low} ` : ''}${high < Infinity ? `to ${high}` : 'of any size'} through. Outside of 0 to 1 they are cut off, and what is cut off has no gradient.`,
    target: { path: last?.path ?? 'loss', layer },
    ...beforeFirstStep,
    evidence: low < 0
      ? [{ label: 'smallest output', value: Math.max(low, -Number.MAX_VALUE), threshold: 0, comparison: 'below' }]
      : [{ label: 'largest output', value: Math.min(high, Number.MAX_VALUE), threshold: 1, comparison: 'above' }],
    remedies: useful(view, [loss === 'bce'
      ? { title: 'Use the loss bceWithLogits, which takes numbers of any size', edits: [...(last ? removeLayers([last], '')?.edits ?? [] : []), { path: 'loss', value: 'bceWithLogits' }] }
      : { title: 'Set probabilities to false: crossEntropy then takes numbers of any size', edits: [{ path: 'loss.probabilities', value: false }] }]),
  }];
}

type Values = Extract<DataSummary['labels'], { type: 'values' }>;

/** The numbers that a loss of differences compares the output with: class ids become 0 and 1. */
const targets = ({ labels }: DataSummary): Values =>
  (labels.type === 'values' ? labels : { type: 'values', mean: 0.5, std: 0.5, min: 0, max: 1, distinct: 2, whole: true });

/** A loss of differences: the output must reach the labels; for classes it is the wrong loss. */
function beforeValues(view: RecordView, loss: string, meets: ActivationInfo, labels: Values, chain: ActivationInfo[]): Report[] {
  const kind = lowerFirst(meets.kind);
  const [low, high] = ranges[kind];
  const base = { target: { path: meets.path ?? 'loss', layer: meets.layer }, ...beforeFirstStep };
  // Beyond the rounding of a label that was scaled.
  const slack = 1e-3 * (labels.max - labels.min);
  if (labels.min < low - slack || labels.max > high + slack) {
    const [label, value, threshold, comparison] = labels.max > high + slack ? ['largest label', labels.max, high, 'above'] as const : ['smallest label', labels.min, low, 'below'] as const;
    const ids = labels.whole && labels.min >= 0 && labels.max > 1 && kind !== 'relu' && labels.distinct === labels.max + 1;
    return [{
      ...base,
      severity: 'error',
      title: `${capital(kind)} cannot reach the labels`,
      explanation: `The labels reach from ${formatNumber(labels.min)} to ${formatNumber(labels.max)}, the output of ${meets.layer} ${high < Infinity ? `from ${low} to ${high}` : `from ${low} on`}. ${ids ? 'They look like class ids, for which crossEntropy is made.' : 'What lies beyond can never be predicted.'}`,
      evidence: [{ label, value, threshold, comparison }],
      remedies: useful(view, [ids ? useCrossEntropy(view, labels, chain) : undefined, removeLayers(chain, 'a dense output reaches every number')]),
    }];
  }
  const twice = chain.length > 1 && kind === lowerFirst(chain.at(-2)!.kind) && kind === 'softmax';
  const yesOrNo = labels.whole && labels.min === 0 && labels.max === 1;
  if (!(kind === 'softmax' || kind === 'sigmoid') || !(yesOrNo || twice)) return [];
  return [{
    ...base,
    severity: 'warning',
    title: twice ? 'Softmax is applied twice' : `${loss} of a ${kind} for classes`,
    explanation: `The labels are 0 or 1 and the output is a ${kind}, ${twice ? 'taken twice, ' : ''}but the loss is ${loss}, made for quantities. `
      + `Where the ${kind} is sure and wrong its slope is near 0, so that the worst mistakes have the smallest gradient; a cross-entropy cancels that slope.`,
    evidence: [],
    remedies: useful(view, [useLogits(view, chain)]),
  }];
}

/** Yes or no for every output, computed from what enters the sigmoid. */
function useLogits(view: RecordView, chain: ActivationInfo[]): Remedy | undefined {
  const removed = removeLayers(chain, '');
  if (!removed) return undefined;
  // One of several classes, given as ids.
  if (view.header.classes !== undefined && view.header.output!.width >= view.header.classes) {
    return { title: `Use the loss crossEntropy on what enters ${chain[0].layer}: its gradient is the difference itself`, edits: [...removed.edits, { path: 'loss', value: 'crossEntropy' }] };
  }
  return {
    title: `Use the loss bceWithLogits on what enters ${chain[0].layer}: its gradient is the difference itself`,
    edits: [...removed.edits, { path: 'loss', value: 'bceWithLogits' }],
  };
}

function useCrossEntropy(view: RecordView, labels: Values, chain: ActivationInfo[]): Remedy | undefined {
  const removed = chain.length > 0 ? removeLayers(chain, '') : { edits: [] };
  const last = lastDense(view, { units: labels.max + 1 });
  return removed && last && {
    title: `Use the loss crossEntropy with ${labels.max + 1} outputs: the labels are the class ids 0 to ${labels.max}`,
    edits: [...removed.edits, last, { path: 'loss', value: 'crossEntropy' }],
  };
}

function constantOutput(view: RecordView, { layer, path }: ActivationInfo, loss: string): Report {
  return {
    severity: 'error',
    title: 'Softmax of a single output is always 1',
    explanation: `${layer} divides its only output by itself. The output is 1 whatever enters the model, and no gradient comes back.`,
    target: { path: path ?? 'model', layer },
    ...beforeFirstStep,
    evidence: [{ label: 'outputs that share the softmax', value: 1, threshold: 2, comparison: 'below' }],
    remedies: useful(view, [
      path ? { title: 'Replace softmax by sigmoid: one output that lies between 0 and 1', edits: [{ path, value: 'sigmoid' }, ...(loss === 'bceWithLogits' ? [] : [{ path: 'loss', value: 'bceWithLogits' }])] } : undefined,
    ]),
  };
}

/** Numbers that can only be class ids are no quantity: class 4 is not twice class 2. */
function classIds(view: RecordView, loss: string, { labels, samples }: DataSummary, width: number): Report[] {
  if (labels.type !== 'values' || width !== 1) return [];
  const classes = labels.max + 1;
  if (!(labels.whole && labels.min === 0 && labels.distinct === classes && classes > 2 && classes <= 100 && samples >= 20 * classes)) return [];
  return [{
    severity: 'information',
    title: 'The labels look like class ids',
    explanation: `The labels are the whole numbers 0 to ${labels.max}, and the loss is ${loss}. If they are names of classes rather than amounts, ${loss} makes class ${labels.max} and class 0 the furthest apart.`,
    target: { path: 'loss' },
    ...beforeFirstStep,
    evidence: [],
    remedies: useful(view, [useCrossEntropy(view, labels, [])]),
  }];
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
