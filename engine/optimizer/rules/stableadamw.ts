import { Type } from 'typebox';
import { Total } from '../kernel/memory';
import { betas, decoupledDecay, epsilon } from '../moments';
import { number } from '../options';
import { rule } from '../rule';
import { tensorwise } from '../tensorwise';

const schema = Type.Object(
  {
    type: Type.Literal('stableadamw', { description: 'StableAdamW (Wortsman et al. 2023): AdamW whose learning rate falls, tensor by tensor, where the gradient has outgrown the second moment.' }),
    learningRate: number(1e-3, 'Size of a step: the update is multiplied by it.'),
    ...betas(0.99),
    epsilon: epsilon(1e-6),
    weightDecay: decoupledDecay(1e-2),
  },
  { additionalProperties: false, title: 'StableAdamW' },
);

export const stableadamw = rule({
  schema,
  ...tensorwise({
    penalty: () => 0,
    // RMS_t of algorithm 2: how far g^2 is above its running mean.
    size: ({ learningRate, totals, length, moments }) => learningRate / Math.max(1, Math.sqrt((moments.secondCorrection * totals[Total.relative]) / length)),
    kept: (size, weightDecay) => 1 - size * weightDecay,
  }),
});
