import { mul, sub } from '../gradient/expression';
import { meanOfAll } from '../gradient/reduce';
import { sizeOf } from '../onnx/tensor';
import { type LossRule, sameAsOutput } from './rule';

/** With e = x - y and c = e limited to +-delta: mean(c (e - c/2)), which is e^2/2 inside and delta (|e| - delta/2) outside; its derivative is c. */
export const huber: LossRule = {
  labels: 'float32',
  labelDims: sameAsOutput,
  build(x, y, { delta = 1 }) {
    const error = sub(x, y);
    const limited = x.builder.emit('Clip', [error, x.builder.constant(-delta, 'float32'), x.builder.constant(delta, 'float32')], {}, x.dims, x.type);
    return { loss: meanOfAll(mul(limited, sub(error, mul(limited, 0.5)))), gradient: mul(limited, 1 / sizeOf(x.dims)) };
  },
};
