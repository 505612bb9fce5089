import { Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { Graph } from '../../engine/onnx/graph';
import { repeat } from '../../engine/onnx/loop';
import { writeModel } from '../../engine/onnx/model';
import { createSession } from '../../engine/runtime/ort';

/** x <- scale x + b, tells x + 1 before the step, and what was added. */
function step(): Graph {
  const graph = Graph.create('affine');
  graph.addInput('x', 'float32', [2]);
  graph.addInput('b', 'float32', [2]);
  graph.addInput('scale', 'float32', []);
  graph.addOutput(graph.add('Add', ['x', graph.constant(1)], {}, ['told']), 'float32', [2]);
  graph.addOutput(graph.add('Add', [graph.add('Mul', ['x', 'scale']), 'b'], {}, ['next']), 'float32', [2]);
  graph.addOutput(graph.add('Reshape', ['b', graph.int64([1, 2])], {}, ['added']), 'float32', [1, 2]);
  return graph;
}

it.each([1, 2, 5])('%i steps: what is carried, what each step reads and tells, and what only the last one leaves', async (steps) => {
  const { graph, count, names } = repeat(step(), { carried: [{ input: 'x', output: 'next' }], each: ['b'], last: ['added'] });
  const session = await createSession(writeModel(graph, { opset: 17 }));
  expect(session.inputNames).toContain('scale');
  const added = Array.from({ length: steps }, (_, i) => [i, 10 * i]);
  const found = await session.run({
    [count]: new Tensor('int64', BigInt64Array.of(BigInt(steps)), []), scale: new Tensor('float32', Float32Array.of(0.5), []),
    [names.get('x')!]: new Tensor('float32', Float32Array.of(8, -4), [2]), [names.get('b')!]: new Tensor('float32', Float32Array.from(added.flat()), [steps, 2]),
  });
  let x = [8, -4];
  const told = added.map(([b, c]) => {
    const before = x;
    x = [x[0] / 2 + b, x[1] / 2 + c];
    return before.map((value) => value + 1);
  });
  const stacked = found[names.get('told')!];
  expect([stacked.dims, Array.from(stacked.data as Float32Array)]).toEqual([[steps, 2], told.flat()]);
  expect(Array.from(found[names.get('next')!].data as Float32Array)).toEqual(x);
  expect([found[names.get('added')!].dims, Array.from(found[names.get('added')!].data as Float32Array)]).toEqual([[1, 2], added.at(-1)]);
  await session.release();
});
