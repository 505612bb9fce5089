import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { differentiate } from '../../engine/gradient/backward';
import type { Attributes } from '../../engine/onnx/attributes';
import { Graph } from '../../engine/onnx/graph';
import { newArray, sizeOf, type Tensor } from '../../engine/onnx/tensor';
import { Random } from '../../engine/random';
import { webgpu } from '../webgpu';
import { bytesOf, type Feeds, shapesOf } from './run';

/** Every node of a gradient graph on WebGPU: the fallback to the CPU is an error. */
describe.skipIf(!webgpu)('WebGPU', () => {
  const random = new Random(7, 'webgpu');
  const tensor = (dims: number[]): Tensor => ({ type: 'float32', dims, data: newArray('float32', Array.from({ length: sizeOf(dims) }, () => random.normal())) });
  const words: Tensor = { type: 'int32', dims: [2, 5], data: Int32Array.of(1, 2, 3, 1, 1, 0, 9, 9, 2, 4) };

  const agree = async (feeds: Feeds, build: (graph: Graph, operands: string[]) => string): Promise<void> => {
    const graph = Graph.create('g');
    for (const [name, { type, dims }] of Object.entries(feeds)) graph.addInput(name, type, dims);
    const y = build(graph, Object.keys(feeds));
    const shapes = await shapesOf(graph, feeds);
    const all: Feeds = { ...feeds, dy: tensor(shapes.get(y)!.dims) };
    graph.addInput('dy', 'float32', all.dy.dims);
    const gradients = [...differentiate(graph, shapes, new Map([[y, 'dy']]), Object.keys(feeds).filter((name) => feeds[name].type === 'float32'), 17).values()];
    for (const name of gradients) graph.addOutput(name, 'float32', shapes.get(name)!.dims);
    const ortFeeds = Object.fromEntries(Object.entries(all).map(([name, { type, data, dims }]) => [name, new OrtTensor(type as 'float32', data as Float32Array, dims)]));
    const on = async (options: InferenceSession.SessionOptions) => (await InferenceSession.create(bytesOf(graph), { ...options, logSeverityLevel: 4 })).run(ortFeeds);
    const cpu = await on({ executionProviders: ['cpu'] });
    const gpu = await on({ executionProviders: ['webgpu'], extra: { session: { disable_cpu_ep_fallback: '1' } } });
    for (const name of gradients) {
      const expected = Array.from(cpu[name].data as Float32Array), found = gpu[name].data as Float32Array;
      const largest = Math.max(1e-6, ...expected.map(Math.abs));
      // Float32 in another order of summation: measured below 6e-7.
      expected.forEach((value, i) => expect(Math.abs(value - found[i]) / largest).toBeLessThan(1e-5));
    }
  };
  const one = (op: string, dims: number[][], attributes: Attributes = {}) =>
    it(`${op} ${dims.map((list) => `[${list}]`).join(' ')} ${JSON.stringify(attributes)}`, () =>
      agree(Object.fromEntries(dims.map((list, i) => [`x${i}`, tensor(list)])), (graph, operands) => graph.add(op, operands, attributes)));

  one('Conv', [[2, 1, 8, 8], [4, 1, 3, 3], [4]]);
  one('Conv', [[2, 8, 8, 8], [4, 8, 3, 3]], { pads: [1, 1, 1, 1] });
  one('Conv', [[2, 8, 8, 8], [4, 8, 3, 3]], { pads: [1, 1, 1, 1], strides: [2, 2] });
  one('Conv', [[2, 3, 14, 14], [4, 3, 7, 7]], { pads: [3, 3, 3, 3], strides: [2, 2] });
  one('Conv', [[2, 4, 8, 8], [8, 2, 3, 3]], { group: 2, dilations: [2, 2] });
  one('Conv', [[2, 4, 16], [8, 4, 3]], { strides: [2] });
  one('Conv', [[1, 2, 6, 6, 6], [2, 2, 3, 3, 3]], { strides: [2, 2, 2] });
  for (const op of ['MaxPool', 'AveragePool']) one(op, [[2, 3, 8, 8]], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
  for (const op of ['GlobalAveragePool', 'Softmax', 'Erf', 'Elu', 'LeakyRelu', 'HardSigmoid', 'HardSwish', 'Abs', 'Softplus', 'Tanh', 'Relu']) one(op, [[2, 3, 4, 4]]);
  one('LayerNormalization', [[2, 3, 8], [8], [8]]);
  one('InstanceNormalization', [[2, 3, 8], [3], [3]]);
  one('Gemm', [[4, 3], [5, 3], [5]], { transB: 1 });
  one('MatMul', [[2, 3, 4, 5], [2, 1, 5, 6]]);
  one('Einsum', [[1, 2, 3, 2], [1, 2, 4, 2]], { equation: 'bhqd,bhkd->bhqk' });
  for (const axis of [0, 1]) it(`Gather axis ${axis} with int32 words`, () => agree({ x: tensor([10, 10]), words }, (graph, [x, index]) => graph.add('Gather', [x, index], { axis })));
  it('Slice with steps', () => agree({ x: tensor([6, 10]) }, (graph, [x]) => graph.add('Slice', [x, graph.int64([5, 0]), graph.int64([-100, 10]), graph.int64([0, 1]), graph.int64([-2, 3])])));
  it('Pad reflect', () => agree({ x: tensor([6, 10]) }, (graph, [x]) => graph.add('Pad', [x, graph.int64([1, 2, 1, 2])], { mode: 'reflect' })));
  it('Resize', () => agree({ x: tensor([1, 2, 3, 4]) }, (graph, [x]) => graph.add('Resize', [x, '', graph.constant([1, 1, 2, 2])], { mode: 'linear' })));
});
