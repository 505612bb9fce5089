/** Networks of the calibration and score sets, as lists of layers. */

type Layer = string | Record<string, unknown>;

export interface MlpOptions {
  activation?: string;
  initializer?: unknown;
  biasInitializer?: unknown;
  norm?: 'batchNorm' | 'layerNorm';
  dropout?: number;
  /** What stands after the last dense layer. */
  end?: string;
}

const dense = (units: number, { initializer, biasInitializer }: MlpOptions): Layer =>
  ({ dense: { units, ...(initializer !== undefined && { initializer }), ...(biasInitializer !== undefined && { biasInitializer }) } });

/** Dense layers of these widths, each with its activation, and one without. */
export function mlp(widths: readonly number[], outputs: number, options: MlpOptions = {}): Layer[] {
  const { activation = 'relu', norm, dropout, end } = options;
  return [
    ...widths.flatMap((units) => [dense(units, options), ...(norm ? [norm] : []), activation, ...(dropout ? [{ dropout }] : [])]),
    dense(outputs, options),
    ...(end ? [end] : []),
  ];
}

export const deep = (depth: number, width: number, outputs: number, options: MlpOptions = {}): Layer[] => mlp(Array<number>(depth).fill(width), outputs, options);

/** A dense layer and blocks that add to it. */
export const residualNet = (blocks: number, width: number, outputs: number, options: MlpOptions = {}): Layer[] => [
  dense(width, options),
  ...Array.from({ length: blocks }, () => ({ residual: ['layerNorm', dense(width, options), options.activation ?? 'relu', dense(width, options)] })),
  dense(outputs, options),
];

/** Images of one channel. */
export const convnet = (filters: readonly number[], outputs: number, { activation = 'relu', initializer, norm }: MlpOptions = {}): Layer[] => [
  ...filters.flatMap((count) => [{ conv2d: { filters: count, kernel: 3, padding: 'same', ...(initializer !== undefined && { initializer }) } }, ...(norm ? [norm] : []), activation]),
  { maxPool2d: 2 }, 'flatten',
  { dense: outputs },
];

/** Signals of one channel. */
export const signalNet = (filters: number, outputs: number, { activation = 'relu' }: MlpOptions = {}): Layer[] => [
  { reshape: [1, 32] }, { conv1d: { filters, kernel: 5, padding: 'same' } }, activation, { maxPool1d: 2 },
  { conv1d: { filters, kernel: 5, padding: 'same' } }, activation, 'globalAveragePool', { dense: outputs },
];

export const embedded = (ids: number, size: number, width: number, outputs: number, options: MlpOptions = {}): Layer[] => [
  { embedding: { numEmbeddings: ids, embeddingDim: size } }, 'flatten', ...mlp([width], outputs, options),
];
