import { create } from '@bufbuild/protobuf';
import { expect, it, describe } from 'vitest';
import { GraphProtoSchema } from '../../engine/onnx/generated/onnx_pb';
import { Graph, valueInfo } from '../../engine/onnx/graph';
import { modelFrom } from '../../engine/onnx/import';
import { freeze } from '../../engine/training/pretrained';
import { readModel, writeModel } from '../../engine/onnx/model';
import { sizeOf } from '../../engine/onnx/tensor';
import { inferShapes } from '../../engine/runtime/shapes';
import { lowerForEvaluation } from '../../engine/onnx/lower';

const weight = (graph: Graph, name: string, dims: number[]): string => {
  graph.setTensor(name, { type: 'float32', dims, data: Float32Array.from({ length: sizeOf(dims) }, (_, i) => Math.sin(i + name.length)) });
  return name;
};

/** A graph from x [batch, ...dims] to y, imported after a trip through its file. */
function importing(dims: (number | string)[], build: (graph: Graph) => string, { given = undefined as number[][] | undefined, outputRank = 2 } = {}) {
  const graph = Graph.create('test');
  graph.addInput('x', 'float32', dims);
  graph.add('Identity', [build(graph)], {}, ['y']);
  graph.addOutput('y', 'float32', Array.from({ length: outputRank }, (_, i) => `d${i}`));
  return modelFrom(readModel(writeModel(graph, { opset: 17 }), 'm.onnx'), 'm.onnx', { dims: given });
}
const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
const dense = (graph: Graph, input: string, name: string, from: number, to: number): string =>
  graph.add('Gemm', [input, weight(graph, `${name}.weight`, [to, from]), weight(graph, `${name}.bias`, [to])], { transB: 1 });

describe('parameters', () => {
  it('are the initializers on differentiable paths, in forward order with layer and depth', async () => {
    const { model } = await importing(['batch', 4], (g) => dense(g, g.add('Relu', [dense(g, 'x', 'a.b', 4, 3)]), 'c', 3, 2));
    expect(model.parameters).toEqual([
      { name: 'a.b.weight', dims: [3, 4], layer: 'a.b', depth: 0 }, { name: 'a.b.bias', dims: [3], layer: 'a.b', depth: 0 },
      { name: 'c.weight', dims: [2, 3], layer: 'c', depth: 1 }, { name: 'c.bias', dims: [2], layer: 'c', depth: 1 },
    ]);
    expect(model.activations.map(({ layer, kind, dims }) => [layer, kind, dims])).toEqual([['a.b', 'Gemm', [3]], ['relu', 'Relu', [3]], ['c', 'Gemm', [2]]]);
    expect(model.inputs).toEqual([{ name: 'x', type: 'float32', dims: [4] }]);
  });

  it.each([
    ['bounds of Clip', (g: Graph) => g.add('Clip', [dense(g, 'x', 'a', 4, 3), g.constant(-1), g.constant(1)])],
    ['a padding value', (g: Graph) => g.add('Pad', [dense(g, 'x', 'a', 4, 3), g.int64([0, 0, 0, 1]), g.constant(0.5)])],
    ['numbers of a formula', (g: Graph) => g.add('Mul', [g.constant(0.5), g.add('Pow', [dense(g, 'x', 'a', 4, 3), g.constant(2)])])],
    ['what only a comparison reads', (g: Graph) => g.add('Where', [g.add('Greater', ['x', weight(g, 'threshold', [4])]), g.add('MatMul', ['x', weight(g, 'a.weight', [4, 4])]), 'x'])],
  ])('are not %s', async (_, build) => {
    const { model } = await importing(['batch', 4], build);
    expect(names(model.parameters).every((name) => name.startsWith('a.'))).toBe(true);
    expect(model.parameters.length).toBeGreaterThan(0);
  });

  it('include a scalar that a module named', async () => {
    const { model } = await importing(['batch', 4], (g) => g.add('Mul', [dense(g, 'x', 'a', 4, 3), weight(g, 'head.scale', [])]));
    expect(names(model.parameters)).toContain('head.scale');
  });

  it('that an export merged are separate, those that were shared stay shared', async () => {
    const { model, report } = await importing(['batch', 3], (g) => {
      weight(g, 'a.weight', [3, 3]);
      g.add('Identity', ['a.weight'], {}, ['b.weight']);
      return g.add('MatMul', [g.add('MatMul', [g.add('MatMul', ['x', 'a.weight']), 'b.weight']), 'a.weight']);
    });
    expect(names(model.parameters)).toEqual(['a.weight', 'b.weight']);
    expect(model.graph.nodes.filter(({ input }) => input.includes('a.weight'))).toHaveLength(2);
    expect(model.graph.tensor('b.weight')!.data).not.toBe(model.graph.tensor('a.weight')!.data);
    expect(report.join()).toMatch(/1 parameters that the export had merged/);
  });

  it('can be frozen by pattern', async () => {
    const { model } = await importing(['batch', 4], (g) => dense(g, dense(g, 'x', 'a.1', 4, 3), 'b', 3, 2));
    freeze(model, ['a.*']);
    expect(model.parameters.filter(({ frozen }) => frozen).map(({ name }) => name)).toEqual(['a.1.weight', 'a.1.bias']);
    expect(() => freeze(model, ['b.*', 'nothing'])).toThrow('model.freeze.1: "nothing" matches no parameter; the parameters are a.1.weight, a.1.bias, b.weight, b.bias');
  });
});

it('brings BatchNormalization of an evaluation export into training form', async () => {
  const { model, report } = await importing(['batch', 4], (g) => g.add('BatchNormalization', ['x', ...['s', 'b', 'm', 'v'].map((name) => weight(g, `n.${name}`, [4]))]));
  expect(names(model.parameters)).toEqual(['n.s', 'n.b']);
  expect(model.buffers).toEqual(['n.m', 'n.v']);
  expect(report).toEqual([expect.stringMatching(/1 BatchNormalization or Dropout nodes were in evaluation form/)]);
});

it.each([['Softmax', 'softmax'], ['LogSoftmax', 'softmax'], ['Sigmoid', 'sigmoid'], ['Relu', undefined]])('sees that a model ends in %s', async (op, endsIn) => {
  const { model } = await importing(['batch', 4], (g) => g.add(op, [dense(g, 'x', 'a', 4, 3)]));
  expect(model.outputs[0].endsIn).toBe(endsIn);
});

it('takes the branch of an If that dimensions settle', async () => {
  const { model } = await importing(['batch', 1, 4], (g) => {
    const branch = (name: string, node: () => string) => {
      const before = g.nodes.length;
      const output = node();
      const added = g.nodes.slice(before);
      g.remove(added);
      return create(GraphProtoSchema, { name, node: added, output: [valueInfo(output, 'float32', [])] });
    };
    const squeezed = branch('then', () => g.add('Squeeze', ['x', g.int64([1])]));
    const same = branch('else', () => g.add('Identity', ['x']));
    const one = g.add('Equal', [g.add('Gather', [g.add('Shape', ['x']), g.int64([1])]), g.int64([1])]);
    return dense(g, g.add('If', [one], { then_branch: { graph: squeezed }, else_branch: { graph: same } }), 'a', 4, 3);
  });
  expect(model.graph.nodes.map(({ opType }) => opType)).not.toContain('If');
  expect(names(model.parameters)).toEqual(['a.weight', 'a.bias']);
});

/** Exported with a batch of 6: the shapes of other batches are those of 6 with the batch in its place. */
describe('a fixed batch size is opened', () => {
  const reshape = (g: Graph, x: string, shape: number[]): string => g.add('Reshape', [x, g.int64(shape)]);
  it.each([
    ['flatten', [6, 2, 4], (g: Graph) => reshape(g, 'x', [6, 8]), (b: number) => [b, 8]],
    ['flatten with -1', [6, 2, 4], (g: Graph) => reshape(g, 'x', [6, -1]), (b: number) => [b, 8]],
    ['merged with time', [6, 5, 4], (g: Graph) => reshape(g, reshape(g, 'x', [30, 4]), [6, 20]), (b: number) => [b, 20]],
    ['behind the first axis', [6, 5, 4], (g: Graph) => g.add('Transpose', [reshape(g, g.add('Transpose', ['x'], { perm: [1, 0, 2] }), [5, 12, 2])], { perm: [1, 0, 2] }), (b: number) => [2 * b, 5, 2]],
    ['merged behind time', [6, 5, 4], (g: Graph) => reshape(g, reshape(g, g.add('Transpose', ['x'], { perm: [1, 0, 2] }), [30, 4]), [5, 6, 4]), (b: number) => [5, b, 4]],
    ['a batch of one', [1, 2, 4], (g: Graph) => reshape(g, 'x', [1, 8]), (b: number) => [b, 8]],
  ])('%s', async (_, dims, build, expected) => {
    const { model } = await importing(dims, (g) => g.add('Mul', [build(g), weight(g, 'w', [1])]));
    for (const batch of [1, 3, 6, 12]) {
      const shapes = await inferShapes(lowerForEvaluation(model.graph), 17, [{ name: 'x', type: 'float32', dims: [batch, ...model.inputs[0].dims] }]);
      expect(shapes.get('y')!.dims).toEqual(expected(batch));
    }
  });
});

it('takes open dimensions from the data', async () => {
  const { model } = await importing(['n', 'width'], (g) => g.add('Mul', ['x', weight(g, 'w', [1])]), { given: [[7]] });
  expect(model.inputs[0].dims).toEqual([7]);
  await expect(importing(['n', 5], (g) => g.add('Mul', ['x', weight(g, 'w', [1])]), { given: [[7]] })).rejects.toThrow('m.onnx: input "x" takes samples of dimensions [5], the data has [7]');
});
