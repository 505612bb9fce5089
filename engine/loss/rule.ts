import type { Value } from '../gradient/value';
import type { LossOptions } from './schema';

export interface LossRule {
  /** How labels are fed: class ids or numbers. */
  labels: 'int32' | 'float32';
  /** Dimensions of the labels for an output of these dimensions, batch included; throws an Error saying what an output must look like. */
  labelDims(output: readonly number[]): number[];
  /** The output activation that this loss undoes: on a model that ends in it, the loss is computed from what enters it, which is exact where a logarithm of the probability would overflow. */
  undoes?(options: LossOptions): 'softmax' | 'sigmoid' | undefined;
  /**
   * `loss`: scalar, the mean over the batch; `gradient`: of the loss with respect to the output, of the output's dimensions. Both are
   * written directly with operators that every device has.
   */
  build(output: Value, labels: Value, options: LossOptions): { loss: Value; gradient: Value };
}

export const sameAsOutput = (output: readonly number[]): number[] => [...output];
