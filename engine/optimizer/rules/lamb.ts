import { Type } from 'typebox';
import { Total } from '../kernel/memory';
import { betas } from '../moments';
import { number } from '../options';
import { rule } from '../rule';
import { tensorwise } from '../tensorwise';

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
  ...tensorwise({
    penalty: (weightDecay) => weightDecay,
    // The trust ratio ||w|| / ||u||; what starts at zero has no length to go by.
    size({ learningRate, totals }) {
      const ratio = Math.sqrt(totals[Total.weightSquares] / totals[Total.directionSquares]);
      return learningRate * (ratio > 0 && ratio < Infinity ? ratio : 1);
    },
    kept: () => 1,
  }),
});
