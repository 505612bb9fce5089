import { Type } from 'typebox';
import { flag, learningRate, number, weightDecay } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('rmsprop', { description: 'RMSprop (Hinton 2012; centered: Graves 2013), as torch.optim.RMSprop.' }),
    learningRate: learningRate(1e-2),
    alpha: number(0.99, 'Decay rate of the running mean of the squared gradient.', { minimum: 0, maximum: 1 }),
    epsilon: number(1e-8, 'Added to the root of the mean square, so that a vanishing gradient is not divided by zero.'),
    momentum: number(0, 'Share of the momentum buffer, a sum of scaled gradients, that is kept at each step.'),
    centered: flag('Divide by the standard deviation of the gradient instead of its root mean square.'),
    weightDecay,
  },
  { additionalProperties: false, title: 'RMSprop' },
);

export const rmsprop = rule({
  schema,
  slots: ({ centered, momentum }) => ['square_avg', ...(centered ? ['grad_avg'] : []), ...(momentum ? ['momentum_buffer'] : [])],
  // The buffer is what the next gradient meets; without one the running mean of the gradient is the nearest to a first moment.
  first: ({ centered, momentum }) => (momentum ? 'momentum_buffer' : centered ? 'grad_avg' : undefined),
  second: () => 'square_avg',
  update: (kernel, { config: { weightDecay, alpha, epsilon, momentum, centered }, learningRate, common, address }) =>
    kernel.rmsprop(
      ...common, address('square_avg'), centered ? address('grad_avg') : 0, momentum ? address('momentum_buffer') : 0,
      learningRate, weightDecay, alpha, 1 - alpha, momentum, epsilon,
    ),
});
