import { describe, it } from 'vitest';
import type { Attributes } from '../../engine/onnx/attributes';
import type { Tensor } from '../../engine/onnx/tensor';
import { check, int64, type Options } from './check';

const indices = (dims: number[], ...values: number[]): Tensor => ({ ...int64(...values), dims });

describe('order kept', () => {
  it('Flatten', () => check('Flatten', [[2, 3, 4]]));
  for (const axis of [0, 2, -1]) it(`Flatten axis ${axis}`, () => check('Flatten', [[2, 3, 4]], { attributes: { axis } }));
  it('Reshape', () => check('Reshape', [[2, 3, 4], int64(0, -1)]));
  it('Squeeze', () => check('Squeeze', [[1, 3, 1]]));
  it('Squeeze axes', () => check('Squeeze', [[1, 3, 1], int64(-1)]));
  it('Squeeze, opset 11', () => check('Squeeze', [[1, 3, 1]], { attributes: { axes: [0] }, opset: 11 }));
  it('Unsqueeze', () => check('Unsqueeze', [[2, 3], int64(0, -1)]));
  it('Unsqueeze, opset 11', () => check('Unsqueeze', [[2, 3]], { attributes: { axes: [1] }, opset: 11 }));
});

describe('Transpose and Expand', () => {
  it('all axes', () => check('Transpose', [[2, 3, 4]]));
  for (const perm of [[2, 0, 1], [1, 2, 0], [0, 2, 1]]) it(`perm ${perm}`, () => check('Transpose', [[2, 3, 4]], { attributes: { perm } }));
  it('an axis of one element', () => check('Transpose', [[2, 1, 4]], { attributes: { perm: [1, 0, 2] } }));
  for (const dims of [[3, 4], [2, 3, 4], [1, 1]]) it(`Expand to ${dims}`, () => check('Expand', [[3, 1], int64(...dims)]));
});

describe('Concat and Split', () => {
  for (const axis of [0, 1, -1]) it(`Concat axis ${axis}`, () => check('Concat', [[2, 3], axis === 0 ? [1, 3] : [2, 1], [2, 3]], { attributes: { axis } }));
  it('the same value twice', () => check('Concat', [[2, 3]], { build: (graph, [x]) => [graph.add('Concat', [x, x], { axis: 1 })] }));
  it('Split', () => check('Split', [[2, 6]], { attributes: { axis: 1 }, outputs: 3 }));
  it('Split into sizes', () => check('Split', [[5, 2], int64(1, 3, 1)], { attributes: { axis: -2 }, outputs: 3 }));
  it('Split, one part used', () => check('Split', [[5, 2], int64(1, 3, 1)], { build: (graph, [x, sizes]) => [graph.addAll('Split', [x, sizes], {}, 3)[1]] }));
  it('Split, opset 11', () => check('Split', [[5, 2]], { attributes: { split: [2, 3] }, outputs: 2, opset: 11 }));
});

describe('Slice', () => {
  const cases: [number[], number[], number[]?, number[]?][] = [
    [[1], [3]], [[0, 1], [2, 3]], [[-2], [1000], [1]], [[1], [-1], [-1]], [[0], [5], [1], [2]], [[1], [6], [1], [3]], [[-1], [-1000], [1], [-1]], [[5], [0], [1], [-2]],
    [[3, 0], [0, 6], [0, 1], [-1, 4]],
  ];
  for (const [starts, ends, axes, steps] of cases) {
    it(`[${starts}] to [${ends}], axes [${axes ?? ''}], steps [${steps ?? ''}]`, () =>
      check('Slice', [[4, 6], int64(...starts), int64(...ends), axes && int64(...axes), steps && int64(...steps)]));
  }
});

describe('Pad', () => {
  const cases: [string, number[]][] = [
    ['constant', [1, 0, 0, 2]], ['constant', [-1, 1, 1, -2]], ['reflect', [1, 2, 0, 3]], ['edge', [2, 1, 0, 3]],
  ];
  for (const [mode, pads] of cases) it(`${mode} [${pads}]`, () => check('Pad', [[3, 5], int64(...pads)], { attributes: { mode } }));
  it('constant with axes', () => check('Pad', [[3, 5], int64(1, 2), undefined, int64(-1)], { opset: 18 }));
  it('wrap', () => check('Pad', [[3, 5], int64(1, 2, 2, 1)], { attributes: { mode: 'wrap' }, opset: 19 }));
});

describe('Gather', () => {
  const cases: [string, number[], Tensor, Attributes, Options?][] = [
    ['rows of an embedding', [5, 3], indices([2, 3], 0, 4, 4, 2, 0, 4), {}], ['negative indices', [5, 3], indices([3], -1, 4, -5), {}],
    ['axis 1', [2, 4, 3], indices([2, 2], 1, 1, 3, 0), { axis: 1 }], ['axis -1', [2, 3, 4], indices([3], 3, 0, 3), { axis: -1 }],
    ['one element', [4, 3], indices([], 2), {}], ['the last along axis 1', [2, 4, 3], indices([], -1), { axis: 1 }], ['one as a list', [2, 4], indices([1], 1), { axis: 1 }],
  ];
  for (const [name, dims, index, attributes] of cases) it(name, () => check('Gather', [dims, index], { attributes }));
  it('GatherElements axis 1', () => check('GatherElements', [[2, 4], indices([2, 3], 0, 0, 3, 1, -1, 1)], { attributes: { axis: 1 } }));
  it('GatherElements axis 0', () => check('GatherElements', [[3, 2], indices([2, 2], 0, 2, 0, 1)]));
  it('GatherND', () => check('GatherND', [[3, 2, 2], indices([3, 2], 0, 1, 2, 0, 0, 1)]));
});
