import { InputError } from '../errors';
import type { BoxFormat } from '../loss/schema';
import { type NumericArray, type RawLabels, type Samples, elements, failAt, list } from './samples';
import type { Target } from './targets';

export interface Labels {
  type: 'int32' | 'float32';
  /** Of one sample; [] for a class id. */
  dims: number[];
  data: Int32Array | Float32Array;
}

/** Samples as one output of several sees them. */
export type OutputSamples = Omit<Samples, 'labels'> & { labels: RawLabels };

export function ofOutput(samples: Samples, i: number): OutputSamples {
  const first = samples.labels.slice(0, i).reduce((sum, { dims }) => sum + elements(dims), 0);
  return { ...samples, labels: samples.labels[i], locate: (sample, part, element) => samples.locate(sample, part, part === 'label' ? first + element : element) };
}

/** Most classes that integers may stand for as they are; larger ones are numbers rather than ids. */
const mostIds = 1 << 20;

/** Class names; the index of a name is the id. */
export interface Vocabulary {
  classes: string[];
  /** Integer labels are ids as they are; otherwise labels are names. */
  byId: boolean;
}

/**
 * The classes of the training data. Integers that start at 0 are ids; other labels are sorted (integers by value) and numbered. With `classes` given, labels are
 * those names or their indices.
 */
export function findClasses(samples: OutputSamples): Vocabulary {
  const { labels, classes } = samples;
  const texts = distinct(samples);
  const integers = texts.every(isInteger);
  if (classes) {
    if (texts.every((text) => classes.includes(text))) return { classes, byId: false };
    return { classes, byId: integers };
  }
  const fraction = texts.find((text) => !isInteger(text) && Number.isFinite(Number(text)));
  if (fraction !== undefined && texts.every((text) => Number.isFinite(Number(text))))
    failAt(locateLabel(samples, fraction), `holds ${fraction}, which is no class; the loss crossEntropy needs integers or names, numbers need mse, l1 or huber.`);
  const values = texts.map(Number);
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  const smallest = values.reduce((a, b) => Math.min(a, b), Infinity);
  // The ids of a sequence are also those of its inputs: never renumbered.
  if (integers && (smallest === 0 || (smallest > 0 && labels.dims.length > 0)) && largest < mostIds)
    return { classes: Array.from({ length: largest + 1 }, (_, id) => String(id)), byId: true };
  if (labels.dims.length > 0) throw new InputError(`labels of a sequence are class ids from 0 to ${mostIds - 1}; these reach from ${smallest} to ${largest}.`, samples.locate(0, 'label', 0).place);
  const sorted = integers ? [...new Set(values)].sort((a, b) => a - b).map(String) : texts.sort();
  return { classes: sorted, byId: false };
}

/** int32 ids; an InputError names the first label that is not in the vocabulary. */
export function encodeClasses(samples: OutputSamples, { classes, byId }: Vocabulary): Labels {
  const { texts, data, dims } = samples.labels;
  const ids = new Map(byId ? [] : classes.map((name, id) => [name, id]));
  const encode = (text: string): number => {
    if (!byId) return ids.get(text) ?? ids.get(canonical(text)) ?? -1;
    const value = isInteger(text) ? Number(text) : -1;
    return value < classes.length ? value : -1;
  };
  const known = texts?.map(encode);
  const cache = new Map<number, number>();
  const result = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    let id = known ? known[data[i]] : cache.get(data[i]);
    if (id === undefined) cache.set(data[i], (id = encode(String(data[i]))));
    if (id < 0) {
      const what = texts ? JSON.stringify(texts[data[i]]) : String(data[i]);
      failAt(labelAt(samples, i), `holds ${what}, which is none of the ${classes.length} classes ${byId ? `0 to ${classes.length - 1}` : list(classes)}.`);
    }
    result[i] = id;
  }
  return { type: 'int32', dims, data: result };
}

/** float32 targets times `scale`; a single one per sample has dims [1], as the output of a dense layer with one unit. */
export function encodeTargets(samples: OutputSamples, { loss, boxes }: Pick<Target, 'loss' | 'boxes'>, scale = 1): Labels {
  const { data, dims } = samples.labels;
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    result[i] = scale * data[i];
    if (!Number.isFinite(result[i])) failAt(labelAt(samples, i), `holds ${data[i]}, which is not a finite float32 number.`);
    if (/^bce/.test(loss) && (result[i] < 0 || result[i] > 1)) failAt(labelAt(samples, i), `holds ${data[i]}; labels for the loss ${loss} lie between 0 and 1.`);
  }
  if (boxes) checkBoxes(samples, boxes);
  return { type: 'float32', dims: dims.length === 0 ? [1] : dims, data: result };
}

function checkBoxes(samples: OutputSamples, format: BoxFormat): void {
  const { data, dims } = samples.labels;
  if (elements(dims) !== 4) throw new InputError(`a label has dims [${dims.join(', ')}], but a box has four numbers, ${format}.`, samples.locate(0, 'label', 0).place);
  for (let i = 2; i < data.length; i += i % 4 === 2 ? 1 : 3) {
    const side = i % 4 === 2 ? 'width' : 'height';
    if (format !== 'xyxy' && !(data[i] > 0)) failAt(labelAt(samples, i), `holds ${data[i]}; the ${side} of a box is greater than 0.`);
    if (format === 'xyxy' && !(data[i] > data[i - 2])) failAt(labelAt(samples, i), `holds ${data[i]}, but the box begins at ${data[i - 2]}; its ${side} must be greater than 0.`);
  }
}

const isInteger = (text: string): boolean => /^[+-]?\d+(\.0*)?$/.test(text) && Number.isSafeInteger(Number(text));
/** "3.0" and "+3" are 3. */
const canonical = (text: string): string => (isInteger(text) ? String(Number(text)) : text);

function distinct({ labels: { texts, data } }: OutputSamples): string[] {
  return [...new Set((texts ?? [...unique(data)].map(String)).map(canonical))];
}

function unique(data: NumericArray): Set<number> {
  const seen = new Set<number>();
  for (let i = 0; i < data.length; i++) seen.add(data[i]);
  return seen;
}

function labelAt(samples: OutputSamples, index: number): ReturnType<Samples['locate']> {
  const size = samples.labels.data.length / samples.count;
  return samples.locate(Math.floor(index / size), 'label', index % size);
}

function locateLabel(samples: OutputSamples, text: string): ReturnType<Samples['locate']> {
  const { texts, data } = samples.labels;
  return labelAt(samples, data.findIndex((value: number) => canonical(texts ? texts[value] : String(value)) === text));
}
