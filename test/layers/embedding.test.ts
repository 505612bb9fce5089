/** Embeddings and the pooling of padded sequences, against their formulas (PyTorch's documentation) in float64 and central differences of these. */
import { describe, expect, it } from 'vitest';
import type { InputInfo } from '../../engine/data/dataset';
import { buildModel } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';
import { resolveLoss } from '../../engine/loss';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { createTrainingSession } from '../../engine/training/session';

type Matrix = number[][];
/** Parameters by name, as float64. */
type Weights = Record<string, Float64Array>;

const row = (w: Float64Array, i: number, width: number): number[] => [...w.subarray(i * width, (i + 1) * width)];
const columnsOf = (m: Matrix): Matrix => m[0].map((_, j) => m.map((r) => r[j]));
const mean = (x: number[]): number => (x.length === 0 ? 0 : x.reduce((a, b) => a + b, 0) / x.length);
const largest = (x: number[]): number => (x.length === 0 ? 0 : Math.max(...x));

/** torch.nn.Linear. */
const linear = (x: number[], w: Float64Array, b: Float64Array): number[] => Array.from(b, (bias, o) => x.reduce((sum, xi, i) => sum + xi * w[o * x.length + i], bias));

/** torch.nn.Conv1d of [channels, length]. */
function conv1d(x: Matrix, w: Float64Array, b: Float64Array, kernel: number, stride: number, padding: number): Matrix {
  const length = Math.floor((x[0].length + 2 * padding - kernel) / stride) + 1;
  return Array.from(b, (bias, o) => Array.from({ length }, (_, t) => x.reduce((sum, channel, c) => {
    for (let k = 0; k < kernel; k++) sum += (channel[t * stride - padding + k] ?? 0) * w[(o * x.length + c) * kernel + k];
    return sum;
  }, bias)));
}

/** torch.nn.CrossEntropyLoss, mean over the batch. */
const crossEntropy = (outputs: Matrix, labels: number[]): number =>
  mean(outputs.map((z, i) => Math.log(z.reduce((sum, value) => sum + Math.exp(value - largest(z)), 0)) + largest(z) - z[labels[i]]));

const padding = 0;
/** torch.nn.Embedding with padding_idx: [length, channels]. */
const lookUp = (ids: number[], w: Float64Array, width: number): Matrix => ids.map((id) => (id === padding ? Array<number>(width).fill(0) : row(w, id, width)));
/** Of [channels, length] the positions that `kept` says. */
const positions = (x: Matrix, kept: boolean[]): Matrix => x.map((channel) => channel.filter((_, t) => kept[t]));

interface Case {
  name: string;
  source: InputInfo;
  layers: LayerEntry[];
  input: Matrix;
  dims: Record<string, number[]>;
  forward: (w: Weights, sample: number[]) => number[];
}

const text: InputInfo = { type: 'int32', dims: [6], vocabulary: { size: 7, padding } };
// Full length, cut by padding, one token, an id that comes twice, nothing at all.
const texts = [[3, 1, 4, 1, 5, 2], [2, 6, 5, 0, 0, 0], [6, 0, 0, 0, 0, 0], [4, 4, 1, 3, 0, 0], [0, 0, 0, 0, 0, 0]];
const tokensOf = (ids: number[]): boolean[] => ids.map((id) => id !== padding);

const cases: Case[] = [
  {
    name: 'the mean over the tokens of a text',
    source: text, layers: [{ embedding: 3 }, 'transpose', 'globalAveragePool', { dense: 3 }], input: texts,
    dims: { 'embedding1.weight': [7, 3], 'dense1.weight': [3, 3], 'dense1.bias': [3] },
    forward: (w, ids) => linear(positions(columnsOf(lookUp(ids, w['embedding1.weight'], 3)), tokensOf(ids)).map(mean), w['dense1.weight'], w['dense1.bias']),
  },
  {
    name: 'the largest value of a convolution that keeps the length',
    source: text, layers: [{ embedding: 3 }, 'transpose', { conv1d: { filters: 4, kernel: 3, padding: 'same' } }, 'tanh', 'globalMaxPool', { dense: 3 }], input: texts,
    dims: { 'embedding1.weight': [7, 3], 'conv1.weight': [4, 3, 3], 'conv1.bias': [4], 'dense1.weight': [3, 4], 'dense1.bias': [3] },
    forward: (w, ids) => {
      const features = conv1d(columnsOf(lookUp(ids, w['embedding1.weight'], 3)), w['conv1.weight'], w['conv1.bias'], 3, 1, 1).map((channel) => channel.map(Math.tanh));
      return linear(positions(features, tokensOf(ids)).map(largest), w['dense1.weight'], w['dense1.bias']);
    },
  },
  {
    // Windows of three, two apart: their middles are the positions 1 and 3.
    name: 'the mean of a convolution that shortens the text',
    source: text, layers: [{ embedding: 3 }, { dense: 2 }, 'transpose', { conv1d: { filters: 2, kernel: 3, stride: 2 } }, 'globalAveragePool', { dense: 3 }], input: texts,
    dims: { 'embedding1.weight': [7, 3], 'dense1.weight': [2, 3], 'dense1.bias': [2], 'conv1.weight': [2, 2, 3], 'conv1.bias': [2], 'dense2.weight': [3, 2], 'dense2.bias': [3] },
    forward: (w, ids) => {
      const x = columnsOf(lookUp(ids, w['embedding1.weight'], 3).map((vector) => linear(vector, w['dense1.weight'], w['dense1.bias'])));
      const kept = [1, 3].map((middle) => tokensOf(ids)[middle]);
      return linear(positions(conv1d(x, w['conv1.weight'], w['conv1.bias'], 3, 2, 0), kept).map(mean), w['dense2.weight'], w['dense2.bias']);
    },
  },
  {
    name: 'the largest value of a convolution that sees the past alone',
    source: text, layers: [{ embedding: 3 }, 'transpose', { conv1d: { filters: 4, kernel: 3, dilation: 2, padding: 'causal' } }, 'globalMaxPool', { dense: 3 }], input: texts,
    dims: { 'embedding1.weight': [7, 3], 'conv1.weight': [4, 3, 3], 'conv1.bias': [4], 'dense1.weight': [3, 4], 'dense1.bias': [3] },
    forward: (w, ids) => {
      const x = columnsOf(lookUp(ids, w['embedding1.weight'], 3));
      // y[o, t] = b[o] + sum over c and k of w[o, c, k] x[c, t - 2 (2 - k)]
      const features = Array.from(w['conv1.bias'], (bias, o) => ids.map((_, t) => x.reduce((sum, channel, c) => [0, 1, 2].reduce((s, k) => s + w['conv1.weight'][(o * 3 + c) * 3 + k] * (channel[t - 2 * (2 - k)] ?? 0), sum), bias)));
      return linear(positions(features, tokensOf(ids)).map(largest), w['dense1.weight'], w['dense1.bias']);
    },
  },
  {
    name: 'columns of categories between columns of numbers',
    source: { type: 'float32', dims: [4], categories: [{ element: 1, name: 'work class', count: 3 }, { element: 3, name: 'city', count: 6 }] },
    layers: ['categoricalEmbedding', { dense: 3 }],
    input: [[0.3, 0, -1.2, 5], [1.1, 2, 0.4, 0], [-0.7, 2, 0.2, 3], [0.1, 1, 0.9, 5]],
    // fast.ai's rule: (3 + 1) / 2 and (6 + 1) / 2, rounded down.
    dims: { 'categoricalEmbedding1.work_class': [3, 2], 'categoricalEmbedding1.city': [6, 3], 'dense1.weight': [3, 7], 'dense1.bias': [3] },
    forward: (w, [a, b, c, d]) => linear([a, ...row(w['categoricalEmbedding1.work_class'], b, 2), c, ...row(w['categoricalEmbedding1.city'], d, 3)], w['dense1.weight'], w['dense1.bias']),
  },
];

describe.each(cases)('$name', ({ source, layers, input, dims, forward }) => {
  const labels = input.map((_, i) => i % 3);
  const objective = (w: Weights): number => crossEntropy(input.map((sample) => forward(w, sample)), labels);

  it('has the loss and the gradients of its formula', async () => {
    const model = buildModel(layers, source, 3);
    expect(Object.fromEntries(model.parameters.map((parameter) => [parameter.name, parameter.dims]))).toEqual(dims);
    const initial = model.parameters.map((parameter) => ({ name: parameter.name, dims: parameter.dims, data: model.graph.tensor(parameter.name)!.data as Float32Array }));
    const { store } = await createOptimizer({ type: 'sgd', learningRate: 0.1 } as never, initial);
    const session = await createTrainingSession(model, resolveLoss('crossEntropy'), input.length, 'cpu', store, new Map());
    session.inputs[0].set(input.flat());
    session.labels.set(labels);
    const { loss } = await session.run({ seed: 0, step: 1, measureActivations: false });
    const weights: Weights = Object.fromEntries(initial.map(({ name, data }) => [name, Float64Array.from(data)]));
    // Float32 against float64: a few roundings of 6e-8 each in sums of up to ten terms.
    expect(Math.abs(loss - objective(weights))).toBeLessThan(2e-6);
    const step = 1e-5;
    for (const { name } of initial) {
      const gradient = store.gradient(name);
      const expected = Array.from(gradient, (_, i) => {
        const at = (by: number): number => objective({ ...weights, [name]: weights[name].map((value, j) => (j === i ? value + by : value)) });
        return (at(step) - at(-step)) / (2 * step);
      });
      const scale = Math.max(...expected.map(Math.abs));
      expect(scale).toBeGreaterThan(1e-4);
      expected.forEach((value, i) => expect(Math.abs(gradient[i] - value) / scale, `${name}[${i}]: ${gradient[i]}, differences say ${value}`).toBeLessThan(2e-5));
    }
    if ('embedding1.weight' in dims) expect([...store.gradient('embedding1.weight').subarray(0, 3)]).toEqual([0, 0, 0]);
    await session.release();
  });
});

describe('mistakes are one sentence at the layer', () => {
  const ids: InputInfo = { type: 'int32', dims: [6] };
  it.each<[LayerEntry[], InputInfo, string]>([
    [[{ embedding: 3 }], ids, 'embedding1 needs numEmbeddings, the number of ids; only the vocabulary of a text is known from the data'],
    [['categoricalEmbedding'], { type: 'float32', dims: [4] }, 'categoricalEmbedding1 needs columns of categories, which it gets as the first layer after the transform {"categories": {"columns": [...]}}'],
    [['relu', 'categoricalEmbedding'], cases[4].source, 'categoricalEmbedding1 needs columns of categories, which it gets as the first layer after the transform {"categories": {"columns": [...]}}'],
    [[{ embedding: 3 }, { conv1d: { filters: 2, kernel: 9 } }], text, 'the window [9] of conv1 is larger than what enters it, [6, 3]'],
    [['transpose'], cases[4].source, 'transpose1 needs two dimensions, such as [length, channels], but what enters it has the dimensions [4]'],
  ])('%j', (layers, source, message) => expect(() => buildModel(layers, source, 0)).toThrow(message));
});

it('columns of one name in plain letters have tables of their own', () => {
  const model = buildModel(['categoricalEmbedding'], { type: 'float32', dims: [2], categories: [{ element: 0, name: 'a b', count: 2 }, { element: 1, name: 'a/b', count: 2 }] }, 0);
  expect(model.parameters.map(({ name }) => name)).toEqual(['categoricalEmbedding1.a_b_0', 'categoricalEmbedding1.a_b_1']);
});
