import { Random } from '../random';
import type { Labels } from './labels';
import { type Features, elements } from './samples';

export interface Dataset {
  samples: number;
  /** `dims` of one sample, without the batch. */
  inputs: { type: 'float32' | 'int32'; dims: number[] }[];
  /** Class ids: int32; numbers: float32, with dims [1] where a sample has one. */
  labels: { type: 'int32' | 'float32'; dims: number[] };
  /** Names; the index is the id. */
  classes?: string[];
  /** Names of the features of a CSV file, after the transforms. */
  columns?: string[];
  /** Copies the samples `indices` (transformed) into the first rows of typed arrays. Allocates nothing but views. */
  gather(indices: ArrayLike<number>, inputs: (Float32Array | Int32Array)[], labels: Float32Array | Int32Array): void;
}

/** The order in which an epoch (0-based) visits the samples: a permutation that depends on (seed, epoch) only. */
export const shuffledOrder = (samples: number, seed: number, epoch: number): Uint32Array => new Random(seed, 'shuffle', epoch).permutation(samples);

/** The order in which a run visits them in an epoch: that of the file where the run file asks for it. */
export const epochOrder = (samples: number, { data, seed }: { data: { shuffle?: boolean }; seed: number }, epoch: number): Uint32Array =>
  data.shuffle === false ? Uint32Array.from({ length: samples }, (_, i) => i) : shuffledOrder(samples, seed, epoch);

/** A view on the rows of read and transformed features and encoded labels; several may share them. */
export function createDataset(features: Features, labels: Labels, rows: Uint32Array, classes?: string[]): Dataset {
  const width = elements(features.dims);
  const labelWidth = elements(labels.dims);
  const copyRow = rowCopier(features, width);
  return {
    samples: rows.length,
    inputs: [{ type: features.type, dims: features.dims }],
    labels: { type: labels.type, dims: labels.dims },
    ...(classes && { classes }),
    ...(features.columns && { columns: features.columns.map(({ name }) => name) }),
    gather(indices, [inputs], targets) {
      for (let i = 0; i < indices.length; i++) {
        const row = rows[indices[i]];
        copyRow(row, inputs, i * width);
        if (labelWidth === 1) targets[i] = labels.data[row];
        else targets.set(labels.data.subarray(row * labelWidth, (row + 1) * labelWidth), i * labelWidth);
      }
    },
  };
}

type CopyRow = (row: number, target: Float32Array | Int32Array, at: number) => void;

function rowCopier({ data, map }: Features, width: number): CopyRow {
  if (!map || !(data instanceof Uint8Array)) return (row, target, at) => target.set(data.subarray(row * width, (row + 1) * width), at);
  const { scale, shift } = map;
  if (scale.every((value) => value === scale[0]) && shift.every((value) => value === shift[0])) {
    const table = Float32Array.from({ length: 256 }, (_, byte) => scale[0] * byte + shift[0]);
    return (row, target, at) => lookUp(data, table, row * width, (row + 1) * width, target, at);
  }
  return (row, target, at) => mapBytes(data, scale, shift, row * width, target, at);
}

/** One value of a table for each byte. Four at a time: 0.12 ms instead of 0.19 ms for 128 images of MNIST. */
function lookUp(data: Uint8Array, table: Float32Array, from: number, end: number, target: Float32Array | Int32Array, at: number): void {
  for (; from + 3 < end; from += 4, at += 4) {
    target[at] = table[data[from]];
    target[at + 1] = table[data[from + 1]];
    target[at + 2] = table[data[from + 2]];
    target[at + 3] = table[data[from + 3]];
  }
  for (; from < end; from++, at++) target[at] = table[data[from]];
}

/** scale * byte + shift, with a pair of its own for every element; four at a time as well. */
function mapBytes(data: Uint8Array, scale: Float64Array, shift: Float64Array, from: number, target: Float32Array | Int32Array, at: number): void {
  let j = 0;
  for (; j + 3 < scale.length; j += 4) {
    target[at + j] = scale[j] * data[from + j] + shift[j];
    target[at + j + 1] = scale[j + 1] * data[from + j + 1] + shift[j + 1];
    target[at + j + 2] = scale[j + 2] * data[from + j + 2] + shift[j + 2];
    target[at + j + 3] = scale[j + 3] * data[from + j + 3] + shift[j + 3];
  }
  for (; j < scale.length; j++) target[at + j] = scale[j] * data[from + j] + shift[j];
}
