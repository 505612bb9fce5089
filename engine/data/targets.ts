/** Which labels belong to which output of a model. */
import { KeyError } from '../errors';
import { type BoxFormat, boxesOf, byOutput, type LossConfig, lossType, type OneLossConfig, takesClasses } from '../loss/schema';
import type { SourceConfig } from './schema';

/** What the loss of an output asks of its labels. */
export interface Target {
  /** Absent where the model has one output. */
  output?: string;
  loss: string;
  /** Class ids rather than numbers. */
  classes: boolean;
  /** The numbers of a label are a box. */
  boxes?: BoxFormat;
}

/** In the order of the outputs. */
export const targetsOf = (loss: LossConfig | string): Target[] =>
  byOutput<OneLossConfig | string>(loss).map(({ output, loss: own }) => ({ output, loss: lossType(own), classes: takesClasses(own), boxes: boxesOf(own) }));

/** The labels of every output by its name, or those of the only one. */
export type ByOutput<T> = T | Record<string, T>;

const isMap = <T>(labels: ByOutput<T>): labels is Record<string, T> => typeof labels === 'object' && labels !== null && !Array.isArray(labels);

/** What a source says of the labels of each target; whether it names the same outputs as the loss was checked before. */
export const perTarget = <T>(labels: ByOutput<T>, targets: readonly Target[]): T[] => targets.map(({ output }) => (output === undefined ? labels : (labels as Record<string, T>)[output]) as T);

/** Throws a KeyError where the labels of a source are not those of the outputs that the loss names. `path`: of the source. */
export function checkLabels(source: SourceConfig, targets: readonly Target[], path: string): void {
  const { key, labels } = labelsIn(source);
  const outputs = targets.flatMap(({ output }) => output ?? []);
  const named = targets.filter(({ classes }) => classes);
  if (named.length > 1 && 'classes' in source && source.classes) throw new KeyError(`${path}.classes`, `names the classes of one output, but ${named.map(({ output }) => output).join(' and ')} have classes; left out, they are those of the training data`);
  if (outputs.length === 0) {
    if (isMap(labels)) throw new KeyError(`${path}.${key}`, `names the outputs ${Object.keys(labels).join(', ')}, but the loss has one for a single output`);
    return;
  }
  if (labels === undefined) throw new KeyError(path, `has one label for a sample, but the loss names the outputs ${outputs.join(', ')}; tables, npy, npz and idx have several`);
  if (!isMap(labels)) throw new KeyError(`${path}.${key}`, `must say which labels belong to each of the outputs ${outputs.join(', ')}, as in {${outputs.map((output) => `"${output}": ...`).join(', ')}}`);
  const missing = outputs.find((output) => !Object.hasOwn(labels, output));
  if (missing !== undefined) throw new KeyError(`${path}.${key}`, `has no labels for the output "${missing}"`);
  const unknown = Object.keys(labels).find((output) => !outputs.includes(output));
  if (unknown !== undefined) throw new KeyError(`${path}.${key}.${unknown}`, `is no output of the loss; the outputs are ${outputs.join(', ')}`);
}

function labelsIn(source: SourceConfig): { key: string; labels?: ByOutput<unknown> } {
  if ('images' in source) return { key: 'labels.label', labels: source.labels?.label };
  if ('label' in source) return { key: 'label', labels: source.label };
  return { key: 'labels', labels: 'labels' in source ? source.labels : undefined };
}
