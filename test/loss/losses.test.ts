import { describe, expect, it } from 'vitest';
import { Builder } from '../../engine/gradient/value';
import { lossRule, losses, type LossOptions, resolveLoss, takesClasses } from '../../engine/loss';
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

/** Keras' categorical_crossentropy of outputs that are no logits; dims [batch, classes, positions]. */
const ofProbabilities = (weights?: number[]): Formula => (x, y, [batch, classes, positions = 1]) => {
  let total = 0;
  let weight = 0;
  for (let n = 0; n < batch; n++) for (let p = 0; p < positions; p++) {
    const outputs = Array.from({ length: classes }, (_, c) => x[(n * classes + c) * positions + p]);
    const label = y[n * positions + p];
    const share = outputs[label] / outputs.reduce((a, b) => a + b, 0);
    total -= (weights?.[label] ?? 1) * Math.log(Math.min(1 - 1e-7, Math.max(1e-7, share)));
    weight += weights?.[label] ?? 1;
  }
  return total / weight;
};
const entropy = (p: number, y: number): number => -y * Math.log(p) - (1 - y) * Math.log(1 - p);
/** A loss of numbers against 1 at the class and 0 elsewhere. */
const oneHot = (f: (x: number, y: number) => number): Formula => (x, y, [, classes]) => mean(x.map((value, i) => f(value, Number(y[Math.floor(i / classes)] === i % classes))));

/** 1 - GIoU as Rezatofighi et al. 2019 write it, algorithm 1; `box`: the corners of four numbers. */
const giou = (box: (b: number[]) => number[]): Formula => (x, y) => mean(Array.from({ length: x.length / 4 }, (_, i) => {
  const sides = (b: number[]): number[] => [Math.min(b[0], b[2]), Math.min(b[1], b[3]), Math.max(b[0], b[2]), Math.max(b[1], b[3])];
  const [a, b] = [x, y].map((all) => sides(box(all.slice(4 * i, 4 * i + 4))));
  const area = (l: number, t: number, r: number, d: number): number => Math.max(0, r - l) * Math.max(0, d - t);
  const inner = area(Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3]));
  const union = area(a[0], a[1], a[2], a[3]) + area(b[0], b[1], b[2], b[3]) - inner;
  const hull = area(Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3]));
  return 1 - inner / union + (hull - union) / hull;
}));

const cases: [string, LossOptions, number[], Formula, number?][] = [
  ['mse', { type: 'mse' }, [4, 3], elementwise((x, y) => (x - y) ** 2)],
  ['mse without a feature axis', { type: 'mse' }, [6], elementwise((x, y) => (x - y) ** 2)],
  ['l1', { type: 'l1' }, [4, 3], elementwise((x, y) => Math.abs(x - y))],
  ['huber', { type: 'huber' }, [5, 4], elementwise((x, y) => (Math.abs(x - y) <= 1 ? (x - y) ** 2 / 2 : Math.abs(x - y) - 0.5))],
  ['huber, delta 0.3', { type: 'huber', delta: 0.3 }, [5, 4], elementwise((x, y) => (Math.abs(x - y) <= 0.3 ? (x - y) ** 2 / 2 : 0.3 * (Math.abs(x - y) - 0.15)))],
  ['giou', { type: 'giou' }, [6, 4], giou(([x, y, w, h]) => [x, y, x + w, y + h]), 0.5],
  ['giou, boxes that never meet', { type: 'giou', boxes: 'cxcywh' }, [3, 4], giou(([x, y, w, h]) => [x - w / 2, y - h / 2, x + w / 2, y + h / 2]), 20],
  ['giou of corners', { type: 'giou', boxes: 'xyxy' }, [6, 4], giou((b) => b), 0.5],
  ['bceWithLogits', { type: 'bceWithLogits' }, [4, 3], elementwise((x, y) => y * Math.log1p(Math.exp(-x)) + (1 - y) * (x + Math.log1p(Math.exp(-x))))],
  ['crossEntropy', { type: 'crossEntropy' }, [5, 4], crossEntropy()],
  ['crossEntropy of large logits', { type: 'crossEntropy' }, [5, 4], crossEntropy(), 100],
  ['crossEntropy per position', { type: 'crossEntropy' }, [3, 4, 5], crossEntropy()],
  ['crossEntropy, smoothing', { type: 'crossEntropy', labelSmoothing: 0.1 }, [5, 4], crossEntropy(0.1)],
  ['crossEntropy, weights', { type: 'crossEntropy', classWeights: [1, 0.5, 2, 3] }, [5, 4], crossEntropy(0, [1, 0.5, 2, 3])],
  ['crossEntropy, weights and smoothing', { type: 'crossEntropy', labelSmoothing: 0.2, classWeights: [1, 0.5, 2, 3] }, [3, 4, 2], crossEntropy(0.2, [1, 0.5, 2, 3])],
];

/** Outputs of these lie between 0 and 1. */
const probabilityCases: typeof cases = [
  ['crossEntropy of probabilities', { type: 'crossEntropy', probabilities: true }, [5, 4], ofProbabilities()],
  ['crossEntropy of probabilities per position, weights', { type: 'crossEntropy', probabilities: true, classWeights: [1, 0.5, 2, 3] }, [3, 4, 2], ofProbabilities([1, 0.5, 2, 3])],
  ['bce', { type: 'bce' }, [4, 3], elementwise(entropy)],
  ['bce of classes', { type: 'bce', classes: true }, [4, 3], oneHot(entropy)],
  ['mse of classes', { type: 'mse', classes: true }, [4, 3], oneHot((x, y) => (x - y) ** 2)],
  ['mse of yes or no', { type: 'mse', classes: true }, [6, 1], elementwise((x, y) => (x - y) ** 2)],
  ['l1 of classes', { type: 'l1', classes: true }, [4, 3], oneHot((x, y) => Math.abs(x - y))],
];

async function run(options: LossOptions, dims: number[], x: number[], y: number[], opset: number): Promise<{ loss: number; gradient: number[] }> {
  const rule = lossRule(options);
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
  it.each([...cases, ...probabilityCases])('%s', async (name, options, dims, formula, scale = 1.5) => {
    const random = new Random(7, JSON.stringify(dims));
    const between = probabilityCases.some(([other]) => other === name);
    const x = Array.from({ length: dims.reduce((a, b) => a * b) }, () => Math.fround(between ? 0.1 + 0.8 * random.uniform() : scale * random.normal()));
    const count = lossRule(options).labelDims(dims).reduce((a, b) => a * b);
    const y = Array.from({ length: count }, () => (takesClasses(options) ? random.below(Math.max(2, dims[1])) : Math.fround(random.uniform())));
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

it('probabilities of 0 and 1 give a bounded loss and no gradient', async () => {
  const { loss, gradient } = await run({ type: 'bce' }, [4], [0, 1, 0, 0.5], [1, 1, 0, 1], 17);
  expect(loss).toBeCloseTo((-Math.log(1e-7) + Math.log(2)) / 4, 2);
  expect(gradient.map((g) => g + 0)).toEqual([0, 0, 0, -0.5]);
  const sure = await run({ type: 'crossEntropy', probabilities: true }, [1, 2], [0, 3], [0], 17);
  expect(sure.loss).toBeCloseTo(-Math.log(1e-7), 4);
  expect(sure.gradient.map((g) => g + 0)).toEqual([0, 0]);
});

it('balances class weights by the samples of each class', () => {
  expect(resolveLoss({ type: 'crossEntropy', labelSmoothing: 0, classWeights: 'balanced' }, () => [6, 2, 0])).toMatchObject({ classWeights: [8 / 18, 8 / 6, 0] });
});

it.each([
  [() => resolveLoss('hinge'), 'loss is "hinge"; allowed are crossEntropy, bceWithLogits, bce, mse, l1, huber or giou'],
  [() => resolveLoss({ type: 'crossEntropy', labelSmoothing: 0, classWeights: [1, 2] }, () => [1, 1, 1]), 'loss.classWeights has 2 weights, but there are 3 classes'],
  [() => resolveLoss({ type: 'crossEntropy', labelSmoothing: 0, classWeights: 'balanced' }), 'loss.classWeights is "balanced", which needs labels that are class ids'],
  [() => losses.giou.labelDims([8, 5]), 'giou needs an output of [batch, 4], the numbers of a box, but it is [8, 5]'],
  [() => losses.crossEntropy.labelDims([8, 1]), 'crossEntropy needs an output of [batch, classes] with 2 classes or more, but it is [8, 1]; for one yes or no per sample use bceWithLogits'],
])('says what is wrong: %#', (action, message) => expect(action).toThrow(message));
