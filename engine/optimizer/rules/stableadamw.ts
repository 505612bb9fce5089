import { Type } from 'typebox';
import { Total } from '../kernel/memory';
import { betas, corrections, decoupledDecay, epsilon, floorOf, momentSlots } from '../moments';
import { number } from '../options';
import { rule } from '../rule';

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
  slots: () => momentSlots,
  first: () => 'exp_avg',
  second: () => 'exp_avg_sq',
  corrections,
  update(kernel, { config, learningRate, step, common, address, totals }) {
    const { beta1, beta2, epsilon, weightDecay } = config;
    const moments = corrections(config, step);
    const [weight, gradient, length, scale, limit, measured] = common;
    const [first, second] = [address('exp_avg'), address('exp_avg_sq')];
    const direction = [0, 1 / moments.firstCorrection, Math.sqrt(moments.secondCorrection), epsilon, floorOf(moments)] as const;
    kernel.moments(...common, first, second, 1 - beta1, beta2, 1 - beta2, ...direction);
    // RMS_t of algorithm 2: how far g^2 is above its running mean.
    const size = learningRate / Math.max(1, Math.sqrt((moments.secondCorrection * totals[Total.relative]) / length));
    kernel.descend(weight, gradient, length, scale, limit, measured, first, second, 1 - size * weightDecay, size, ...direction);
  },
});
