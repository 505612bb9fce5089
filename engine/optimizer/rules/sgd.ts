import { Type } from 'typebox';
import { flag, learningRate, number, weightDecay } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('sgd', { description: 'Stochastic gradient descent, as torch.optim.SGD.' }),
    learningRate: learningRate(1e-3),
    momentum: number(0, 'Share of the momentum buffer that is kept at each step; 0 is plain gradient descent.'),
    dampening: number(0, 'The gradient enters the momentum buffer times 1 - dampening.', {}),
    nesterov: flag('Nesterov momentum: look ahead along the buffer; needs momentum and no dampening.'),
    weightDecay,
  },
  { additionalProperties: false, title: 'SGD' },
);

export const sgd = rule({
  schema,
  slots: ({ momentum }) => (momentum ? ['momentum_buffer'] : []),
  first: ({ momentum }) => (momentum ? 'momentum_buffer' : undefined),
  update: (kernel, { config: { weightDecay, momentum, dampening, nesterov }, learningRate, step, common, address }) =>
    kernel.sgd(
      ...common, momentum ? address('momentum_buffer') : 0, step === 1,
      learningRate, weightDecay, momentum, 1 - dampening, nesterov,
    ),
});
