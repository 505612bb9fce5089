import { describe, expect, it } from 'vitest';
import { create } from '@bufbuild/protobuf';
import { ValueInfoProtoSchema } from '../../engine/onnx/generated/onnx_pb';
import { differentiate } from '../../engine/gradient/backward';
import type { Attributes } from '../../engine/onnx/attributes';
import { Graph } from '../../engine/onnx/graph';
import { lowerForEvaluation, lowerForTraining } from '../../engine/onnx/lower';
import { writeModel } from '../../engine/onnx/model';
import { prune } from '../../engine/onnx/prune';
import { sizeOf } from '../../engine/onnx/tensor';
import { Random } from '../../engine/random';
import { createSession, runtime } from '../../engine/runtime/ort';
import { inferShapes } from '../../engine/runtime/shapes';

const normals = (n: number, place: string): Float32Array => {
  const random = new Random(3, place);
  return Float32Array.from({ length: n }, () => random.normal() * 2 + 1);
};

function normalization(channels: number, dims: number[]): Graph {
  const graph = Graph.create('bn');
  graph.addInput('x', 'float32', dims);
  ['scale', 'bias', 'mean', 'var'].forEach((name) => graph.setTensor(name, { type: 'float32', dims: [channels], data: normals(channels, name).map(Math.abs) }));
  graph.addAll('BatchNormalization', ['x', 'scale', 'bias', 'mean', 'var'], { training_mode: 1, momentum: { float: 0.9 }, epsilon: { float: 1e-5 } }, ['y', 'new_mean', 'new_var']);
  graph.addOutput('y', 'float32', dims);
  return graph;
}

async function run(graph: Graph, feeds: Record<string, { type: 'float32' | 'int32'; dims: number[]; data: ArrayLike<number> }>, outputs: string[], opset = 17): Promise<Float32Array[]> {
  graph.proto.output = [];
  for (const name of outputs) graph.proto.output.push(create(ValueInfoProtoSchema, { name }));
  prune(graph);
  const { Tensor } = await runtime();
  const session = await createSession(writeModel(graph, { opset }));
  const results = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, { type, dims, data }]) => [name, new Tensor(type as 'float32', data as Float32Array, dims)])));
  return outputs.map((name) => results[name].data as Float32Array);
}

describe.each([[[6, 3]], [[4, 3, 5]], [[2, 3, 4, 5]], [[2, 3, 2, 3, 2]]])('BatchNormalization of %j', (dims) => {
  const [batch, channels, ...rest] = dims;
  const inner = rest.reduce((a, b) => a * b, 1);
  const x = normals(batch * channels * inner, 'x');
  const ofChannel = (c: number): number[] => Array.from(x).filter((_, i) => Math.floor(i / inner) % channels === c);

  it.each([14, 17, 18])('normalises and updates as torch does, opset %i', async (opset) => {
    const graph = normalization(channels, dims);
    const tensor = (name: string): number[] => Array.from(graph.tensor(name)!.data as Float32Array);
    const shapes = await inferShapes(lowerForEvaluation(graph), opset, [{ name: 'x', type: 'float32', dims }]);
    const lowered = lowerForTraining(graph, shapes, opset);
    const [y, mean, variance] = await run(lowered.graph, { x: { type: 'float32', dims, data: x } }, ['y', lowered.updates.get('mean')!, lowered.updates.get('var')!], opset);
    for (let c = 0; c < channels; c++) {
      const values = ofChannel(c);
      const m = values.reduce((a, b) => a + b) / values.length;
      const squares = values.reduce((sum, v) => sum + (v - m) ** 2, 0);
      expect(mean[c]).toBeCloseTo(0.9 * tensor('mean')[c] + 0.1 * m, 5);
      expect(variance[c]).toBeCloseTo(0.9 * tensor('var')[c] + (0.1 * squares) / (values.length - 1), 5);
      const ours = Array.from(y).filter((_, i) => Math.floor(i / inner) % channels === c);
      ours.forEach((value, i) => expect(value).toBeCloseTo(((values[i] - m) / Math.sqrt(squares / values.length + 1e-5)) * tensor('scale')[c] + tensor('bias')[c], 4));
    }
  });

  it('uses the running statistics in evaluation', async () => {
    const graph = normalization(channels, dims);
    const tensor = (name: string): number[] => Array.from(graph.tensor(name)!.data as Float32Array);
    const [y] = await run(lowerForEvaluation(graph), { x: { type: 'float32', dims, data: x } }, ['y']);
    y.forEach((value, i) => {
      const c = Math.floor(i / inner) % channels;
      expect(value).toBeCloseTo(((x[i] - tensor('mean')[c]) / Math.sqrt(tensor('var')[c] + 1e-5)) * tensor('scale')[c] + tensor('bias')[c], 4);
    });
  });
});

describe('the gradient of BatchNormalization in closed form', () => {
  // The oracle is the chain rule through the primitive operators, each of which is checked with finite differences. Float32: 1e-5 of the largest element is rounding.
  it.each([[[6, 3]], [[4, 3, 5]], [[3, 4, 4, 5]]])('is that of its operators, %j', async (dims) => {
    const gradients = await Promise.all([true, false].map(async (closed) => {
      const graph = normalization(dims[1], dims);
      const shapes = await inferShapes(lowerForEvaluation(graph), 17, [{ name: 'x', type: 'float32', dims }]);
      const lowered = lowerForTraining(graph, shapes, 17);
      lowered.graph.addInput('dy', 'float32', dims);
      const names = ['x', 'scale', 'bias'];
      const found = differentiate(lowered.graph, shapes, new Map([['y', 'dy']]), names, 17, closed ? lowered.custom : undefined);
      const feeds = { x: { type: 'float32' as const, dims, data: normals(sizeOf(dims), 'x') }, dy: { type: 'float32' as const, dims, data: normals(sizeOf(dims), 'dy') } };
      for (const name of names) lowered.graph.addOutput(found.get(name)!, 'float32', name === 'x' ? dims : [dims[1]]);
      return run(lowered.graph, feeds, names.map((name) => found.get(name)!));
    }));
    gradients[0].forEach((gradient, i) => {
      const largest = Math.max(...gradients[1][i].map(Math.abs));
      gradient.forEach((value, j) => expect(Math.abs(value - gradients[1][i][j]) / largest).toBeLessThan(1e-5));
    });
  });
});

describe('a small convolution', () => {
  // Channels, size, kernel [filters, channels a group, ...], batch, attributes. Sums in another order: 1e-5 of the largest element.
  const cases: [string, number[], number[], Attributes][] = [
    ['fewer windows than filters', [2, 3, 3, 3], [20, 3, 3, 3], { pads: [1, 1, 1, 1] }],
    ['stride, dilation and uneven pads', [2, 3, 5, 4], [20, 3, 2, 3], { strides: [2, 1], dilations: [2, 1], pads: [1, 0, 2, 1] }],
    ['one dimension', [3, 2, 4], [16, 2, 3], { pads: [1, 1] }],
    ['same', [1, 2, 4, 4], [24, 2, 3, 3], { auto_pad: 'SAME_UPPER', strides: [2, 2] }],
    ['a filter a channel', [4, 6, 4, 4], [6, 1, 3, 3], { group: 6, pads: [1, 1, 1, 1] }],
    ['a filter a channel, stride and dilation', [4, 3, 5, 6], [3, 1, 2, 3], { group: 3, strides: [2, 1], dilations: [1, 2], pads: [0, 2, 1, 2] }],
  ];
  it.each(cases)('is the same as a product: %s', async (_, dims, kernel, attributes) => {
    const graph = Graph.create('convolution');
    graph.addInput('x', 'float32', dims);
    graph.setTensor('w', { type: 'float32', dims: kernel, data: normals(sizeOf(kernel), 'w') });
    graph.setTensor('b', { type: 'float32', dims: [kernel[0]], data: normals(kernel[0], 'b') });
    graph.add('Conv', ['x', 'w', 'b'], attributes, ['y']);
    const feeds = { x: { type: 'float32' as const, dims, data: normals(sizeOf(dims), 'x') } };
    const shapes = await inferShapes(graph, 17, [{ name: 'x', type: 'float32', dims }]);
    const lowered = lowerForTraining(graph, shapes, 17).graph;
    expect(lowered.nodes.map(({ opType }) => opType)).not.toContain('Conv');
    for (const each of [graph, lowered]) each.addOutput('y', 'float32', shapes.get('y')!.dims);
    const [[expected], [found]] = [await run(graph, feeds, ['y']), await run(lowered, feeds, ['y'])];
    const largest = Math.max(...expected.map(Math.abs));
    found.forEach((value, i) => expect(Math.abs(value - expected[i]) / largest).toBeLessThan(1e-5));
  });

  it('stays a convolution where its windows are many', async () => {
    const graph = Graph.create('convolution');
    graph.addInput('x', 'float32', [2, 3, 8, 8]);
    graph.setTensor('w', { type: 'float32', dims: [4, 3, 3, 3], data: normals(108, 'w') });
    graph.add('Conv', ['x', 'w'], {}, ['y']);
    const shapes = await inferShapes(graph, 17, [{ name: 'x', type: 'float32', dims: [2, 3, 8, 8] }]);
    expect(lowerForTraining(graph, shapes, 17).graph.nodes.map(({ opType }) => opType)).toEqual(['Conv']);
  });
});

describe('Dropout', () => {
  const dims = [128, 512];
  const size = dims[0] * dims[1];
  const ones = new Float32Array(size).fill(1);

  async function masks(ratio: number, draws: [seed: number, step: number][], places = ['a']): Promise<Float32Array[]> {
    const graph = Graph.create('dropout');
    graph.addInput('x', 'float32', dims);
    graph.setTensor('training', { type: 'bool', dims: [], data: Uint8Array.of(1) });
    for (const place of places) graph.add('Dropout', ['x', graph.constant(ratio), 'training'], {}, [place]);
    places.forEach((place) => graph.addOutput(place, 'float32', dims));
    const shapes = await inferShapes(lowerForEvaluation(graph), 17, [{ name: 'x', type: 'float32', dims }]);
    const lowered = lowerForTraining(graph, shapes, 17);
    const session = await createSession(writeModel(lowered.graph, { opset: 17 }));
    const { Tensor } = await runtime();
    const results: Float32Array[] = [];
    for (const [seed, step] of draws) {
      const scalar = (value: number) => new Tensor('int32', Int32Array.of(value), []);
      const run = await session.run({ x: new Tensor('float32', ones, dims), [lowered.random!.seed]: scalar(seed), [lowered.random!.step]: scalar(step) });
      results.push(...places.map((place) => run[place].data as Float32Array));
    }
    return results;
  }
  const kept = (mask: Float32Array): number => mask.reduce((n, x) => n + Number(x !== 0), 0) / size;
  /** Correlation of what is kept; of independent masks it is normal with standard deviation 1/sqrt(n) = 0.0039. */
  const correlation = (a: Float32Array, b: Float32Array, lag = 0): number => {
    const [p, q] = [kept(a), kept(b)];
    let sum = 0;
    for (let i = lag; i < size; i++) sum += (Number(a[i] !== 0) - p) * (Number(b[i - lag] !== 0) - q);
    return sum / (size - lag) / Math.sqrt(p * (1 - p) * q * (1 - q));
  };
  const fiveSigma = 5 / Math.sqrt(size);

  it.each([0.1, 0.25, 0.5, 0.9])('drops a share of %f and scales the rest', async (ratio) => {
    for (const mask of await masks(ratio, [[0, 1], [0, 2], [5, 1], [-7, 100000]])) {
      expect(Math.abs(kept(mask) - (1 - ratio))).toBeLessThan(fiveSigma * Math.sqrt(ratio * (1 - ratio)));
      for (const x of mask) if (x !== 0) expect(Math.abs(x - 1 / (1 - ratio))).toBeLessThan(1e-6 / (1 - ratio));
    }
  });

  it('is independent across steps, seeds and places', async () => {
    const draws: [number, number][] = [[0, 0], [0, 1], [0, 2], [0, 3], [1, 0], [1, 1], [2, 0], [0, 65536], [65536, 0]];
    const drawn = await masks(0.5, draws, ['a', 'b']);
    for (let i = 0; i < drawn.length; i++) for (let j = 0; j < i; j++) expect(Math.abs(correlation(drawn[i], drawn[j]))).toBeLessThan(fiveSigma);
  });

  it('has no pattern along rows, columns or neighbours', async () => {
    const [mask] = await masks(0.5, [[3, 17]]);
    for (const lag of [1, 2, 3, 4, 8, 16, 64, 256, 511, 512, 513, 1024, 4096, 32768]) expect(Math.abs(correlation(mask, mask, lag)), `lag ${lag}`).toBeLessThan(fiveSigma * Math.sqrt(size / (size - lag)));
    const rows = Array.from({ length: dims[0] }, (_, r) => mask.subarray(r * 512, (r + 1) * 512).reduce((n, x) => n + Number(x !== 0), 0));
    // Chi-squared with 128 degrees of freedom: mean 128, standard deviation 16.
    const chiSquared = rows.reduce((sum, n) => sum + (n - 256) ** 2 / 128, 0);
    expect(Math.abs(chiSquared - 128)).toBeLessThan(5 * 16);
  });

  it('draws the same again for the same seed and step', async () => {
    const [a, b, c] = await masks(0.5, [[1, 2], [1, 3], [1, 2]]);
    expect(c).toEqual(a);
    expect(b).not.toEqual(a);
  });
});

describe('added noise', () => {
  const dims = [128, 512];
  const graph = (): Graph => {
    const noisy = Graph.create('noise');
    noisy.addInput('x', 'float32', dims);
    noisy.add('RandomNormalLike', ['x'], { mean: { float: 0 }, scale: { float: 0.3 } }, ['noise']);
    noisy.add('Add', ['x', 'noise'], {}, ['y']);
    noisy.addOutput('y', 'float32', dims);
    return noisy;
  };
  const x = normals(dims[0] * dims[1], 'x');

  it('is normal, and new at every step', async () => {
    const shapes = await inferShapes(lowerForEvaluation(graph()), 17, [{ name: 'x', type: 'float32', dims }]);
    const lowered = lowerForTraining(graph(), shapes, 17);
    const { seed, step } = lowered.random!;
    const draw = async (at: number): Promise<Float32Array> => {
      const scalar = (value: number) => ({ type: 'int32' as const, dims: [], data: Int32Array.of(value) });
      const [y] = await run(lowered.graph.clone(), { x: { type: 'float32', dims, data: x }, [seed]: scalar(3), [step]: scalar(at) }, ['y']);
      return y.map((value, i) => (value - x[i]) / 0.3);
    };
    const [a, b] = [await draw(1), await draw(2)];
    const n = a.length;
    const moment = (k: number): number => a.reduce((sum, z) => sum + z ** k, 0) / n;
    // Standard errors of the moments of n = 65,536 standard normals, five of each.
    expect(Math.abs(moment(1))).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(5 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / n));
    expect(Math.abs(a.reduce((sum, z, i) => sum + z * b[i], 0) / n)).toBeLessThan(5 / Math.sqrt(n));
  });

  it('is left out in evaluation', async () => expect(await run(lowerForEvaluation(graph()), { x: { type: 'float32', dims, data: x } }, ['y'])).toEqual([x]));

  it('must be added', () => {
    const scaled = Graph.create('noise');
    scaled.addInput('x', 'float32', dims);
    scaled.add('RandomNormalLike', ['x'], {}, ['noise']);
    scaled.add('Mul', ['x', 'noise'], {}, ['y']);
    expect(() => lowerForEvaluation(scaled)).toThrow(/^operator RandomNormalLike \(node ".*"\) feeds Mul; only noise that is added is supported$/);
  });
});
