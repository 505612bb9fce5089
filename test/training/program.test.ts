import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { Graph } from '../../engine/onnx/graph';
import { writeModel } from '../../engine/onnx/model';
import { narrowInputs } from '../../engine/training/program';

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
