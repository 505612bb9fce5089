import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { constantOps, rules } from '../../engine/gradient/rules';
import { Graph } from '../../engine/onnx/graph';
import { type MixedOptions, mixPrecision, precisionOf } from '../../engine/onnx/mixedPrecision';
import { elementNumber, type Tensor } from '../../engine/onnx/tensor';
import { load, shapesOf } from '../gradient/run';
import { root } from '../shared';

describe('every operator has a class', () => {
  it('that has a gradient rule, or nothing flows through', () => {
    expect([...Object.keys(rules), ...constantOps].filter((operator) => !precisionOf(operator))).toEqual([]);
  });

  it('that rules, losses and the lowering emit', () => {
    const files = ['gradient', 'loss', 'onnx', 'training', 'probe'].flatMap((folder) => readdirSync(path.join(root, 'engine', folder), { recursive: true }).map((file) => path.join(root, 'engine', folder, String(file)))).filter((file) => file.endsWith('.ts') && !file.includes('generated'));
    const emitted = new Set(files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\b(?:unary|binary|emit|emitAll|reduce|written|add|addAll)\(\s*'([A-Z]\w+)'/g)].map(([, operator]) => operator)));
    expect(emitted.size).toBeGreaterThan(40);
    expect([...emitted].filter((operator) => !precisionOf(operator))).toEqual([]);
  });
});

const floats = (dims: number[], value: (i: number) => number): Tensor => ({ type: 'float32', dims, data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => value(i)) });

async function mixed(build: (graph: Graph) => string, feeds: Record<string, Tensor>, options: MixedOptions = {}) {
  const graph = Graph.create('mixed');
  for (const [name, { dims }] of Object.entries(feeds)) graph.addInput(name, 'float32', dims);
  const y = build(graph);
  const shapes = await shapesOf(graph, feeds);
  graph.addOutput(y, 'float32', shapes.get(y)!.dims);
  mixPrecision(graph, shapes, options);
  const result = async (): Promise<number[]> => {
    graph.proto.node = graph.sorted();
    return Array.from((await (await load(graph))(feeds))[y].data as Float32Array);
  };
  const casts = graph.nodes.filter(({ opType }) => opType === 'Cast').map(({ input: [value], attribute: [to] }) => `${value} ${Number(to.i) === elementNumber('float16') ? 'down' : 'up'}`);
  return { graph, shapes, casts, result };
}
const square = { x: floats([4, 4], (i) => i / 8), w: floats([4, 4], (i) => 1 - i / 8) };

describe('the graph', () => {
  it('has one cast of a tensor for all its readers', async () => {
    const { casts, shapes } = await mixed((graph) => graph.add('MatMul', [graph.add('Relu', [graph.add('MatMul', ['x', 'w'], {}, ['a'])], {}, ['b']), 'w'], {}, ['c']), square);
    expect(casts.sort()).toEqual(['c_float16 up', 'w down', 'x down']);
    expect(['a', 'b', 'c'].map((name) => shapes.get(name)!.type)).toEqual(['float16', 'float16', 'float32']);
  });

  it('makes constants and masks in the type that reads them', async () => {
    const { casts, shapes } = await mixed((graph) => {
      const h = graph.add('MatMul', ['x', 'w'], {}, ['h']);
      const mask = graph.add('Mul', [graph.add('Cast', [graph.add('Greater', [h, graph.constant(1)], {}, ['above'])], { to: elementNumber('float32') }, ['mask']), graph.constant(2)], {}, ['twice']);
      return graph.add('MatMul', [graph.add('Mul', [h, mask], {}, ['masked']), 'w'], {}, ['y']);
    }, square);
    expect(shapes.get('masked')!.type).toBe('float16');
    expect(casts.sort()).toEqual(['above down', 'above up', 'constant down', 'constant_1 down', 'w down', 'x down', 'y_float16 up']);
  });

  it('does not become float32 by one number per channel', async () => {
    const { shapes } = await mixed((graph) => graph.add('MatMul', [graph.add('Add', [graph.add('MatMul', ['x', 'w']), 'b'], {}, ['biased']), 'w'], {}, ['y']), { ...square, b: floats([4], () => 1) });
    expect(shapes.get('biased')!.type).toBe('float16');
  });

  it('computes what only a sum reads in float32: squares beyond 65504 stay finite', async () => {
    const { result } = await mixed((graph) => {
      const h = graph.add('MatMul', ['x', 'w']);
      return graph.add('ReduceMean', [graph.add('Mul', [h, h])], { keepdims: 0 }, ['y']);
    }, { x: floats([2, 1], () => 300), w: floats([1, 2], () => 1) }, { emulated: true });
    expect(await result()).toEqual([90_000]);
  });
});

describe('emulated, values are those of float16', () => {
  const product = (a: number, b: number) => mixed((graph) => graph.add('Identity', [graph.add('MatMul', ['x', 'w'])], {}, ['y']), { x: floats([1, 1], () => a), w: floats([1, 1], () => b) }, { emulated: true }).then(({ result }) => result());
  // IEEE 754 binary16: 11 significant bits, largest 65504, smallest 2^-24; ties to even.
  it.each([[1 + 2 ** -11, 1, 1], [1 + 3 * 2 ** -11, 1, 1 + 2 ** -9], [1 / 3, 1, 0.333251953125], [256, 256, Infinity], [255.875, 256, 65504], [2 ** -12, 2 ** -12, 2 ** -24], [2 ** -13, 2 ** -13, 0]])('%d x %d = %d', async (a, b, expected) => {
    expect(await product(a, b)).toEqual([expected]);
  });
});
