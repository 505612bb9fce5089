import { InputError } from '../../errors';
import type { Column, Features, Samples } from '../samples';
import type { TransformConfig } from '../schema';
import { openSource } from '../sources/source';
import { elements } from '../samples';
import { centerCrop, colorJitter, cutout, horizontalFlip, randomCrop, resize, rotate, verticalFlip } from './images';
import { oneHot } from './oneHot';
import { scale } from './scale';
import { standardize } from './standardize';
import { type Step, pipeline } from './step';
import { bucket, categories, clip, impute, log, minMax } from './tabular';

/** The part that a transform learns from. */
export interface Part {
  samples: Samples;
  rows: Uint32Array;
}

/** What a transform adds to the features of a source: a step, and what a sample is after it. */
export interface Change {
  step: Step;
  /** Default: as before. */
  dims?: number[];
  /** Default: as before. */
  columns?: Column[];
}

/** With what was learnt from the training part; undefined: nothing to do. */
export type Fitted = (features: Features) => Change | undefined;
/** `file` is what errors start with. */
export type Fit<Config> = (config: Config, train: Part, file: string) => Fitted;

/** Texts are read by their transform: engine/data/tokens. */
type Key = Exclude<TransformConfig extends infer T ? (T extends unknown ? keyof T : never) : never, 'characters' | 'tokenize'>;
type ConfigOf<K extends Key> = Extract<TransformConfig, Record<K, unknown>>[K];

const table: { [K in Key]: Fit<ConfigOf<K>> } = {
  standardize, scale, oneHot, minMax, log, clip, bucket, impute, categories,
  resize, centerCrop, randomCrop, horizontalFlip, verticalFlip, rotate, colorJitter, cutout,
};

/** Fits a transform to the training part; the result adds it to any features of the same form. */
export function fitTransform(entry: TransformConfig, train: Part, file: string): (features: Features) => void {
  const [[key, config]] = Object.entries(entry) as [[Key, never]];
  if (train.samples.features.type === 'int32')
    throw new InputError(`the transform ${key} needs float32 inputs, these are int32; "inputType": "float32" changes that.`, { file });
  const fitted = (table[key] as Fit<never>)(config, train, file);
  return (features) => {
    const change = fitted(features);
    if (!change) return;
    features.steps.push(change.step);
    if (change.dims) features.dims = change.dims;
    if (change.columns) features.columns = change.columns;
  };
}

/** Each row of the part after the steps so far, without chance. The array is that of the next row afterwards. */
export function visit({ samples: { features: { source, steps } }, rows }: Part, each: (values: Float64Array) => void): void {
  const read = openSource(source);
  const run = pipeline(steps);
  const values = new Float64Array(source.width);
  for (const row of rows) {
    read(row, values, 0);
    each(run(values));
  }
}

export const sizeOf = ({ samples: { features } }: Part): number => elements(features.dims);
