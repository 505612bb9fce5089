import { Type } from 'typebox';
import { decoupledDecay } from '../moments';
import { number, rate } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('lion', { description: 'Lion (Chen et al. 2023): steps of one size along the sign of a mixture of gradient and momentum.' }),
    learningRate: number(1e-4, 'Size of every weight\'s step; a third to a tenth of Adam\'s. Default 0.0001, as in the paper.'),
    beta1: rate(0.9, 'Share of the momentum in the mixture whose sign is taken.'),
    beta2: rate(0.99, 'Decay rate of the momentum, the running mean of the gradient: 0.99 remembers about 100 steps.'),
    weightDecay: decoupledDecay(0),
  },
  { additionalProperties: false, title: 'Lion' },
);

export const lion = rule({
  schema,
  slots: () => ['exp_avg'],
  first: () => 'exp_avg',
  update: (kernel, { config: { beta1, beta2, weightDecay }, learningRate, common, address }) =>
    kernel.lion(...common, address('exp_avg'), 1 - learningRate * weightDecay, learningRate, 1 - beta1, 1 - beta2),
});
