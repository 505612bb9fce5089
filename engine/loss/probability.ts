import { cast, equal } from '../gradient/expression';
import type { Value } from '../gradient/value';

/** Probabilities are kept this far from 0 and 1 before a logarithm is taken (the fuzz factor of Keras). */
const margin = 1e-7;

/** A probability within its limits, and where it was inside them: beyond, the derivative is zero. */
export function limited(p: Value): { value: Value; inside: Value } {
  const { builder } = p;
  const value = builder.emit('Clip', [p, builder.constant(margin, 'float32'), builder.constant(1 - margin, 'float32')], {}, p.dims, p.type);
  return { value, inside: cast(equal(p, value), 'float32') };
}
