import { InputError } from '../../errors';
import type { Affine, Features, Samples } from '../samples';
import { elements } from '../samples';
import type { TransformConfig } from '../schema';
import { oneHot } from './oneHot';
import { scale } from './scale';
import { standardize } from './standardize';

/** The part that a transform learns from. */
export interface Part {
  samples: Samples;
  rows: Uint32Array;
}

/** Changes the features in place, with what was learnt from the training part. */
export type Fitted = (samples: Samples) => void;
/** `file` is what errors start with. */
export type Fit<Config> = (config: Config, train: Part, file: string) => Fitted;

type Key = TransformConfig extends infer T ? (T extends unknown ? keyof T : never) : never;
type ConfigOf<K extends Key> = Extract<TransformConfig, Record<K, unknown>>[K];

const table: { [K in Key]: Fit<ConfigOf<K>> } = { standardize, scale, oneHot };

export function fitTransform(entry: TransformConfig, train: Part, file: string): Fitted {
  const [[key, config]] = Object.entries(entry) as [[Key, never]];
  if (train.samples.features.type === 'int32')
    throw new InputError(`the transform ${key} needs float32 inputs, these are int32; "inputType": "float32" changes that.`, { file });
  return (table[key] as Fit<never>)(config, train, file);
}

/** x -> scale x + shift for every element: at once for floats, kept for `gather` where the data are bytes. */
export function applyAffine(features: Features, { scale: a, shift: b }: Affine): void {
  const size = elements(features.dims);
  const { data } = features;
  if (data instanceof Uint8Array) {
    const { scale: a0, shift: b0 } = features.map ?? identity(size);
    features.map = { scale: a.map((value, j) => value * a0[j]), shift: b.map((value, j) => a[j] * b0[j] + value) };
    return;
  }
  for (let i = 0; i < data.length; i += size) for (let j = 0; j < size; j++) data[i + j] = data[i + j] * a[j] + b[j];
}

export const identity = (size: number): Affine => ({ scale: new Float64Array(size).fill(1), shift: new Float64Array(size) });
