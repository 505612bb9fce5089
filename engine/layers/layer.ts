import type { Static, TObject } from 'typebox';
import type { InputInfo } from '../data/dataset';
import type { Graph } from '../onnx/graph';
import type { ElementType } from '../onnx/tensor';
import { KeyError } from '../errors';
import type { Initializer } from './initializers';
import type { LayerEntry } from './schema';

/** A value on its way through the layers; `dims` without the batch dimension. */
export interface Value {
  name: string;
  dims: number[];
  type: ElementType;
  /** Of a sequence: where it is padded. */
  mask?: Mask;
}

export interface Mask {
  /** float32 [batch, length]: 1 for a token, 0 for padding. */
  name: string;
  /** Which of the dims is the length. */
  axis: number;
}

/** What a layer is: its options in the run file and the ONNX nodes it becomes. */
export interface LayerDefinition<Schema extends TObject = TObject> {
  /** One sentence for the editor and the option reference. */
  description: string;
  /** Layers of one family are counted together: conv1d and conv2d become conv1, conv2, ... */
  family: string;
  options: Schema;
  /** The option that the short form sets: {"dense": 10} is {"dense": {"units": 10}}. */
  short?: string;
  /** Its output is charted and judged; layers that only reshape are not. */
  watched?: boolean;
  build(layer: LayerBuilder, input: Value, options: Static<Schema>): Value;
}

export const defineLayer = <Schema extends TObject>(definition: LayerDefinition<Schema>): LayerDefinition => definition as unknown as LayerDefinition;

/** What one layer needs to add itself to the graph. */
export interface LayerBuilder {
  graph: Graph;
  name: string;
  path: string;
  /** What the data says of what enters; absent where a layer before has changed it. */
  source?: InputInfo;
  /** A trainable tensor "<layer>.<suffix>". `fan`: inputs and outputs of one unit, which most initialisers scale by. */
  parameter(suffix: string, dims: number[], initializer: Initializer, fan?: Fan): string;
  /** A tensor that training updates but the optimizer does not: running statistics. */
  buffer(suffix: string, dims: number[], value: number): string;
  /** Builds nested layers. */
  nested(entries: LayerEntry[], input: Value): Value;
}

export interface Fan {
  in: number;
  out: number;
}

/** An input of the wrong rank, as one sentence. */
export function requireRank(layer: LayerBuilder, input: Value, rank: number, meaning: string): void {
  if (input.dims.length === rank) return;
  throw new KeyError(layer.path, `${layer.name} needs ${meaning}, but what enters it has the dimensions ${formatDims(input.dims)}`);
}

export const formatDims = (dims: number[]): string => `[${dims.join(', ')}]`;

