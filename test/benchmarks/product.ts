/** The limit of the arithmetic: what matrix products of a step take at least. */
import { Graph } from '../../engine/onnx/graph';
import { writeModel } from '../../engine/onnx/model';
import { sizeOf } from '../../engine/onnx/tensor';
import { createSession, runtime } from '../../engine/runtime/ort';
import { type Benchmark, modelOf } from './models';

/** GFLOP/s of a product of two square matrices. */
export async function productSpeed(device: string, n = 1024): Promise<number> {
  const graph = Graph.create('product');
  for (const name of ['a', 'b']) graph.addInput(name, 'float32', [n, n]);
  graph.addOutput(graph.add('Gemm', ['a', 'b'], {}, ['c']), 'float32', [n, n]);
  const session = await createSession(writeModel(graph, { opset: 17 }), device);
  const { Tensor } = await runtime();
  const feeds = Object.fromEntries(['a', 'b'].map((name) => [name, new Tensor('float32', new Float32Array(n * n).map((_, i) => Math.sin(i)), [n, n])]));
  let best = Infinity;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    await session.run(feeds);
    best = Math.min(best, performance.now() - start);
  }
  await session.release();
  return (2 * n ** 3) / best / 1e6;
}

/** Multiplications with an addition that a step makes: those of the forward pass, again for the gradient of a weight that is trained, and again for that of its input where a layer before it is trained. */
function products(net: Benchmark): number {
  const model = modelOf(net);
  const positions = new Map(model.activations.map(({ layer, dims: [, ...rest] }) => [layer, sizeOf(rest)]));
  const matrices = model.parameters.filter(({ dims }) => dims.length > 1);
  const first = matrices.findIndex(({ frozen }) => !frozen);
  // A table of an embedding is looked up, not multiplied.
  const each = matrices.map(({ dims, layer, frozen }, i) => (layer.startsWith('embedding') ? 0 : sizeOf(dims) * (positions.get(layer) ?? 1) * (1 + Number(!frozen) + Number(i > first))));
  return net.batch * each.reduce((a, b) => a + b, 0);
}

/** Milliseconds that they take at such a speed. */
export const limitOf = (net: Benchmark, gflops: number): number => (2 * products(net)) / gflops / 1e6;
