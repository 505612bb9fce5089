import { describe, expect, it } from 'vitest';
import { differentiate, type Shapes } from '../../engine/gradient/backward';
import { Graph } from '../../engine/onnx/graph';
import type { Tensor } from '../../engine/onnx/tensor';
import { Random } from '../../engine/random';
import { type Feeds, load, shapesOf } from './run';

const opsAfter = (graph: Graph, before: number): string[] => graph.nodes.slice(before).map(({ opType }) => opType);
const shapes = (dims: Record<string, number[]>): Shapes => new Map(Object.entries(dims).map(([name, list]) => [name, { dims: list, type: 'float32' as const }]));

describe('differentiate', () => {
  it('names op, node and opset of a missing rule', () => {
    const graph = Graph.create('g');
    graph.add('Hardmax', ['x'], {}, ['y']);
    expect(() => differentiate(graph, shapes({ x: [2, 3], y: [2, 3] }), new Map([['y', 'dy']]), ['x'], 17)).toThrow('operator Hardmax (node "y", opset 17) has no gradient rule');
  });

  it('needs no rule off the path to a wanted value', () => {
    const graph = Graph.create('g');
    graph.add('Hardmax', ['x'], {}, ['h']);
    graph.add('Mul', ['h', 'w'], {}, ['y']);
    expect(differentiate(graph, shapes({ x: [2], h: [2], w: [2], y: [2] }), new Map([['y', 'dy']]), ['w'], 17).has('w')).toBe(true);
    expect(opsAfter(graph, 2)).toEqual(['Mul']);
  });

  it('leaves out what no seed depends on, and what depends on it in jumps', () => {
    const graph = Graph.create('g');
    graph.add('Floor', ['a'], {}, ['f']);
    graph.add('Mul', ['f', 'w'], {}, ['y']);
    graph.add('Exp', ['b'], {}, ['unused']);
    const all = shapes({ a: [2], f: [2], w: [2], y: [2], b: [2], unused: [2] });
    expect([...differentiate(graph, all, new Map([['y', 'dy']]), ['a', 'b', 'w'], 17).keys()]).toEqual(['w']);
  });

  it('computes nothing for operands that are not wanted', () => {
    const graph = Graph.create('g');
    graph.add('Gemm', ['x', 'w1'], {}, ['h']);
    graph.add('Relu', ['h'], {}, ['r']);
    graph.add('Gemm', ['r', 'w2', 'b2'], {}, ['y']);
    const all = shapes({ x: [4, 3], w1: [3, 5], h: [4, 5], r: [4, 5], w2: [5, 2], b2: [2], y: [4, 2] });
    differentiate(graph, all, new Map([['y', 'dy']]), ['w1', 'w2'], 17);
    // dW2, dr, the mask, dW1: neither dx nor db2.
    expect(opsAfter(graph, 3).sort()).toEqual(['Cast', 'Gemm', 'Gemm', 'Gemm', 'Greater', 'Mul']);
  });

  it('shares common expressions', () => {
    const graph = Graph.create('g');
    graph.add('InstanceNormalization', ['x', 's', 'b'], {}, ['y']);
    const all = shapes({ x: [2, 3, 5], s: [3], b: [3], y: [2, 3, 5] });
    differentiate(graph, all, new Map([['y', 'dy']]), ['x', 's', 'b'], 17);
    expect(opsAfter(graph, 1).filter((op) => op === 'Sqrt')).toHaveLength(1);
  });

  it('adds seeds at several values', async () => {
    const graph = Graph.create('g');
    for (const name of ['x', 'dy', 'dz']) graph.addInput(name, 'float32', [2]);
    graph.add('Exp', ['x'], {}, ['y']);
    graph.add('Mul', ['y', 'x'], {}, ['z']);
    const list = (...values: number[]): Tensor => ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) });
    const dx = differentiate(graph, shapes({ x: [2], y: [2], z: [2] }), new Map([['y', 'dy'], ['z', 'dz']]), ['x'], 17).get('x')!;
    graph.addOutput(dx, 'float32', [2]);
    const { data } = (await (await load(graph))({ x: list(0.5, -1), dy: list(2, 3), dz: list(1, -1) }))[dx];
    // d(2 e^x + x e^x) and d(3 e^x - x e^x)
    [Math.exp(0.5) * (2 + 1.5), Math.exp(-1) * (3 - 0)].forEach((expected, i) => expect(data[i]).toBeCloseTo(expected, 5));
  });
});

describe('two threads', () => {
  const random = new Random(3, 'determinism');
  const tensor = (...dims: number[]): Tensor => ({ type: 'float32', dims, data: Float32Array.from({ length: dims.reduce((a, n) => a * n, 1) }, () => random.normal()) });

  /** Gradients of all operands, bit for bit, from sessions and runs of their own. */
  const same = async (forward: Graph, feeds: Feeds, y: string): Promise<void> => {
    const wanted = Object.keys(feeds);
    for (const name of wanted) forward.addInput(name, 'float32', feeds[name].dims);
    const all = await shapesOf(forward, feeds);
    const dy = tensor(...all.get(y)!.dims);
    forward.addInput('dy', 'float32', dy.dims);
    const gradients = differentiate(forward, all, new Map([[y, 'dy']]), wanted, 17);
    for (const gradient of gradients.values()) forward.addOutput(gradient, 'float32', all.get(gradient)!.dims);
    let first: Uint8Array[] | undefined;
    for (let session = 0; session < 2; session++) {
      const run = await load(forward, 17, { intraOpNumThreads: 2 });
      for (let i = 0; i < 3; i++) {
        const results = await run({ ...feeds, dy });
        const bytes = [...gradients.values()].map((name) => new Uint8Array(results[name].data.slice().buffer));
        first ??= bytes;
        bytes.forEach((list, k) => expect(Buffer.compare(list, first![k])).toBe(0));
      }
    }
  };

  it('give the same bits for a convolutional net', async () => {
    const graph = Graph.create('g');
    graph.add('Relu', [graph.add('Conv', ['x', 'w1', 'b1'])], {}, ['r1']);
    graph.add('MaxPool', [graph.add('Relu', [graph.add('Conv', ['r1', 'w2'], { pads: [1, 1, 1, 1] })])], { kernel_shape: [2, 2], strides: [2, 2] }, ['p']);
    graph.add('Gemm', [graph.add('Flatten', ['p']), 'w3', 'b3'], { transB: 1 }, ['y']);
    await same(graph, { x: tensor(16, 1, 14, 14), w1: tensor(16, 1, 3, 3), b1: tensor(16), w2: tensor(16, 16, 3, 3), w3: tensor(10, 576), b3: tensor(10) }, 'y');
  });

  it('give the same bits for an embedding with repeated words', async () => {
    const graph = Graph.create('g');
    graph.setTensor('words', { type: 'int64', dims: [64, 32], data: BigInt64Array.from({ length: 2048 }, () => BigInt(random.below(7))) });
    graph.add('LayerNormalization', [graph.add('Gather', ['table', 'words']), 'scale'], {}, ['n']);
    graph.add('Softmax', ['n'], {}, ['y']);
    await same(graph, { table: tensor(7, 48), scale: tensor(48) }, 'y');
  });
});
