import { InputError, type Place } from '../errors';
import type { NumericArray, Source } from './sources/source';
import type { Step } from './transforms/step';

export type { NumericArray };

/** A feature of a table. */
export interface Column {
  name: string;
  /** Index of the cell in a row of the file. */
  cell: number;
  /** Index among the features as they were read; one-hot features share their column's. */
  origin: number;
  /** Categorical: the values hold indices into this list. */
  categories?: string[];
}

/** Inputs as a reader delivers them, and what transforms do to a sample before it is used. */
export interface Features {
  /** What `gather` delivers. */
  type: 'float32' | 'int32';
  /** Of one sample, after the steps. */
  dims: number[];
  source: Source;
  steps: Step[];
  /** Of a table, one per element, after the steps. */
  columns?: Column[];
  /** Of texts: how many tokens each has before it is cut or padded. */
  tokens?: Uint32Array;
}

/** Labels of one output as a reader delivers them. */
export interface RawLabels {
  /** Output that they belong to; absent where a model has one. */
  output?: string;
  /** Of one sample; [] for a single value. */
  dims: number[];
  data: NumericArray;
  /** The label's texts; `data` holds indices into this list. */
  texts?: string[];
  /** They are tokens of the inputs' vocabulary, which is learnt of these. */
  tokens?: boolean;
}

export interface Samples {
  count: number;
  features: Features;
  /** In the order of the outputs. */
  labels: RawLabels[];
  /** Where a value was read from: for errors. Elements of labels are counted through all of a sample's. */
  locate: (sample: number, part: 'input' | 'label', element: number) => Location;
  classes?: string[];
  /** What the column to split by holds: of each sample an index into `texts`. */
  parts?: { ids: Uint32Array; texts: string[] };
}

export interface Location {
  place: Place;
  /** What stands there: `column "age"`, `sample 3 (byte 1200)`. */
  what: string;
}

export const elements = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** "a, b, c and 5 more". */
export function list(names: readonly string[], most = 10): string {
  const shown = names.slice(0, most).map((name) => JSON.stringify(name)).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** Throws the error of one value: "digits.csv:12:3: column "age" holds ...". */
export function failAt(location: Location, message: string): never {
  throw new InputError(`${location.what} ${message}`, location.place);
}

/** The dims of one sample after `reshape`, which must keep the number of elements. */
export function reshaped(dims: number[], reshape: number[] | undefined, file: string): number[] {
  if (!reshape) return dims;
  if (elements(reshape) !== elements(dims))
    throw new InputError(`reshape [${reshape.join(', ')}] holds ${elements(reshape)} values, a sample has ${elements(dims)}.`, { file });
  return reshape;
}

/** Rows [start, end) that `offset` and `limit` leave of `count`. */
export function selectedRows(count: number, { offset = 0, limit = Infinity }: { offset?: number; limit?: number }, file: string): [number, number] {
  if (offset >= count && count > 0) throw new InputError(`offset ${offset} leaves none of the ${count} samples.`, { file });
  return [offset, Math.min(count, offset + limit)];
}
