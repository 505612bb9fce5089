import { Type } from 'typebox';
import { learningRate, number, weightDecay } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('adagrad', { description: 'Adagrad (Duchi et al. 2011), as torch.optim.Adagrad.' }),
    learningRate: learningRate(1e-2),
    learningRateDecay: number(0, 'The learning rate is divided by 1 + (step - 1) x this.'),
    initialAccumulatorValue: number(0, 'What the sum of squared gradients starts with.'),
    epsilon: number(1e-10, 'Added to the root of the sum, so that a vanishing gradient is not divided by zero.'),
    weightDecay,
  },
  { additionalProperties: false, title: 'Adagrad' },
);

export const adagrad = rule({
  schema,
  slots: () => ['sum'],
  second: () => 'sum',
  initial: ({ initialAccumulatorValue }) => initialAccumulatorValue,
  update: (kernel, { config: { learningRateDecay, epsilon, weightDecay }, learningRate, step, common, address }) =>
    kernel.adagrad(...common, address('sum'), learningRate / (1 + (step - 1) * learningRateDecay), weightDecay, epsilon),
});
