import { number, rate } from './options';
import type { SecondMoment } from './rule';

/** What the optimizers with Adam's two moments have in common. */

export const betas = (beta2: number) => ({
  beta1: rate(0.9, 'Decay rate of the first moment, the running mean of the gradient: 0.9 remembers about 10 steps.'),
  beta2: rate(beta2, `Decay rate of the second moment, the running mean of the squared gradient: ${beta2} remembers about ${Math.round(1 / (1 - beta2))} steps.`),
});

export const epsilon = (value: number) => number(value, 'Added to the root of the second moment, so that a vanishing gradient is not divided by zero.');

export const decoupledDecay = (value: number) => number(value, 'Each step multiplies the weights by 1 - learningRate x weightDecay, apart from the gradient.');

export const momentSlots = ['exp_avg', 'exp_avg_sq'];

/** `applied`: whether the update uses the correction. */
export function corrections({ beta1, beta2, epsilon }: { beta1: number; beta2: number; epsilon: number }, step: number, applied = { first: true, second: true }): SecondMoment {
  const [firstCorrection, secondCorrection] = [1 - beta1 ** step, 1 - beta2 ** step];
  return { firstCorrection, secondCorrection, applied: { first: applied.first ? firstCorrection : 1, second: applied.second ? secondCorrection : 1 }, epsilon };
}

/** Reciprocals of anything smaller leave float32's range. */
const leastSecondMoment = 1e-37;

/** The least v that g^2 is compared with: (eps^2 where v is corrected). */
export const floorOf = ({ epsilon, secondCorrection }: SecondMoment): number => Math.max(epsilon ** 2 * secondCorrection, leastSecondMoment);
