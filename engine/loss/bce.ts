import { add, div, log, mul, neg, sub } from '../gradient/expression';
import { meanOfAll } from '../gradient/reduce';
import { sizeOf } from '../onnx/tensor';
import { limited } from './probability';
import { type LossRule, sameAsOutput } from './rule';

/** -mean(y log p + (1 - y) log(1 - p)) of outputs that are probabilities (PyTorch BCELoss, whose limits are wider: it keeps the logarithms above -100). */
export const bce: LossRule = {
  labels: 'float32',
  labelDims: sameAsOutput,
  build(x, y) {
    const { value: p, inside } = limited(x);
    const [q, z] = [sub(1, p), sub(1, y)];
    return {
      loss: neg(meanOfAll(add(mul(y, log(p)), mul(z, log(q))))),
      gradient: mul(mul(sub(div(z, q), div(y, p)), inside), 1 / sizeOf(x.dims)),
    };
  },
};
