import { describe, expect, it } from 'vitest';
import { Builder } from '../../engine/gradient/value';
import { losses, type LossOptions, resolveLoss } from '../../engine/loss';
import { Graph } from '../../engine/onnx/graph';
import { writeModel } from '../../engine/onnx/model';
import { createSession, runtime } from '../../engine/runtime/ort';
import { Random } from '../../engine/random';

/** Every loss against its formula written out in float64, and its gradient against central differences of that formula. */
type Formula = (x: number[], y: number[], dims: number[]) => number;
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const elementwise = (f: (x: number, y: number) => number): Formula => (x, y) => mean(x.map((value, i) => f(value, y[i])));

/** torch.nn.CrossEntropyLoss as its documentation writes it; dims [batch, classes, positions]. */
const crossEntropy = (smoothing = 0, weights?: number[]): Formula => (x, y, [batch, classes, positions = 1]) => {
  let total = 0;
  let weight = 0;
  for (let n = 0; n < batch; n++) for (let p = 0; p < positions; p++) {
    const logits = Array.from({ length: classes }, (_, c) => x[(n * classes + c) * positions + p]);
    const largest = Math.max(...logits);
    const normalizer = largest + Math.log(logits.reduce((sum, z) => sum + Math.exp(z - largest), 0));
    const label = y[n * positions + p];
    const w = (c: number): number => weights?.[c] ?? 1;
    total += (1 - smoothing) * w(label) * (normalizer - logits[label]);
    for (let c = 0; c < classes; c++) total += (smoothing / classes) * w(c) * (normalizer - logits[c]);
    weight += w(label);
  }
  return total / weight;
};

const cases: [string, LossOptions, number[], Formula, number?][] = [
  ['mse', { type: 'mse' }, [4, 3], elementwise((x, y) => (x - y) ** 2)],
  ['mse without a feature axis', { type: 'mse' }, [6], elementwise((x, y) => (x - y) ** 2)],
  ['l1', { type: 'l1' }, [4, 3], elementwise((x, y) => Math.abs(x - y))],
  ['huber', { type: 'huber' }, [5, 4], elementwise((x, y) => (Math.abs(x - y) <= 1 ? (x - y) ** 2 / 2 : Math.abs(x - y) - 0.5))],
  ['huber, delta 0.3', { type: 'huber', delta: 0.3 }, [5, 4], elementwise((x, y) => (Math.abs(x - y) <= 0.3 ? (x - y) ** 2 / 2 : 0.3 * (Math.abs(x - y) - 0.15)))],
  ['bceWithLogits', { type: 'bceWithLogits' }, [4, 3], elementwise((x, y) => y * Math.log1p(Math.exp(-x)) + (1 - y) * (x + Math.log1p(Math.exp(-x))))],
  ['crossEntropy', { type: 'crossEntropy' }, [5, 4], crossEntropy()],
  ['crossEntropy of large logits', { type: 'crossEntropy' }, [5, 4], crossEntropy(), 100],
  ['crossEntropy per position', { type: 'crossEntropy' }, [3, 4, 5], crossEntropy()],
  ['crossEntropy, smoothing', { type: 'crossEntropy', labelSmoothing: 0.1 }, [5, 4], crossEntropy(0.1)],
  ['crossEntropy, weights', { type: 'crossEntropy', classWeights: [1, 0.5, 2, 3] }, [5, 4], crossEntropy(0, [1, 0.5, 2, 3])],
  ['crossEntropy, weights and smoothing', { type: 'crossEntropy', labelSmoothing: 0.2, classWeights: [1, 0.5, 2, 3] }, [3, 4, 2], crossEntropy(0.2, [1, 0.5, 2, 3])],
];

async function run(options: LossOptions, dims: number[], x: number[], y: number[], opset: number): Promise<{ loss: number; gradient: number[] }> {
  const rule = losses[options.type];
  const labelDims = rule.labelDims(dims);
  const graph = Graph.create('loss');
  const builder = new Builder(graph, new Map([['x', { dims, type: 'float32' }], ['y', { dims: labelDims, type: rule.labels }]]), opset);
  graph.addInput('x', 'float32', dims);
  graph.addInput('y', rule.labels, labelDims);
  const { loss, gradient } = rule.build(builder.value('x'), builder.value('y'), options);
  expect(loss.dims).toEqual([]);
  expect(gradient.dims).toEqual(dims);
  graph.addOutput(loss.name, 'float32', []);
  graph.addOutput(gradient.name, 'float32', dims);
  const session = await createSession(writeModel(graph, { opset }));
  const { Tensor } = await runtime();
  const labels = rule.labels === 'int32' ? Int32Array.from(y) : Float32Array.from(y);
  const results = await session.run({ x: new Tensor('float32', Float32Array.from(x), dims), y: new Tensor(rule.labels, labels as never, labelDims) });
  expect(results[loss.name].dims).toEqual([]);
  return { loss: Number(results[loss.name].data[0]), gradient: Array.from(results[gradient.name].data as Float32Array) };
}

describe.each([13, 17, 18])('at opset %i', (opset) => {
  it.each(cases)('%s', async (_, options, dims, formula, scale = 1.5) => {
    const random = new Random(7, JSON.stringify(dims));
    const x = Array.from({ length: dims.reduce((a, b) => a * b) }, () => Math.fround(scale * random.normal()));
    const count = losses[options.type].labelDims(dims).reduce((a, b) => a * b);
    const y = Array.from({ length: count }, () => (options.type === 'crossEntropy' ? random.below(dims[1]) : Math.fround(random.uniform())));
    const ours = await run(options, dims, x, y, opset);
    const expected = formula(x, y, dims);
    // float32: 24 bits, and some 20 additions.
    expect(Math.abs(ours.loss - expected)).toBeLessThan(2e-6 * Math.max(1, Math.abs(expected)));
    const step = 1e-6;
    x.forEach((_, i) => {
      const at = (delta: number): number => formula(x.with(i, x[i] + delta), y, dims);
      // The central difference in float64 is right to 1e-9; float32 to 1e-7.
      expect(Math.abs(ours.gradient[i] - (at(step) - at(-step)) / (2 * step))).toBeLessThan(1e-6);
    });
  });
});

it('stays finite where exp would overflow', async () => {
  expect(await run({ type: 'bceWithLogits' }, [2], [200, -200], [0, 1], 17)).toEqual({ loss: 200, gradient: [0.5, -0.5] });
  const { loss, gradient } = await run({ type: 'crossEntropy' }, [1, 2], [1000, -1000], [1], 17);
  expect(loss).toBe(2000);
  expect(gradient).toEqual([1, -1]);
});

it('balances class weights by the samples of each class', () => {
  expect(resolveLoss({ type: 'crossEntropy', labelSmoothing: 0, classWeights: 'balanced' }, [6, 2, 0])).toMatchObject({ classWeights: [8 / 18, 8 / 6, 0] });
});

it.each([
  [() => resolveLoss('hinge'), 'loss is "hinge"; allowed are crossEntropy, bceWithLogits, mse, l1 or huber'],
  [() => resolveLoss({ type: 'crossEntropy', labelSmoothing: 0, classWeights: [1, 2] }, [1, 1, 1]), 'loss.classWeights has 2 weights, but there are 3 classes'],
  [() => resolveLoss({ type: 'crossEntropy', labelSmoothing: 0, classWeights: 'balanced' }), 'loss.classWeights is "balanced", which needs labels that are class ids'],
  [() => losses.crossEntropy.labelDims([8, 1]), 'crossEntropy needs an output of [batch, classes] with 2 classes or more, but it is [8, 1]; for one yes or no per sample use bceWithLogits'],
])('says what is wrong: %#', (action, message) => expect(action).toThrow(message));
