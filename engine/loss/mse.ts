import { mul, square, sub } from '../gradient/expression';
import { meanOfAll } from '../gradient/reduce';
import { sizeOf } from '../onnx/tensor';
import { type LossRule, sameAsOutput } from './rule';

/** mean((x - y)^2). */
export const mse: LossRule = {
  labels: 'float32',
  labelDims: sameAsOutput,
  build(x, y) {
    const error = sub(x, y);
    return { loss: meanOfAll(square(error)), gradient: mul(error, 2 / sizeOf(x.dims)) };
  },
};
