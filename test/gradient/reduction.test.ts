import { describe, it } from 'vitest';
import { check, int64, type Options } from './check';

const float32: Options = { type: 'float32' };

describe('reductions', () => {
  const ops: [string, Options?][] = [
    ['ReduceSum'], ['ReduceMean'], ['ReduceMax'], ['ReduceMin'], ['ReduceSumSquare'], ['ReduceLogSumExp'], ['ReduceL1', float32], ['ReduceL2', float32], ['ReduceLogSum', { ...float32, range: [0.2, 2] }],
  ];
  for (const [op, options] of ops) {
    for (const [axes, keepdims] of [[[1], 1], [[0, -1], 0], [[-2], 0]] as const) {
      it(`${op} axes [${axes}], keepdims ${keepdims}`, () =>
        op === 'ReduceSum' ? check(op, [[2, 3, 4], int64(...axes)], { ...options, attributes: { keepdims } }) : check(op, [[2, 3, 4]], { ...options, attributes: { axes: [...axes], keepdims } }));
    }
    it(`${op} of all`, () => check(op, [[2, 3]], { ...options, attributes: { keepdims: 0 } }));
    if (op !== 'ReduceSum') it(`${op}, opset 18`, () => check(op, [[2, 3], int64(1)], { ...options, opset: 18 }));
  }
  it('ReduceSum, opset 11', () => check('ReduceSum', [[2, 3, 4]], { attributes: { axes: [1] }, opset: 11 }));
});

describe('softmax', () => {
  for (const op of ['Softmax', 'LogSoftmax']) {
    for (const axis of [undefined, 0, 1, -1]) it(`${op} axis ${axis}`, () => check(op, [[2, 3, 4]], { attributes: { axis } }));
    it(`${op}, opset 11: all axes from 1 on`, () => check(op, [[2, 3, 2]], { opset: 11 }));
  }
});
