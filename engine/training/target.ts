import { lossRule, type LossOptions, type LossRule } from '../loss';
import type { Model, ModelOutput } from '../layers/model';
import { int } from '../onnx/attributes';

/** Where a loss takes hold of a model. */
export interface Target {
  rule: LossRule;
  /** The value the loss is computed from. */
  value: string;
  /** What the user should know about that choice. */
  notice?: string;
}

/**
 * An output, or for one that ends in the activation that the loss contains, what enters that activation: computing the loss from
 * probabilities would apply softmax twice, or take logarithms of numbers that were rounded to zero.
 */
export function lossTarget({ graph }: Model, { name: output, endsIn }: ModelOutput, options: LossOptions, rank: number): Target {
  const rule = lossRule(options);
  if (!endsIn || rule.undoes?.(options) !== endsIn) return { rule, value: output };
  let last = graph.producer(output);
  while (last?.opType === 'Identity' || last?.opType === 'Dropout') last = graph.producer(last.input[0]);
  if (!last || !/^(Softmax|LogSoftmax|Sigmoid)$/.test(last.opType)) return { rule, value: output };
  const axis = int(last, 'axis', -1);
  if (endsIn === 'softmax' && (axis < 0 ? axis + rank : axis) !== 1) return { rule, value: output };
  return { rule, value: last.input[0], notice: `${output === graph.proto.output[0].name && graph.proto.output.length === 1 ? 'the model' : output} ends in ${endsIn}, which ${options.type} contains already: the loss is computed from what enters the ${endsIn}` };
}
