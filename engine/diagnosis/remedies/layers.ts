import { activations as activationLayers } from '../../layers/activations';
import type { ActivationInfo, ParameterInfo } from '../../run/record';
import type { Edit, Remedy } from '../finding';
import { lowerFirst, typeName, type RecordView } from '../view';
import { lastFirst } from './edits';

/** Activations whose slope is at most 1 and 0 in their flat parts: gradients shrink in a stack of them. */
export const saturating = ['sigmoid', 'tanh'];

type Layer = Pick<ActivationInfo, 'layer' | 'kind' | 'path' | 'depth'>;

/** Saturating activations between two weights, in forward order; a last one that shapes the output stays. */
export function saturatingStack(view: RecordView): (Layer & { path: string })[] {
  const deepest = Math.max(...view.matrices.map((matrix) => matrix.depth));
  return view.activations(saturating).filter((layer): layer is typeof layer & { path: string } => layer.path !== undefined && layer.depth < deepest);
}

/** Activations that grow without bound or faster than their input: in a stack of them signals explode. */
export const replaceExponential = (view: RecordView): Remedy | undefined =>
  replaceStack(view, view.activations(['exponential', 'exp']).filter(({ depth }) => depth < Math.max(...view.matrices.map((matrix) => matrix.depth))), 'selu', 'lecunNormal', 'its slope never exceeds 1.05, and it keeps variance 1 from layer to layer');

/** Another activation with the initialiser that belongs to it, for the layers with a weight before the last. */
export function replaceStack(view: RecordView, layers: readonly Layer[], by: string, initializer: string, why: string): Remedy | undefined {
  const replaced = replaceActivations(layers, by, why);
  if (!replaced) return undefined;
  const initialized = initializeWith(view, view.matrices.slice(0, -1), initializer);
  return {
    title: initialized.length > 0 ? replaced.title.replace(/:/, ` and initialise with ${initializer}:`) : replaced.title,
    edits: [...replaced.edits, ...initialized],
  };
}

export function replaceActivations(layers: readonly Layer[], by: string, why: string): Remedy | undefined {
  const edits = layers.flatMap(({ path }): Edit[] => (path === undefined ? [] : [{ path, value: by }]));
  const kinds = [...new Set(layers.map((layer) => layer.kind))].join(' and ');
  if (edits.length === 0) return undefined;
  return { title: `Replace ${kinds} by ${by} in ${edits.length === 1 ? layers[0].layer : `${edits.length} layers`}: ${why}`, edits };
}

export function removeLayers(layers: readonly Layer[], why: string): Remedy | undefined {
  const paths = layers.flatMap(({ path }) => (path === undefined ? [] : [path]));
  if (paths.length === 0) return undefined;
  return { title: `Remove ${paths.length === 1 ? layers[0].layer : `the last ${paths.length} activations`}: ${why}`, edits: lastFirst(paths.map((path) => ({ path, value: undefined }))) };
}

/** Normalises what enters each of these activations (Ioffe & Szegedy 2015). */
export function insertBatchNorm(view: RecordView, layers: readonly Layer[]): Remedy | undefined {
  const edits = layers.flatMap(({ path }): Edit[] => {
    const before = path && neighbour(path, -1);
    return path && (!before || view.typeAt(before) !== 'batchNorm') ? [{ path, value: 'batchNorm', kind: 'insert' }] : [];
  });
  if (edits.length === 0) return undefined;
  return { title: `Insert batchNorm before ${edits.length === 1 ? layers[0].layer : `${edits.length} activations`}`, edits: lastFirst(edits) };
}

/** Standard deviation that keeps the variance of a ReLU network: sqrt(2 / fan-in) (He et al. 2015). */
export const heStd = ({ dims }: Pick<ParameterInfo, 'dims'>): number => Math.sqrt(2 / dims.slice(1).reduce((product, dim) => product * dim, 1));

/** Key of a layer's initialiser, or the layer where it is written in short. */
export function initializerPath(view: RecordView, { path }: ParameterInfo): string {
  const key = `${path}.${path && view.typeAt(path)}.initializer`;
  return view.config(key) === undefined ? path ?? 'model' : key;
}

/** Edits that give the layers of these parameters a named initialiser. */
const initializeWith = (view: RecordView, parameters: readonly ParameterInfo[], initializer: string): Edit[] =>
  parameters.flatMap(({ path }): Edit[] => {
    const kind = path && view.typeAt(path);
    if (!kind || /embedding/i.test(kind)) return [];
    // The short form has no key to set: {"dense": 64} is written out.
    const short = view.config(`${path}.${kind}`);
    if (kind === 'dense' && typeof short === 'number') return [{ path, value: { dense: { units: short, initializer } } }];
    return typeof short === 'object' ? [{ path: `${path}.${kind}.initializer`, value: initializer }] : [];
  });

/** What keeps the variance of a signal through a layer and the activation behind it (Glorot & Bengio 2010; He et al. 2015; LeCun et al. 1998 with Klambauer et al. 2017). */
const initializerOf: Record<string, string> = { selu: 'lecunNormal', tanh: 'glorotNormal', sigmoid: 'glorotNormal', softmax: 'glorotNormal' };

/** The initialiser that belongs to the activation behind each of these layers. */
export function initializeByActivation(view: RecordView, parameters: readonly (ParameterInfo & { depth: number })[]): Remedy | undefined {
  const after = ({ depth }: ParameterInfo): string => {
    const next = view.matrices.find((matrix) => matrix.depth > depth)?.depth ?? Infinity;
    return view.header.activations.map(({ kind, depth: at }) => ({ kind: lowerFirst(kind), at })).find(({ kind, at }) => at > depth && at < next && (kind in initializerOf || kind === 'relu'))?.kind ?? 'relu';
  };
  const chosen = parameters.map((parameter) => ({ parameter, initializer: initializerOf[after(parameter)] ?? 'heNormal' }));
  const edits = chosen.flatMap(({ parameter, initializer }) => initializeWith(view, [parameter], initializer));
  if (edits.length === 0) return undefined;
  const kinds = [...new Set(chosen.map(({ initializer }) => initializer))].join(' or ');
  return { title: `Initialise ${edits.length === 1 ? parameters[0].layer : `${edits.length} layers`} with ${kinds}, as the activation asks for`, edits };
}

/** He's initialiser for the layers of these parameters. */
export function initializeHe(view: RecordView, parameters: readonly ParameterInfo[]): Remedy | undefined {
  const edits = initializeWith(view, parameters, 'heNormal');
  if (edits.length === 0) return undefined;
  return { title: `Initialise ${parameters.length === 1 ? parameters[0].layer : `${edits.length} layers`} with heNormal: standard deviation sqrt(2 / fan-in)`, edits };
}

/** Path of the list element `offset` places away; undefined at the start of the list. */
function neighbour(path: string, offset: number): string | undefined {
  const [, list, index] = /^(.*)\.(\d+)$/.exec(path) ?? [];
  return index === undefined || Number(index) + offset < 0 ? undefined : `${list}.${Number(index) + offset}`;
}

/** Drops half of the units that enter the last layer (Srivastava et al. 2014); undefined where dropout stands there. */
export function insertDropout(view: RecordView): Remedy | undefined {
  const path = view.matrices.at(-1)?.path;
  const before = path && neighbour(path, -1);
  if (!path || !before || typeName(view.config(before)) === 'dropout') return undefined;
  return { title: `Insert dropout 0.5 before ${view.matrices.at(-1)!.layer}`, edits: [{ path, value: { dropout: 0.5 }, kind: 'insert' }] };
}

/** Fewer blocks than this have no depth to bridge. */
const deep = 3;

/** Leads the signal around every layer with its activation (He et al. 2016); undefined where there are too few, or the run file lists no layers. */
export function insertResidual(view: RecordView): Remedy | undefined {
  const list = view.config('model.layers');
  if (!Array.isArray(list)) return undefined;
  const starts = list.flatMap((entry, i) => (/^(dense|conv\dd)$/.test(typeName(entry) ?? '') && (typeName(list[i + 1]) ?? '') in activationLayers && i + 2 < list.length ? [i] : []));
  if (starts.length < deep) return undefined;
  // From the last on: taking an element out moves those behind it.
  const edits = starts.reverse().flatMap((i): Edit[] => [
    { path: `model.layers.${i}`, value: { residual: [list[i], list[i + 1]] } },
    { path: `model.layers.${i + 1}`, value: undefined },
  ]);
  return { title: `Lead around ${starts.length} layers with residual`, edits };
}
