/** What is tried beside the remedies of the findings: repairs that help many faults, so that a run whose fault no rule can name is mended all the same. */
import type { Edit } from '../../diagnosis/finding';
import { formatNumber, round2 } from '../../diagnosis/numbers';
import { standardizeInputs } from '../../diagnosis/remedies/data';
import { insertBatchNorm, replaceStack } from '../../diagnosis/remedies/layers';
import type { ActivationInfo } from '../../run/record';
import { typeName, type RecordView } from '../../diagnosis/view';
import { activations as activationLayers } from '../../layers/activations';
import type { Change } from './change';

/** What a last resort is made from. */
export interface Situation {
  view: RecordView;
  /** Of the range test; undefined where the loss fell at no learning rate. */
  learningRate?: number;
}

interface LastResort {
  because: string;
  /** Undefined where it changes nothing or cannot be done. */
  make(situation: Situation): { title: string; edits: Edit[] } | undefined;
}

/** Activations between two weights. */
function hidden(view: RecordView): ActivationInfo[] {
  const deepest = Math.max(...view.matrices.map(({ depth }) => depth));
  return view.activations(Object.keys(activationLayers)).filter(({ depth, path }) => path !== undefined && depth < deepest);
}

/** Another activation for all, with the initialiser that was derived for it. */
const stack = (by: string, initializer: string, because: string): LastResort => ({
  because,
  make: ({ view }) => replaceStack(view, hidden(view), by, initializer, because),
});

const batchNorm: LastResort = {
  because: 'normalised activations neither vanish nor explode (Ioffe & Szegedy 2015)',
  make: ({ view }) => insertBatchNorm(view, hidden(view)),
};

/** Fewer blocks than this have no depth to bridge. */
const deep = 3;

const residual: LastResort = {
  because: 'a gradient passes a sum unchanged, however deep (He et al. 2016)',
  make({ view }) {
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
  },
};

const optimizer = (because: string, value: (situation: Situation) => { type: string; learningRate: number } | undefined): LastResort => ({
  because,
  make(situation) {
    const wanted = value(situation);
    return wanted && { title: `Train with ${wanted.type}, learningRate ${formatNumber(wanted.learningRate)}`, edits: [{ path: 'optimizer', value: wanted }] };
  },
});

const learningRate = (because: string, value: (situation: Situation) => number | undefined): LastResort => ({
  because,
  make(situation) {
    const wanted = value(situation);
    if (!(wanted! > 0 && wanted! < Infinity)) return undefined;
    return { title: `Set learningRate to ${formatNumber(round2(wanted!))} (was ${formatNumber(situation.view.learningRate)})`, edits: [{ path: 'optimizer.learningRate', value: round2(wanted!) }] };
  },
});

const adam = optimizer('its defaults suit most networks (Kingma & Ba 2015)', () => ({ type: 'adam', learningRate: 1e-3 }));
const fastAdam = optimizer('a small network takes larger steps', () => ({ type: 'adam', learningRate: 1e-2 }));
const relu = stack('relu', 'heNormal', 'its slope is 1 wherever it is active, and the spread fits it (He et al. 2015)');
const tanh = stack('tanh', 'glorotUniform', 'no unit of it can die (Glorot & Bengio 2010)');
const selu = stack('selu', 'lecunNormal', 'it keeps mean 0 and variance 1 through any depth (Klambauer et al. 2017)');
const leakyRelu = stack('leakyRelu', 'heNormal', 'no unit of it is without a gradient (Maas et al. 2013)');

/** One after the other; undefined where one of them cannot be done. */
const both = (first: LastResort, second: LastResort): LastResort => ({
  because: `${first.because}; ${second.because}`,
  make(situation) {
    const parts = [first.make(situation), second.make(situation)];
    return parts[0] && parts[1] && { title: `${parts[0].title}; ${parts[1].title}`, edits: [...parts[0].edits, ...parts[1].edits] };
  },
});

/** Edits of the optimizer alone: they may polish what another change has mended. */
const steps: LastResort[] = [
  learningRate('where the loss fell steepest in a range test', ({ learningRate: found }) => found),
  learningRate('a third', ({ view }) => view.learningRate / 3),
  learningRate('three times', ({ view }) => view.learningRate * 3),
  learningRate('a tenth', ({ view }) => view.learningRate / 10),
  learningRate('ten times', ({ view }) => view.learningRate * 10),
  adam, fastAdam,
  {
    because: 'a step that shrinks to nothing ends in a minimum instead of around it (Loshchilov & Hutter 2017)',
    make: ({ view }) => (view.config('schedule') === undefined ? { title: 'Let the learning rate fall along a cosine', edits: [{ path: 'schedule', value: { type: 'cosine' } }] } : undefined),
  },
  {
    because: 'one sample is too noisy a gradient, and too many leave too few steps',
    make: ({ view }) => ((view.number('batchSize') ?? 32) < 8 || (view.number('batchSize') ?? 32) > view.header.trainSamples / 4 ? { title: 'Set batchSize to 32', edits: [{ path: 'batchSize', value: 32 }] } : undefined),
  },
  { because: 'a few large gradients undo many small ones (Pascanu et al. 2013)', make: ({ view }) => (view.config('clip') === undefined ? { title: 'Clip the gradient at norm 1', edits: [{ path: 'clip.globalNorm', value: 1 }] } : undefined) },
];

const structures: LastResort[] = [relu, tanh, selu, leakyRelu, batchNorm, both(relu, batchNorm), both(tanh, batchNorm), both(relu, residual), both(tanh, residual)];

const data: LastResort = { because: 'weights are initialised for inputs of mean 0 and standard deviation 1 (LeCun et al. 1998)', make: ({ view }) => standardizeInputs(view) };

/** Fewest changes first. `polish`: the optimizer's only. */
export function lastResorts(situation: Situation, polish: boolean): Change[] {
  const wellKnown = situation.view.optimizer === 'adam' && situation.view.learningRate >= 3e-4 && situation.view.learningRate <= 3e-2;
  const list = polish ? steps : [...steps, data, ...structures, ...(wellKnown ? [] : structures.map((one) => both(one, adam))), both(relu, fastAdam), both(tanh, fastAdam), both(both(relu, batchNorm), fastAdam), both(data, adam)];
  return list.flatMap(({ because, make }) => {
    const made = make(situation);
    return made && made.edits.length > 0 ? [{ ...made, because }] : [];
  });
}
