/** What is tried beside the remedies of the findings: repairs that help many faults, so that a run whose fault no rule can name is mended all the same. */
import type { Edit } from '../../diagnosis/finding';
import { formatNumber, round2 } from '../../diagnosis/numbers';
import { standardizeInputs } from '../../diagnosis/remedies/data';
import { insertBatchNorm, replaceStack } from '../../diagnosis/remedies/layers';
import type { ActivationInfo } from '../../run/record';
import { RecordView, typeName } from '../../diagnosis/view';
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

/** Fewer blocks than this have no depth to bridge. */
const deep = 3;

const residual = one('a gradient passes a sum unchanged, however deep (He et al. 2016)', ({ view }) => {
  const list = view.config('model.layers') as unknown[] | undefined;
  if (!list) return undefined;
  const starts = list.flatMap((entry, i) => (/^(dense|conv\dd)$/.test(typeName(entry) ?? '') && (typeName(list[i + 1]) ?? '') in activationLayers && i + 2 < list.length ? [i] : []));
  if (starts.length < deep) return undefined;
  // From the last on: taking an element out moves those behind it.
  const edits = starts.reverse().flatMap((i): Edit[] => [
    { path: `model.layers.${i}`, value: { residual: [list[i], list[i + 1]] } },
    { path: `model.layers.${i + 1}`, value: undefined },
  ]);
  return { title: `Lead around ${starts.length} layers with residual`, edits };
});

const optimizer = (because: string, type: string, rate: number): LastResort => one(because, ({ view }) =>
  (view.optimizer === type && view.learningRate === rate ? undefined : { title: `Train with ${type}, learningRate ${formatNumber(rate)}`, edits: [{ path: 'optimizer', value: { type, learningRate: rate } }] }));

const learningRate = (because: string, value: (situation: Situation) => number | undefined): LastResort => one(because, (situation) => {
  const wanted = round2(value(situation) ?? NaN);
  if (!(wanted > 0 && wanted < Infinity)) return undefined;
  return { title: `Set learningRate to ${formatNumber(wanted)} (was ${formatNumber(situation.view.learningRate)})`, edits: [{ path: 'optimizer.learningRate', value: wanted }] };
});

const adam = optimizer('its defaults suit most networks (Kingma & Ba 2015)', 'adam', 1e-3);
const fastAdam = optimizer('a small network takes larger steps', 'adam', 1e-2);
const relu = stack('relu', 'heNormal', 'its slope is 1 wherever it is active, and the spread fits it (He et al. 2015)');
const tanh = stack('tanh', 'glorotUniform', 'no unit of it can die (Glorot & Bengio 2010)');
const selu = stack('selu', 'lecunNormal', 'it keeps mean 0 and variance 1 through any depth (Klambauer et al. 2017)');
const leakyRelu = stack('leakyRelu', 'heNormal', 'no unit of it is without a gradient (Maas et al. 2013)');
const standardize = one('weights are initialised for inputs of mean 0 and standard deviation 1 (LeCun et al. 1998)', ({ view }) => standardizeInputs(view));

/** Edits of the optimizer alone: they may also polish what another change has mended. */
const steps: LastResort[] = [
  learningRate('there the loss fell steepest in a range test', ({ learningRate: found }) => found),
  learningRate('a third', ({ view }) => view.learningRate / 3),
  learningRate('three times', ({ view }) => view.learningRate * 3),
  learningRate('a tenth', ({ view }) => view.learningRate / 10),
  learningRate('ten times', ({ view }) => view.learningRate * 10),
  adam,
  fastAdam,
  one('steps that shrink to nothing end in a minimum instead of around it (Loshchilov & Hutter 2017)', ({ view }) =>
    (view.config('schedule') === undefined ? { title: 'Let the learning rate fall along a cosine', edits: [{ path: 'schedule', value: { type: 'cosine' } }] } : undefined)),
  one('one sample is too noisy a gradient, and too many leave too few steps', ({ view }) => {
    const batch = view.number('batchSize') ?? 32;
    return batch < 8 || batch > view.header.trainSamples / 4 ? { title: `Set batchSize to 32 (was ${batch})`, edits: [{ path: 'batchSize', value: 32 }] } : undefined;
  }),
  one('a few large gradients undo many small ones (Pascanu et al. 2013)', ({ view }) =>
    (view.config('clip') === undefined ? { title: 'Clip the gradient at norm 1', edits: [{ path: 'clip.globalNorm', value: 1 }] } : undefined)),
];

const structures: LastResort[] = [relu, tanh, selu, leakyRelu, batchNorm, all(relu, batchNorm), all(tanh, batchNorm), all(relu, residual), all(tanh, residual)];
/** With an optimizer that is known to work, where the run's own may be the second fault. */
const combined: LastResort[] = [relu, selu, batchNorm, all(relu, batchNorm), all(tanh, residual), standardize].map((first) => all(first, adam));
const fast: LastResort[] = [relu, tanh, all(relu, batchNorm), all(tanh, batchNorm)].map((first) => all(first, fastAdam));

/** Fewest changes first. `polish`: the optimizer's only. */
export function lastResorts(situation: Situation, polish: boolean): Change[][] {
  const { view } = situation;
  const known = view.optimizer === 'adam' && view.learningRate >= 5e-4 && view.learningRate <= 2e-3;
  const list = polish ? steps : [...steps, standardize, ...structures, ...(known ? [] : combined), ...fast];
  return list.map((make) => make(situation)).filter((changes) => changes !== undefined);
}
