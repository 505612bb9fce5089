import { describe, it } from 'vitest';
import type { Attributes } from '../../engine/onnx/attributes';
import type { Tensor } from '../../engine/onnx/tensor';
import { check, int64, type Options } from './check';

/** Linear in each operand: a step of 1 has no truncation error. */
const linear: Options = { type: 'float32', step: 1, tolerance: 2e-5 };
const indices = (dims: number[], ...values: number[]): Tensor => ({ ...int64(...values), dims });

describe('ConvTranspose', () => {
  const cases: [number[], number[], Attributes?][] = [
    [[2, 3, 4, 4], [3, 2, 3, 3]],
    [[2, 3, 4, 4], [3, 2, 2, 2], { strides: [2, 2] }],
    [[2, 3, 4, 5], [3, 2, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] }],
    [[2, 4, 4, 4], [4, 3, 3, 3], { group: 2, dilations: [2, 1] }],
    [[2, 3, 5], [3, 4, 4], { strides: [2], pads: [1, 1] }],
    [[1, 9, 4, 4], [9, 9, 3, 3], { pads: [1, 1, 1, 1] }],
  ];
  for (const [x, w, attributes] of cases) it(`[${x}] [${w}] ${JSON.stringify(attributes ?? {})}`, () => check('ConvTranspose', [x, w], { ...linear, attributes }));
  it('with bias', () => check('ConvTranspose', [[2, 3, 4, 4], [3, 2, 3, 3], [2]], linear));
});

describe('Einsum', () => {
  const cases: [string, ...number[][]][] = [
    ['ij,jk->ik', [2, 3], [3, 4]], ['bij,bjk->bik', [2, 3, 4], [2, 4, 2]], ['bhqd,bhkd->bhqk', [1, 2, 3, 2], [1, 2, 4, 2]], ['ij->ji', [2, 3]], ['ij->i', [2, 3]],
    ['i,j', [2], [3]], ['ij,jk', [2, 3], [3, 4]],
  ];
  for (const [equation, ...operands] of cases) it(equation, () => check('Einsum', operands, { ...linear, attributes: { equation } }));
});

describe('Einsum of three', () => {
  it('i,ij,j->', () => check('Einsum', [[2], [2, 3], [3]], { type: 'float32', attributes: { equation: 'i,ij,j->' } }));
});

describe('Resize', () => {
  const scales = (...values: number[]): Tensor => ({ type: 'float32', dims: [values.length], data: Float32Array.from(values) });
  for (const mode of ['nearest', 'linear', 'cubic']) {
    for (const coordinate_transformation_mode of ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric']) {
      it(`${mode}, ${coordinate_transformation_mode}, scales`, () =>
        check('Resize', [[1, 2, 3, 4], undefined, scales(1, 1, 2, 1.5)], { ...linear, attributes: { mode, coordinate_transformation_mode } }));
      it(`${mode}, ${coordinate_transformation_mode}, sizes`, () =>
        check('Resize', [[1, 2, 5, 4], undefined, undefined, int64(1, 2, 3, 7)], { ...linear, attributes: { mode, coordinate_transformation_mode } }));
    }
  }
  for (const nearest_mode of ['floor', 'ceil', 'round_prefer_ceil']) {
    it(`nearest, ${nearest_mode}`, () => check('Resize', [[1, 1, 3, 4], undefined, scales(1, 1, 2, 2)], { ...linear, attributes: { mode: 'nearest', nearest_mode } }));
  }
});

describe('blocks, repeats, triangles, sums', () => {
  for (const mode of ['DCR', 'CRD']) it(`DepthToSpace ${mode}`, () => check('DepthToSpace', [[2, 8, 2, 3]], { attributes: { blocksize: 2, mode } }));
  it('SpaceToDepth', () => check('SpaceToDepth', [[2, 2, 4, 6]], { attributes: { blocksize: 2 } }));
  it('Tile', () => check('Tile', [[2, 3], int64(2, 3)]));
  for (const upper of [0, 1]) it(`Trilu, upper ${upper}`, () => check('Trilu', [[2, 3, 4], { ...int64(1), dims: [] }], { attributes: { upper } }));
  it('Trilu', () => check('Trilu', [[3, 3]]));
  for (const exclusive of [0, 1]) for (const reverse of [0, 1]) it(`CumSum, exclusive ${exclusive}, reverse ${reverse}`, () => check('CumSum', [[3, 4], int64(-1)], { attributes: { exclusive, reverse } }));
});

describe('Scatter and TopK', () => {
  for (const reduction of ['none', 'add']) {
    it(`ScatterElements ${reduction}`, () => check('ScatterElements', [[3, 3], indices([2, 2], 0, 2, 1, 0), [2, 2]], { attributes: { axis: 1, reduction } }));
    it(`ScatterND ${reduction}`, () => check('ScatterND', [[4, 3], indices([2, 1], 3, 0), [2, 3]], { attributes: { reduction } }));
  }
  it('TopK', () => check('TopK', [[3, 5], int64(2)], { build: (graph, [x, k]) => [graph.addAll('TopK', [x, k], { axis: 1 }, 2)[0]] }));
});
