import { describe, it } from 'vitest';
import type { Attributes } from '../../engine/onnx/attributes';
import { check, type Options } from './check';

/** The runtime convolves in float32 only; a convolution is linear in each operand, so that a step of 1 has no truncation error and 1e-5 is rounding. */
const linear: Options = { type: 'float32', step: 1, tolerance: 2e-5 };

describe('Conv', () => {
  const cases: [number[], number[], Attributes?][] = [
    [[2, 1, 5, 5], [3, 1, 3, 3]],
    [[2, 3, 5, 4], [2, 3, 3, 3], { pads: [1, 1, 1, 1] }],
    [[2, 3, 5, 4], [2, 3, 1, 1]],
    [[2, 3, 5, 4], [2, 3, 1, 1], { strides: [2, 2] }],
    [[3, 3, 5, 4], [5, 3, 1, 1], { strides: [2, 1] }],
    [[3, 6, 2, 2], [5, 6, 1, 1]],
    [[1, 2, 7, 6], [2, 2, 3, 2], { strides: [2, 3] }],
    [[1, 2, 7, 6], [2, 2, 3, 2], { strides: [2, 1], pads: [1, 0, 2, 1] }],
    [[1, 2, 8, 7], [2, 2, 3, 3], { dilations: [2, 1], pads: [2, 1, 1, 0] }],
    [[1, 2, 9, 9], [2, 2, 3, 3], { dilations: [3, 2], strides: [2, 3], pads: [3, 2, 3, 2] }],
    [[2, 4, 5, 5], [6, 2, 3, 3], { group: 2, pads: [1, 1, 1, 1] }],
    [[2, 4, 6, 5], [4, 1, 3, 3], { group: 4, strides: [2, 2], pads: [1, 1, 1, 1] }],
    [[2, 4, 5, 5], [8, 1, 3, 3], { group: 4 }],
    [[2, 3, 7, 8], [3, 1, 3, 2], { group: 3, strides: [1, 3], dilations: [2, 1], pads: [2, 1, 0, 2] }],
    [[2, 3, 5, 9], [3, 1, 2, 3], { group: 3, strides: [2, 1], dilations: [1, 2] }],
    [[1, 2, 3, 70], [2, 1, 3, 3], { group: 2, pads: [1, 1, 1, 1] }],
    [[2, 3, 9], [3, 1, 3], { group: 3, pads: [1, 1] }],
    [[1, 3, 9, 9], [2, 3, 7, 7], { strides: [2, 2], pads: [3, 3, 3, 3] }],
    [[1, 2, 4, 4], [2, 2, 4, 4], { strides: [4, 4] }],
    [[1, 2, 4, 4], [2, 2, 1, 1], { pads: [1, 1, 1, 1] }],
    [[1, 2, 5, 6], [2, 2, 3, 3], { auto_pad: 'SAME_UPPER', strides: [2, 2] }],
    [[1, 2, 5, 6], [2, 2, 2, 2], { auto_pad: 'SAME_LOWER' }],
    [[1, 2, 5, 6], [2, 2, 2, 2], { auto_pad: 'VALID' }],
    [[2, 3, 8], [4, 3, 3]],
    [[2, 3, 8], [4, 3, 3], { strides: [2], pads: [1, 1] }],
    [[2, 4, 9], [4, 2, 2], { dilations: [3], group: 2, pads: [2, 1] }],
    [[2, 4, 24], [4, 4, 11], { pads: [5, 5] }],
    [[1, 2, 4, 5, 4], [2, 2, 2, 3, 2]],
    [[1, 2, 5, 5, 4], [2, 2, 3, 3, 2], { strides: [2, 2, 1], pads: [1, 1, 0, 1, 1, 1] }],
    [[1, 2, 5, 5, 4], [2, 1, 3, 2, 2], { group: 2, dilations: [1, 2, 1] }],
    [[2, 16, 6, 6], [16, 16, 3, 3], { pads: [1, 1, 1, 1] }],
    [[2, 16, 6, 6], [8, 16, 3, 3], { pads: [1, 1, 1, 1], strides: [2, 2] }],
    [[3, 16, 6, 6], [16, 16, 5, 5], { pads: [2, 2, 2, 2] }],
    [[2, 8, 40, 5], [4, 8, 3, 3], { pads: [0, 1, 0, 1] }],
    [[2, 9, 12, 12], [2, 9, 6, 6]],
  ];
  for (const [x, w, attributes] of cases) {
    it(`[${x}] [${w}] ${JSON.stringify(attributes ?? {})}`, () => check('Conv', [x, w], { ...linear, attributes }));
  }
  it('with bias', () => check('Conv', [[2, 3, 5, 5], [4, 3, 3, 3], [4]], { ...linear, attributes: { pads: [1, 1, 1, 1] } }));
});
