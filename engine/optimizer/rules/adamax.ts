import { Type } from 'typebox';
import { learningRate, number, rate, weightDecay } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('adamax', { description: 'Adamax (Kingma & Ba 2015, section 7): Adam with the largest gradient in the place of the root mean square, as torch.optim.Adamax.' }),
    learningRate: learningRate(2e-3),
    beta1: rate(0.9, 'Decay rate of the first moment, the running mean of the gradient: 0.9 remembers about 10 steps.'),
    beta2: rate(0.999, 'Decay rate of the largest gradient so far.'),
    epsilon: number(1e-8, 'Added to the size of the gradient, so that a vanishing gradient is not divided by zero.'),
    weightDecay,
  },
  { additionalProperties: false, title: 'Adamax' },
);

export const adamax = rule({
  schema,
  slots: () => ['exp_avg', 'exp_inf'],
  first: () => 'exp_avg',
  update: (kernel, { config: { beta1, beta2, epsilon, weightDecay }, learningRate, step, common, address }) =>
    kernel.adamax(...common, address('exp_avg'), address('exp_inf'), weightDecay, 1 - beta1, beta2, learningRate / (1 - beta1 ** step), epsilon),
});
