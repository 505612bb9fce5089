import { Type } from 'typebox';
import type { Kernel } from '../binding';
import { betas, corrections, decoupledDecay, epsilon, floorOf, momentSlots } from '../moments';
import { flag, learningRate, weightDecay } from '../options';
import { rule, type Resolved, type Update } from '../rule';

const options = { learningRate: learningRate(1e-3), ...betas(0.999), epsilon: epsilon(1e-8) };
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
    weightDecay: decoupledDecay(1e-2),
    amsgrad,
    biasCorrection,
  },
  { additionalProperties: false, title: 'AdamW' },
);

type Config = Resolved<typeof adamSchema> | Resolved<typeof adamwSchema>;

const correctionsOf = (config: Config, step: number) => corrections(config, step, { first: config.biasCorrection, second: config.biasCorrection });

function update(kernel: Kernel, { config, learningRate, step, common, address }: Update<Config>): void {
  const { beta1, beta2, epsilon } = config;
  const moments = correctionsOf(config, step);
  const decoupled = config.type === 'adamw';
  kernel.adam(
    ...common,
    address('exp_avg'), address('exp_avg_sq'), config.amsgrad ? address('max_exp_avg_sq') : 0,
    decoupled ? 0 : config.weightDecay, decoupled ? 1 - learningRate * config.weightDecay : 1,
    1 - beta1, beta2, 1 - beta2,
    learningRate / moments.applied.first, 0, 1 / Math.sqrt(moments.applied.second), epsilon, floorOf(moments),
  );
}

const methods = {
  slots: (config: Config) => [...momentSlots, ...(config.amsgrad ? ['max_exp_avg_sq'] : [])],
  first: () => 'exp_avg',
  second: (config: Config) => (config.amsgrad ? 'max_exp_avg_sq' : 'exp_avg_sq'),
  corrections: correctionsOf,
  update,
};

export const adam = rule({ schema: adamSchema, ...methods });
export const adamw = rule({ schema: adamwSchema, ...methods });
