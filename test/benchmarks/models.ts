import { buildModel, type Model } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';

/** What is timed. `dims` of one sample; Adam. */
export interface Benchmark {
  name: string;
  dims: number[];
  batch: number;
  layers: LayerEntry[];
  /** Steps in one round: about a second's worth, and tens of them, for some things are measured in every tenth. */
  steps: number;
  /** Inputs are ids below this number instead of normal numbers. */
  ids?: number;
  /** Labels are numbers and the loss is mse, instead of 10 classes and cross entropy. */
  regression?: boolean;
  /** So many layers at the start are not trained: features for a new head. */
  frozen?: number;
  /** As in a run file. */
  recompute?: boolean;
}

export function modelOf({ layers, dims, ids, frozen = 0 }: Benchmark): Model {
  const build = (entries: LayerEntry[]): Model => buildModel(entries, { type: ids === undefined ? 'float32' : 'int32', dims }, 0);
  const model = build(layers);
  if (frozen > 0) for (const { name } of build(layers.slice(0, frozen)).parameters) model.parameters.find((parameter) => parameter.name === name)!.frozen = true;
  return model;
}

const conv = (filters: number, options: object = {}): LayerEntry => ({ conv2d: { filters, kernel: 3, ...options } } as LayerEntry);
const repeat = (count: number, make: (i: number) => LayerEntry[]): LayerEntry[] => Array.from({ length: count }, (_, i) => make(i)).flat();

/** 3 x 3 with batch normalisation, as residual nets have it. */
const convNorm = (filters: number, options: object = {}): LayerEntry[] => [conv(filters, { padding: 1, bias: false, ...options }), 'batchNorm'];

/** Two blocks of He et al. (2016); the first one halves the size where `stride` is 2. */
const stage = (filters: number, stride: number): LayerEntry[] =>
  [stride, 1].flatMap((s): LayerEntry[] => [{ residual: [...convNorm(filters, { stride: s }), 'relu', ...convNorm(filters)] }, 'relu']);

/** Inverted residual of Sandler et al. (2018): widen, one filter a channel, narrow. */
function inverted(channels: number, filters: number, stride: number, widen: number): LayerEntry[] {
  const wide = channels * widen;
  const layers: LayerEntry[] = [
    ...(widen > 1 ? [...convNorm(wide, { kernel: 1, padding: 0 }), 'relu6' as LayerEntry] : []),
    ...convNorm(wide, { stride, groups: wide }), 'relu6',
    ...convNorm(filters, { kernel: 1, padding: 0 }),
  ];
  return stride === 1 && channels === filters ? [{ residual: layers }] : layers;
}

/** Channels, filters, blocks, stride of the first one: the stages of mobilenet_v2, the first stride 1 for small images. */
const mobile: [number, number, number, number, number][] = [[32, 16, 1, 1, 1], [16, 24, 2, 1, 6], [24, 32, 3, 2, 6], [32, 64, 4, 2, 6], [64, 96, 3, 1, 6], [96, 160, 3, 2, 6], [160, 320, 1, 1, 6]];

const convNet = (name: string, dims: number[], steps: number): Benchmark =>
  ({ name, dims, batch: 128, steps, layers: [conv(64), 'relu', conv(64), 'relu', { maxPool2d: 2 }, 'flatten', { dense: 512 }, 'relu', { dense: 10 }] });

const stack: Benchmark = { name: 'stack of 20 convolutions', dims: [3, 32, 32], batch: 16, steps: 10, layers: [...repeat(20, () => [conv(64, { padding: 1 }), 'relu']), 'globalAveragePool', { dense: 10 }] };

const resnet18: Benchmark = {
  name: 'resnet18, 64 x 64', dims: [3, 64, 64], batch: 16, steps: 10,
  layers: [
    ...convNorm(64, { kernel: 7, stride: 2, padding: 3 }), 'relu', { maxPool2d: { kernel: 3, stride: 2, padding: 1 } },
    ...stage(64, 1), ...stage(128, 2), ...stage(256, 2), ...stage(512, 2), 'globalAveragePool', { dense: 10 },
  ],
};

const recomputed = (net: Benchmark): Benchmark => ({ ...net, name: `${net.name}, recomputed`, recompute: true });

export const benchmarks: Benchmark[] = [
  { name: 'linear 10-1', dims: [10], batch: 32, steps: 2000, layers: [{ dense: 1 }], regression: true },
  { name: 'MLP 784-512-512-10', dims: [784], batch: 128, steps: 200, layers: [{ dense: 512 }, 'relu', { dense: 512 }, 'relu', { dense: 10 }] },
  { name: 'MLP 784-128-64-10', dims: [784], batch: 64, steps: 1000, layers: [{ dense: 128 }, 'relu', { dense: 64 }, 'relu', { dense: 10 }] },
  convNet('ConvNet 1-64-64-512-10', [1, 28, 28], 10),
  convNet('ConvNet 3-64-64-512-10', [3, 32, 32], 10),
  { ...convNet('ConvNet 3-64-64-512-10, convolutions frozen', [3, 32, 32], 10), frozen: 5 },
  stack, recomputed(stack), resnet18, recomputed(resnet18),
  {
    name: 'inverted residuals, 64 x 64', dims: [3, 64, 64], batch: 16, steps: 10,
    layers: [
      ...convNorm(32, { stride: 2 }), 'relu6',
      ...mobile.flatMap(([channels, filters, blocks, stride, widen]) => repeat(blocks, (i) => inverted(i === 0 ? channels : filters, filters, i === 0 ? stride : 1, widen))),
      ...convNorm(1280, { kernel: 1, padding: 0 }), 'relu6', 'globalAveragePool', { dense: 10 },
    ],
  },
  { name: 'embedding of 50 M', dims: [32], batch: 64, steps: 10, ids: 390_625, layers: [{ embedding: { numEmbeddings: 390_625, embeddingDim: 128 } }, 'flatten', { dense: 64 }, 'relu', { dense: 10 }] },
];
