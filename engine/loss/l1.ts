import { abs, mul, sign, sub } from '../gradient/expression';
import { meanOfAll } from '../gradient/reduce';
import { sizeOf } from '../onnx/tensor';
import { type LossRule, sameAsOutput } from './rule';

/** mean(|x - y|); the gradient at 0 is 0. */
export const l1: LossRule = {
  labels: 'float32',
  labelDims: sameAsOutput,
  build(x, y) {
    const error = sub(x, y);
    return { loss: meanOfAll(abs(error)), gradient: mul(sign(error), 1 / sizeOf(x.dims)) };
  },
};
