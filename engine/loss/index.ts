import { InputError, oneOf } from '../errors';
import { bce } from './bce';
import { bceWithLogits } from './bceWithLogits';
import { crossEntropy } from './crossEntropy';
import { huber } from './huber';
import { l1 } from './l1';
import { mse } from './mse';
import { ofClasses } from './ofClasses';
import type { LossRule } from './rule';
import { type LossConfig, type LossName, lossNames, type LossOptions } from './schema';

export type { LossRule } from './rule';
export type { LossConfig, LossName, LossOptions } from './schema';

export const losses: Record<LossName, LossRule> = { crossEntropy, bceWithLogits, bce, mse, l1, huber };

/** The rule of a loss with its options. */
export const lossRule = (options: LossOptions): LossRule => (options.classes ? ofClasses(losses[options.type]) : losses[options.type]);

/** Whether labels are class ids rather than numbers. */
export const takesClasses = (config: LossConfig | LossOptions): boolean =>
  (typeof config === 'string' ? config === 'crossEntropy' : config.type === 'crossEntropy' || ('classes' in config && config.classes === true));

/**
 * The object form of a loss. `classCounts`: how many training samples each class has, which "balanced" class weights are computed from.
 * Throws InputError for an unknown loss and for class weights that do not fit the data.
 */
export function resolveLoss(config: LossConfig | string, classCounts?: readonly number[]): LossOptions {
  const options = typeof config === 'string' ? { type: config } : config;
  if (!Object.hasOwn(losses, options.type)) throw new InputError(`loss is "${options.type}"; allowed are ${oneOf(lossNames)}`);
  const { classWeights, ...rest } = options as Exclude<LossConfig, string> & { classWeights?: number[] | 'balanced' };
  if (classWeights === undefined) return rest as LossOptions;
  const weights = classWeights === 'balanced' ? balanced(classCounts) : classWeights;
  if (classCounts && weights.length !== classCounts.length) throw new InputError(`loss.classWeights has ${weights.length} weights, but there are ${classCounts.length} classes`);
  return { ...rest, classWeights: weights } as LossOptions;
}

/** n / (classes x n_c), so that every class weighs the same in sum; a class without samples gets no weight. */
function balanced(counts: readonly number[] | undefined): number[] {
  if (!counts) throw new InputError('loss.classWeights is "balanced", which needs labels that are class ids');
  const total = counts.reduce((sum, n) => sum + n, 0);
  return counts.map((n) => (n === 0 ? 0 : total / (counts.length * n)));
}
