import { Type } from 'typebox';
import type { Kernel } from '../binding';
import { flag, learningRate, number, rate, weightDecay } from '../options';
import { rule, type Resolved, type SecondMoment, type Update } from '../rule';

const options = {
  learningRate: learningRate(1e-3),
  beta1: rate(0.9, 'Decay rate of the first moment, the running mean of the gradient: 0.9 remembers about 10 steps.'),
  beta2: rate(0.999, 'Decay rate of the second moment, the running mean of the squared gradient: 0.999 remembers about 1000 steps.'),
  epsilon: number(1e-8, 'Added to the root of the second moment, so that a vanishing gradient is not divided by zero.'),
};
const amsgrad = flag('Divide by the largest second moment so far (Reddi et al. 2018).');
const biasCorrection = flag('Correct both moments for their start at zero. Without it the first step is (1 - beta1) / sqrt(1 - beta2) times as large: 3.2 times at the default rates.', true);

const adamSchema = Type.Object(
  {
    type: Type.Literal('adam', { description: 'Adam (Kingma & Ba 2015), as torch.optim.Adam.' }),
    ...options,
    weightDecay,
    amsgrad,
    biasCorrection,
  },
  { additionalProperties: false, title: 'Adam' },
);

const adamwSchema = Type.Object(
  {
    type: Type.Literal('adamw', { description: 'Adam with decoupled weight decay (Loshchilov & Hutter 2019), as torch.optim.AdamW.' }),
    ...options,
    weightDecay: number(1e-2, 'Each step multiplies the weights by 1 - learningRate x weightDecay, apart from the gradient.'),
    amsgrad,
    biasCorrection,
  },
  { additionalProperties: false, title: 'AdamW' },
);

type Config = Resolved<typeof adamSchema> | Resolved<typeof adamwSchema>;

const corrections = ({ beta1, beta2, epsilon, biasCorrection }: Config, step: number): SecondMoment => {
  const [firstCorrection, secondCorrection] = [1 - beta1 ** step, 1 - beta2 ** step];
  return { firstCorrection, secondCorrection, applied: biasCorrection ? { first: firstCorrection, second: secondCorrection } : { first: 1, second: 1 }, epsilon };
};

/** Reciprocals of anything smaller leave float32's range. */
const leastSecondMoment = 1e-37;

function update(kernel: Kernel, { config, learningRate, step, common, address }: Update<Config>): void {
  const { beta1, beta2, epsilon } = config;
  const { secondCorrection, applied } = corrections(config, step);
  const decoupled = config.type === 'adamw';
  kernel.adam(
    ...common,
    address('exp_avg'), address('exp_avg_sq'), config.amsgrad ? address('max_exp_avg_sq') : 0,
    decoupled ? 0 : config.weightDecay, decoupled ? 1 - learningRate * config.weightDecay : 1,
    1 - beta1, beta2, 1 - beta2,
    learningRate / applied.first, Math.sqrt(applied.second), epsilon,
    Math.max(epsilon ** 2 * secondCorrection, leastSecondMoment),
  );
}

const methods = {
  slots: (config: Config) => ['exp_avg', 'exp_avg_sq', ...(config.amsgrad ? ['max_exp_avg_sq'] : [])],
  first: () => 'exp_avg',
  second: (config: Config) => (config.amsgrad ? 'max_exp_avg_sq' : 'exp_avg_sq'),
  corrections,
  update,
};

export const adam = rule({ schema: adamSchema, ...methods });
export const adamw = rule({ schema: adamwSchema, ...methods });
