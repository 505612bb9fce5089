import { cast, equal, reshape } from '../gradient/expression';
import type { Value } from '../gradient/value';
import type { LossRule } from './rule';

/** Class ids as numbers: 1 at the class of a sample and 0 elsewhere, along axis 1; `output`: [batch, classes, ...]. */
export function oneHot({ builder, dims: [batch, classes, ...rest] }: Value, ids: Value): Value {
  const all = builder.constant([...Array(classes).keys()], 'int32', [1, classes, ...rest.map(() => 1)]);
  return cast(equal(reshape(ids, [batch, 1, ...rest]), all), 'float32');
}

/** A loss of numbers whose targets are classes: one output per class against 1 and 0, or a single output against the id of one of two classes. */
export const ofClasses = (rule: LossRule): LossRule => ({
  ...rule,
  labels: 'int32',
  labelDims: (output) => output.filter((_, axis) => axis !== 1),
  build: (output, ids, options) => rule.build(output, output.dims[1] > 1 ? oneHot(output, ids) : cast(reshape(ids, output.dims), 'float32'), options),
});
