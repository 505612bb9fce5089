import { describe, expect, it } from 'vitest';
import { differentiate } from '../../engine/gradient/backward';
import type { Attributes } from '../../engine/onnx/attributes';
import { Graph } from '../../engine/onnx/graph';
import { check, type Options } from './check';
import { load, shapesOf } from './run';

/** Average pooling is linear: a step of 1 has no truncation error. */
const linear: Options = { type: 'float32', step: 1, tolerance: 1e-5 };
const windows: [number[], Attributes][] = [
  [[2, 2, 4, 6], { kernel_shape: [2, 2], strides: [2, 2] }],
  [[2, 2, 5, 7], { kernel_shape: [2, 2], strides: [2, 2] }],
  [[1, 2, 5, 5], { kernel_shape: [3, 3], strides: [1, 1] }],
  [[1, 2, 7, 6], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  [[1, 2, 7, 6], { kernel_shape: [3, 2], strides: [2, 3], pads: [0, 1, 1, 0] }],
  [[1, 2, 6, 6], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }],
  [[1, 2, 7, 7], { kernel_shape: [2, 2], strides: [3, 3] }],
  [[1, 2, 7, 7], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: 'SAME_UPPER' }],
  [[2, 3, 9], { kernel_shape: [3], strides: [3] }],
  [[2, 3, 9], { kernel_shape: [2], strides: [1], pads: [1, 0] }],
  [[1, 2, 4, 4, 5], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }],
  [[1, 1, 4, 4, 4], { kernel_shape: [3, 2, 2], strides: [1, 2, 1], pads: [1, 0, 0, 1, 0, 0] }],
];

describe('MaxPool', () => {
  for (const [x, attributes] of windows) it(`[${x}] ${JSON.stringify(attributes)}`, () => check('MaxPool', [x], { attributes }));
  it('dilated', () => check('MaxPool', [[1, 2, 7, 7]], { attributes: { kernel_shape: [2, 3], dilations: [2, 2], strides: [1, 2] } }));
  for (const [x, attributes] of windows.slice(0, 4)) {
    it(`of a Relu, [${x}] ${JSON.stringify(attributes)}`, () => check('MaxPool', [x], { build: (graph, [input]) => [graph.add('MaxPool', [graph.add('Relu', [input])], attributes)] }));
  }
  it('of a Relu with another reader', () => check('MaxPool', [[1, 2, 4, 4]], {
    build: (graph, [input]) => {
      const y = graph.add('Relu', [input]);
      return [graph.add('MaxPool', [y], { kernel_shape: [2, 2], strides: [2, 2] }), graph.add('Exp', [y])];
    },
  }));
  it('without strides', () => check('MaxPool', [[1, 2, 4, 4]], { attributes: { kernel_shape: [2, 2] } }));

  /** torch: the first maximum in row-major order gets the gradient. */
  const ties = async (kernel: number[], strides: number[], x: number[][], dy: number[][]): Promise<number[]> => {
    const graph = Graph.create('ties');
    const image = (rows: number[][]) => ({ type: 'float32' as const, dims: [1, 1, rows.length, rows[0].length], data: Float32Array.from(rows.flat()) });
    const feeds = { x: image(x) };
    graph.addInput('x', 'float32', feeds.x.dims);
    graph.add('MaxPool', ['x'], { kernel_shape: kernel, strides }, ['y']);
    const shapes = await shapesOf(graph, feeds);
    graph.addInput('dy', 'float32', image(dy).dims);
    const dx = differentiate(graph, shapes, new Map([['y', 'dy']]), ['x'], 17).get('x')!;
    graph.addOutput(dx, 'float32', feeds.x.dims);
    return Array.from((await (await load(graph))({ ...feeds, dy: image(dy) }))[dx].data as Float32Array);
  };
  it('ties', async () => {
    expect(await ties([2, 2], [2, 2], [[1, 1, 0, 2], [1, 1, 2, 2]], [[5, 7]])).toEqual([5, 0, 0, 7, 0, 0, 0, 0]);
    expect(await ties([2, 2], [2, 2], [[0, 0, -1, -1], [0, 1, -1, -1]], [[5, 7]])).toEqual([0, 0, 7, 0, 0, 5, 0, 0]);
  });
  it('ties of overlapping windows', async () => {
    expect(await ties([1, 2], [1, 1], [[3, 3, 3, 1]], [[1, 10, 100]])).toEqual([1, 10, 100, 0]);
    expect(await ties([2, 2], [1, 1], [[2, 2, 2], [2, 2, 2]], [[1, 10]])).toEqual([1, 10, 0, 0, 0, 0]);
  });
});

describe('AveragePool', () => {
  for (const count_include_pad of [0, 1]) {
    for (const [x, attributes] of windows) {
      const all = { ...attributes, count_include_pad };
      it(`[${x}] ${JSON.stringify(all)}`, () => check('AveragePool', [x], { ...linear, attributes: all }));
    }
    it(`ceil_mode with pads, count_include_pad ${count_include_pad}, opset 19`, () =>
      check('AveragePool', [[1, 2, 6, 7]], { ...linear, opset: 19, attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1, count_include_pad } }));
  }
  it('dilated, opset 19', () => check('AveragePool', [[1, 2, 7, 7]], { ...linear, opset: 19, attributes: { kernel_shape: [2, 3], dilations: [2, 2] } }));
});

describe('global pooling', () => {
  for (const op of ['GlobalAveragePool', 'GlobalMaxPool']) for (const x of [[2, 3, 4, 5], [2, 3, 6]]) it(`${op} [${x}]`, () => check(op, [x], { type: 'float32' }));
});
