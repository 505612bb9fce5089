import { Type } from 'typebox';
import { learningRate, rate, number, weightDecay } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('adadelta', { description: 'Adadelta (Zeiler 2012): the step is as large as past steps, so that it needs no learning rate, as torch.optim.Adadelta.' }),
    learningRate: learningRate(1),
    rho: rate(0.9, 'Decay rate of the running means of squared gradients and squared updates.'),
    epsilon: number(1e-6, 'Added to both means; what the first step is made of.'),
    weightDecay,
  },
  { additionalProperties: false, title: 'Adadelta' },
);

export const adadelta = rule({
  schema,
  slots: () => ['square_avg', 'acc_delta'],
  second: () => 'square_avg',
  update: (kernel, { config: { rho, epsilon, weightDecay }, learningRate, common, address }) =>
    kernel.adadelta(...common, address('square_avg'), address('acc_delta'), learningRate, weightDecay, rho, 1 - rho, epsilon),
});
