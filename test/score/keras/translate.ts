import { InputError } from '../../../engine/errors';
import type { LayerEntry } from '../../../engine/layers/schema';
import type { Case } from '../cases';
import { dataOf, type TranslatedData } from './data';
import { layersOf } from './layers';
import { lossOf } from './losses';
import { optimizerOf } from './optimizers';

/** A case as a run file of ours. */
export interface Translation {
  /** The run file as JSON: without seed. */
  runFile: Record<string, unknown> & { model: { layers: LayerEntry[] }; epochs: number; batchSize: number };
  /** What could not be said exactly. */
  notes: string[];
  data: TranslatedData;
}

/** Throws InputError for a term that is not known. */
export function translate(one: Case, folder: string, cache: string): Translation {
  const notes: string[] = [];
  const note = (text: string): void => void (notes.includes(text) || notes.push(text));
  const layers = layersOf(one.layers, note);
  const data = dataOf(one, folder, cache, note);
  const images = data.dims.length > 1;
  // A dense layer acts on the last dimension: Keras' flat inputs of images are flattened first.
  if (images && !layers.some((layer) => typeof layer === 'object' && 'conv2d' in layer) && layers[0] !== 'flatten') layers.unshift('flatten');
  const last = lastActivation(layers);
  const loss = lossOf(one.loss, { last, width: widthOf(layers), classes: data.classes !== undefined }, note);
  return {
    notes, data,
    runFile: {
      model: { layers }, data: data.data, loss, ...optimizerOf(one.optimizer, note),
      batchSize: one.batchSize, epochs: one.epochs, device: 'cpu',
    },
  };
}

function lastActivation(layers: readonly LayerEntry[]): 'softmax' | 'sigmoid' | 'other' {
  const last = layers.findLast((layer) => !(typeof layer === 'object' && 'dropout' in layer));
  return last === 'softmax' || last === 'sigmoid' ? last : 'other';
}

function widthOf(layers: readonly LayerEntry[]): number {
  const last = layers.findLast((layer) => typeof layer === 'object' && 'dense' in layer) as { dense: { units: number } } | undefined;
  if (!last) throw new InputError('the case has no dense layer to give an output');
  return last.dense.units;
}
