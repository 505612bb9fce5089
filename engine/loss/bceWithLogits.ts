import { abs, add, exp, log, mul, neg, sigmoid, sub } from '../gradient/expression';
import { meanOfAll } from '../gradient/reduce';
import { sizeOf } from '../onnx/tensor';
import { type LossRule, sameAsOutput } from './rule';

/** mean(max(x, 0) - x y + log(1 + exp(-|x|))), which does not overflow; max(x, 0) = (x + |x|) / 2. Labels: 0 to 1, one per output. */
export const bceWithLogits: LossRule = {
  labels: 'float32',
  undoes: () => 'sigmoid',
  labelDims: sameAsOutput,
  build(x, y) {
    const size = abs(x);
    const positive = mul(add(x, size), 0.5);
    return {
      loss: meanOfAll(add(sub(positive, mul(x, y)), log(add(exp(neg(size)), 1)))),
      gradient: mul(sub(sigmoid(x), y), 1 / sizeOf(x.dims)),
    };
  },
};
