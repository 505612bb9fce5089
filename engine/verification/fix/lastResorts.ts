/** What is tried beside the remedies of the findings: repairs that help many faults, so that a run whose fault no rule can name is mended all the same. */
import { formatNumber, round2 } from '../../diagnosis/numbers';
import { standardizeInputs } from '../../diagnosis/remedies/data';
import { insertBatchNorm, insertDropout, insertResidual, replaceStack } from '../../diagnosis/remedies/layers';
import type { ActivationInfo } from '../../run/record';
import { RecordView } from '../../diagnosis/view';
import { activations as activationLayers } from '../../layers/activations';
import type { RunConfig } from '../../run/config';
import { applied, type Change } from './change';

/** What a last resort is made from. */
export interface Situation {
  view: RecordView;
  /** Of the range test; undefined where the loss fell at no learning rate. */
  learningRate?: number;
}

/** The changes that it consists of; undefined where it changes nothing or cannot be done. */
type LastResort = (situation: Situation) => Change[] | undefined;

/** A change of one thing, with its reason. */
const one = (because: string, make: (situation: Situation) => Pick<Change, 'title' | 'edits'> | undefined): LastResort => (situation) => {
  const made = make(situation);
  return made && made.edits.length > 0 ? [{ title: made.title, edits: made.edits, because }] : undefined;
};

/** One after the other, each made for the run file that the one before leaves; undefined where one of them cannot be done. Only the last may move layers. */
const all = (...parts: LastResort[]): LastResort => (situation) => {
  let config = JSON.stringify(situation.view.header.config);
  const changes: Change[] = [];
  for (const part of parts) {
    const made = part({ ...situation, view: new RecordView({ header: { ...situation.view.header, config: JSON.parse(config) as RunConfig }, steps: [...situation.view.steps] }) });
    if (!made) return undefined;
    changes.push(...made);
    config = applied(config, made);
  }
  return changes;
};

/** Activations between two weights. */
function hidden(view: RecordView): ActivationInfo[] {
  const deepest = Math.max(...view.matrices.map(({ depth }) => depth));
  return view.activations(Object.keys(activationLayers)).filter(({ depth, path }) => path !== undefined && depth < deepest);
}

/** Another activation for all, with the initialiser that was derived for it; the initialiser alone where they have that activation. */
const stack = (by: string, initializer: string, because: string): LastResort => one(because, ({ view }) => {
  const layers = hidden(view);
  const made = replaceStack(view, layers, by, initializer, '');
  if (!made) return undefined;
  if (layers.some(({ kind }) => kind !== by)) return { ...made, title: made.title.replace(/: $/, '') };
  const edits = made.edits.filter(({ value }) => value !== by);
  return { title: `Initialise ${edits.length === 1 ? 'one layer' : `${edits.length} layers`} with ${initializer}`, edits };
});

const batchNorm = one('normalised activations neither vanish nor explode (Ioffe & Szegedy 2015)', ({ view }) => insertBatchNorm(view, hidden(view)));

const residual = one('a gradient passes a sum unchanged, however deep (He et al. 2016)', ({ view }) => insertResidual(view));

const optimizer = (because: string, type: string, rate: number): LastResort => one(because, ({ view }) =>
  (view.optimizer === type && view.learningRate === rate ? undefined : { title: `Train with ${type}, learningRate ${formatNumber(rate)}`, edits: [{ path: 'optimizer', value: { type, learningRate: rate } }] }));

const learningRate = (because: string, value: (situation: Situation) => number | undefined): LastResort => one(because, (situation) => {
  const wanted = round2(value(situation) ?? NaN);
  if (!(wanted > 0 && wanted < Infinity)) return undefined;
  return { title: `Set learningRate to ${formatNumber(wanted)} (was ${formatNumber(situation.view.learningRate)})`, edits: [{ path: 'optimizer.learningRate', value: wanted }] };
});

const adam = optimizer('its defaults suit most networks (Kingma & Ba 2015)', 'adam', 1e-3);
const fasterAdam = optimizer('a small network takes larger steps', 'adam', 3e-3);
const fastAdam = optimizer('a small network takes larger steps', 'adam', 1e-2);

/** Share of a run after which every weight can be as large as the values to predict are spread. */
const reachedAfter = 0.1;
const farReachingAdam: LastResort = (situation) => {
  const { header: { data, totalSteps } } = situation.view;
  const rate = data?.labels.type === 'values' ? round2(data.labels.std / (reachedAfter * totalSteps)) : 0;
  return rate > 1e-2 && rate <= 1 ? optimizer('a weight moves by about the learning rate per step (Kingma & Ba 2015), and the values to predict lie far apart', 'adam', rate)(situation) : undefined;
};
const relu = stack('relu', 'heNormal', 'its slope is 1 wherever it is active, and the spread fits it (He et al. 2015)');
const tanh = stack('tanh', 'glorotUniform', 'no unit of it can die (Glorot & Bengio 2010)');
const selu = stack('selu', 'lecunNormal', 'it keeps mean 0 and variance 1 through any depth (Klambauer et al. 2017)');
const leakyRelu = stack('leakyRelu', 'heNormal', 'no unit of it is without a gradient (Maas et al. 2013)');
const standardize = one('weights are initialised for inputs of mean 0 and standard deviation 1 (LeCun et al. 1998)', ({ view }) => standardizeInputs(view));
const steepest = learningRate('there the loss fell steepest in a range test', ({ learningRate: found }) => found);
const times = (factor: number, because: string): LastResort => learningRate(because, ({ view }) => view.learningRate * factor);

/** Steps at which the validation loss was known, and that loss. */
const validated = ({ steps }: RecordView): { step: number; loss: number }[] => steps.flatMap(({ step, validation }) => (validation ? [{ step, loss: validation.loss }] : []));

/** Where in the run its validation loss was smallest, as a share; NaN where it was never measured. */
function bestAt(view: RecordView): number {
  const known = validated(view);
  const best = Math.min(...known.map(({ loss }) => loss));
  return known.length < 3 ? NaN : known.find(({ loss }) => loss === best)!.step / known.at(-1)!.step;
}

/** Fewer updates than this are few for any network. */
const fewUpdates = 2000;

/** Edits of the optimizer and of how long it works. */
const optimizers: LastResort[] = [
  steepest, adam, farReachingAdam, fastAdam, times(1 / 10, 'a tenth'), times(10, 'ten times'), times(1 / 3, 'a third'), times(3, 'three times'), fasterAdam,
  one('steps that shrink to nothing end in a minimum instead of around it (Loshchilov & Hutter 2017)', ({ view }) =>
    (view.config('schedule') === undefined ? { title: 'Let the learning rate fall along a cosine', edits: [{ path: 'schedule', value: { type: 'cosine' } }] } : undefined)),
  one('one sample is too noisy a gradient, and too many leave too few steps', ({ view }) => {
    const batch = view.number('batchSize') ?? 32;
    const few = batch > 32 && view.header.totalSteps < fewUpdates;
    return batch < 8 || few ? { title: `Set batchSize to 32 (was ${batch})`, edits: [{ path: 'batchSize', value: 32 }] } : undefined;
  }),
  one('a few large gradients undo many small ones (Pascanu et al. 2013)', ({ view }) =>
    (view.config('clip') === undefined ? { title: 'Clip the gradient at norm 1', edits: [{ path: 'clip.globalNorm', value: 1 }] } : undefined)),
];

/** Where the validation loss was smallest long before the end of the run, or still fell there. */
const generalisation: LastResort[] = [
  one('the validation loss rises while the training loss falls (Srivastava et al. 2014)', ({ view }) => (bestAt(view) < 0.67 ? insertDropout(view) : undefined)),
  one('the validation loss rises while the training loss falls (Krogh & Hertz 1992)', ({ view }) =>
    (bestAt(view) < 0.67 && !view.number('optimizer.weightDecay') ? { title: 'Set weightDecay to 0.001', edits: [{ path: 'optimizer.weightDecay', value: 1e-3 }] } : undefined)),
  one('the validation loss still fell at the end', ({ view }) => {
    const epochs = view.number('epochs') ?? NaN;
    return bestAt(view) > 0.9 ? { title: `Train for ${2 * epochs} epochs (was ${epochs})`, edits: [{ path: 'epochs', value: 2 * epochs }] } : undefined;
  }),
];

const structures: LastResort[] = [
  batchNorm, relu, standardize, all(tanh, residual), all(relu, batchNorm), tanh, selu, all(tanh, batchNorm), leakyRelu, all(relu, residual), residual, all(leakyRelu, batchNorm), all(standardize, relu), all(standardize, batchNorm),
];

/** Whether the run has an optimizer that is known to work for most networks. */
const isKnown = ({ optimizer: type, learningRate: rate }: RecordView): boolean => /^adamw?$/.test(type) && rate >= 5e-4 && rate <= 2e-3;

/** The likeliest first. `polish`: what mends a run that learns comes before what makes another model of it. */
export function lastResorts(situation: Situation, polish: boolean): Change[][] {
  const [likely, rest] = [structures.slice(0, 5), structures.slice(5)];
  const rates = isKnown(situation.view) ? [fastAdam, fasterAdam] : [adam, fastAdam, fasterAdam];
  const pairs = rates.flatMap((rate) => structures.map((structure) => all(structure, rate)));
  const list = polish ? [...optimizers, ...generalisation, ...structures] : [...optimizers.slice(0, 3), ...likely, ...optimizers.slice(3, 6), ...pairs.slice(0, 4), ...rest, ...optimizers.slice(6), ...generalisation, ...pairs.slice(4)];
  return list.map((make) => make(situation)).filter((changes) => changes !== undefined);
}

/** A structural remedy with each optimizer that is known to work: what ailed the network may have hidden that the optimizer is no better. */
export const withOptimizers = (situation: Situation, changes: Change[]): Change[][] =>
  [adam, fastAdam].map((make) => make(situation)).flatMap((other) => (other ? [[...changes, ...other]] : []));
