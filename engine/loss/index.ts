import { InputError, oneOf } from '../errors';
import { bce } from './bce';
import { bceWithLogits } from './bceWithLogits';
import { crossEntropy } from './crossEntropy';
import { giou } from './giou';
import { huber } from './huber';
import { l1 } from './l1';
import { mse } from './mse';
import { ofClasses } from './ofClasses';
import type { LossRule } from './rule';
import { byOutput, type LossConfig, type Losses, type LossName, lossNames, type LossOptions, lossType, type OneLossConfig } from './schema';

export type { LossRule } from './rule';
export { boxesOf, byOutput, lossType, takesClasses } from './schema';
export type { BoxFormat, LossConfig, Losses, LossName, LossOptions, OneLossConfig } from './schema';

export const losses: Record<LossName, LossRule> = { crossEntropy, bceWithLogits, bce, mse, l1, huber, giou };

/** The rule of a loss with its options. */
export const lossRule = (options: LossOptions): LossRule => (options.classes ? ofClasses(losses[options.type]) : losses[options.type]);

/**
 * The object form of the losses. `countsOf`: how many training samples each class of an output has, which "balanced" class weights are computed from; undefined
 * where its labels are no classes. Throws InputError for an unknown loss and for class weights that do not fit the data.
 */
export function resolveLoss(config: LossConfig | string, countsOf: (output: string | undefined) => readonly number[] | undefined = () => undefined): Losses {
  const resolved = byOutput<OneLossConfig | string>(config).map(({ output, loss }) => [output, resolve(loss, output === undefined ? 'loss' : `loss.${output}`, () => countsOf(output))] as const);
  return resolved[0][0] === undefined ? resolved[0][1] : Object.fromEntries(resolved);
}

function resolve(config: OneLossConfig | string, key: string, countsOf: () => readonly number[] | undefined): LossOptions {
  const options = typeof config === 'string' ? { type: config } : config;
  if (!Object.hasOwn(losses, options.type)) throw new InputError(`${key} is "${lossType(options)}"; allowed are ${oneOf(lossNames)}`);
  const { classWeights, ...rest } = options as LossOptions & { classWeights?: number[] | 'balanced' };
  if (classWeights === undefined) return rest as LossOptions;
  const counts = countsOf();
  const weights = classWeights === 'balanced' ? balanced(counts, key) : classWeights;
  if (counts && weights.length !== counts.length) throw new InputError(`${key}.classWeights has ${weights.length} weights, but there are ${counts.length} classes`);
  return { ...rest, classWeights: weights };
}

/** n / (classes x n_c), so that every class weighs the same in sum; a class without samples gets no weight. */
function balanced(counts: readonly number[] | undefined, key: string): number[] {
  if (!counts) throw new InputError(`${key}.classWeights is "balanced", which needs labels that are class ids`);
  const total = counts.reduce((sum, n) => sum + n, 0);
  return counts.map((n) => (n === 0 ? 0 : total / (counts.length * n)));
}
