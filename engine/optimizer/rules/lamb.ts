import { Type } from 'typebox';
import { Total } from '../kernel/memory';
import { betas, corrections, floorOf, momentSlots } from '../moments';
import { number } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('lamb', { description: 'LAMB (You et al. 2020), for very large batches: Adam\'s direction, in every tensor as long as learningRate times its weights.' }),
    learningRate: number(1e-3, 'Length of a tensor\'s step as a share of the length of its weights.'),
    ...betas(0.999),
    epsilon: number(1e-6, 'Added to the root of the second moment, so that a vanishing gradient is not divided by zero.', { exclusiveMinimum: 0 }),
    weightDecay: number(0.01, 'This times the weight is added to the direction, before its length is taken.'),
  },
  { additionalProperties: false, title: 'LAMB' },
);

export const lamb = rule({
  schema,
  slots: () => momentSlots,
  first: () => 'exp_avg',
  second: () => 'exp_avg_sq',
  corrections,
  update(kernel, { config, learningRate, step, common, address, totals }) {
    const { beta1, beta2, epsilon, weightDecay } = config;
    const moments = corrections(config, step);
    const [weight, gradient, length, scale, limit, measured] = common;
    const [first, second] = [address('exp_avg'), address('exp_avg_sq')];
    const direction = [weightDecay, 1 / moments.firstCorrection, Math.sqrt(moments.secondCorrection), epsilon, floorOf(moments)] as const;
    kernel.moments(...common, first, second, 1 - beta1, beta2, 1 - beta2, ...direction);
    // The trust ratio ||w|| / ||u||; what starts at zero has no length to go by.
    const ratio = Math.sqrt(totals[Total.weightSquares] / totals[Total.directionSquares]);
    kernel.descend(weight, gradient, length, scale, limit, measured, first, second, 1, learningRate * (ratio > 0 && ratio < Infinity ? ratio : 1), ...direction);
  },
});
