import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { Graph } from '../../engine/onnx/graph';
import { writeModel } from '../../engine/onnx/model';
import { runAsAdded } from '../../engine/onnx/order';
import { discard } from '../../engine/runtime/discard';

it('onnxruntime finishes each result before it begins the next', async () => {
  const graph = Graph.create('chain');
  graph.addInput('x', 'float32', [2]);
  let value = 'x';
  // A chain from which a result branches off at every link, as gradients do; the last is asked for first.
  for (const i of [1, 2, 3]) {
    value = graph.add('Neg', [value], {}, [`link${i}`]);
    graph.addOutput(graph.add('Exp', [value], {}, [`result${i}`]), 'float32', [2]);
  }
  graph.addOutput(graph.add('Abs', ['link1'], {}, ['urgent']), 'float32', [2]);
  runAsAdded(graph, 'urgent');
  const folder = mkdtempSync(path.join(tmpdir(), 'order-'));
  try {
    const session = await InferenceSession.create(writeModel(graph, { opset: 17 }), { graphOptimizationLevel: 'disabled', enableProfiling: true, profileFilePrefix: path.join(folder, 'run') });
    await session.run({ x: new Tensor('float32', new Float32Array(2), [2]) });
    session.endProfiling();
    const events = JSON.parse(readFileSync(path.join(folder, readdirSync(folder)[0]), 'utf8')) as { cat: string; name: string; ts: number }[];
    const ran = events.filter(({ cat, name }) => cat === 'Node' && name.endsWith('_kernel_time')).sort((a, b) => a.ts - b.ts).map(({ name }) => name.replace('_kernel_time', ''));
    expect(ran).toEqual(['link1', 'urgent', 'result1', 'link2', 'result2', 'link3', 'result3']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('discarded arrays are empty, small ones are left alone', () => {
  const [large, small] = [new Float32Array(1 << 22), new Float32Array(4)];
  discard([large, small]);
  expect([large.length, small.length]).toEqual([0, 4]);
});
