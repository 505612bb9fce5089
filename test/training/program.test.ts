import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { buildModel } from '../../engine/layers/model';
import { Graph } from '../../engine/onnx/graph';
import { writeModel } from '../../engine/onnx/model';
import { sizeOf } from '../../engine/onnx/tensor';
import { narrowInputs, trainingProgram } from '../../engine/training/program';

it('ids of int64 are fed as int32, and widened after a reshape, not before it', async () => {
  const graph = Graph.create('ids');
  const table = graph.constant([1, 2, 3, 4], [4, 1]);
  graph.addOutput(graph.add('Gather', [table, 'x'], {}, ['rows']), 'float32', [2, 3, 1]);
  const places = graph.add('Reshape', ['x', graph.int64([-1, 1])]);
  graph.addOutput(graph.add('ScatterND', [table, places, graph.constant([1, 1, 1, 1, 1, 1], [6, 1])], { reduction: 'add' }, ['counted']), 'float32', [4, 1]);
  expect(narrowInputs(graph, [{ name: 'x', type: 'int64', dims: [2, 3] }])).toEqual([{ name: 'x', type: 'int32', dims: [2, 3] }]);
  // GPUs have no Reshape of int64.
  expect(graph.consumers('x').map(({ opType }) => opType).sort()).toEqual(['Gather', 'Reshape']);
  const session = await InferenceSession.create(writeModel(graph, { opset: 17 }));
  const { rows, counted } = await session.run({ x: new Tensor('int32', Int32Array.of(0, 1, 1, 3, 1, 0), [2, 3]) });
  expect([...(rows.data as Float32Array)]).toEqual([1, 2, 2, 4, 2, 1]);
  expect([...(counted.data as Float32Array)]).toEqual([3, 5, 3, 5]);
});

it('gradients leave the graph as they were computed: a change of their dimensions would copy them', async () => {
  const model = buildModel([{ conv2d: { filters: 20, kernel: 3, padding: 1 } }, 'batchNorm', 'relu', 'flatten', { dense: 2 }], { type: 'float32', dims: [4, 3, 3] }, 0);
  const { graph, gradients } = await trainingProgram(model, { type: 'crossEntropy' }, 2, model.parameters.map(({ name }) => name));
  expect([...gradients.values()].map(({ name }) => graph.producer(name)!.opType)).not.toContain('Reshape');
  for (const { name, dims } of model.parameters) expect(sizeOf(gradients.get(name)!.dims), name).toBe(sizeOf(dims));
  expect(gradients.get('conv1.weight')!.dims).toEqual([20, 36]);
});

it('knows which operator of the model each node is there for', async () => {
  const model = buildModel([{ conv2d: { filters: 3, kernel: 3 } }, 'batchNorm', 'relu', 'flatten', { dense: 2 }], { type: 'float32', dims: [2, 8, 8] }, 0);
  model.activations = [];
  const { graph } = await trainingProgram(model, { type: 'crossEntropy' }, 2, model.parameters.map(({ name }) => name));
  const forward = ['Conv', 'BatchNormalization', 'Relu', 'Flatten', 'Gemm'];
  // Identity: the end of what took the batch normalisation's place.
  expect(new Set(graph.nodes.map((node) => graph.partOf(node)))).toEqual(new Set([...forward, ...forward.map((operator) => `gradient of ${operator}`), 'Identity', 'loss']));
  expect(graph.nodes.filter((node) => graph.partOf(node) === 'gradient of BatchNormalization').map(({ opType }) => opType)).toContain('ReduceSum');
});
