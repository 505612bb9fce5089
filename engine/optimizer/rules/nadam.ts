import { Type } from 'typebox';
import { betas, corrections, epsilon, floorOf, momentSlots } from '../moments';
import { flag, learningRate, number, weightDecay } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('nadam', { description: 'NAdam (Dozat 2016): Adam with Nesterov momentum, as torch.optim.NAdam.' }),
    learningRate: learningRate(2e-3),
    ...betas(0.999),
    epsilon: epsilon(1e-8),
    momentumDecay: number(4e-3, 'How fast the momentum rises to beta1: at step t it is beta1 (1 - 0.96^(t momentumDecay) / 2).'),
    weightDecay,
    decoupledWeightDecay: flag('Decay as AdamW: the weights are multiplied by 1 - learningRate x weightDecay, apart from the gradient.'),
  },
  { additionalProperties: false, title: 'NAdam' },
);

interface Momentum {
  beta1: number;
  momentumDecay: number;
}

const momentum = ({ beta1, momentumDecay }: Momentum, step: number): number => beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));

/** The product of the momenta of all steps so far, from that of the step before where it is known. */
const products = new WeakMap<Momentum, { step: number; product: number }>();
function momentumProduct(config: Momentum, step: number): number {
  const known = products.get(config);
  let { step: at, product } = known && known.step <= step ? known : { step: 0, product: 1 };
  while (at < step) product *= momentum(config, ++at);
  products.set(config, { step, product });
  return product;
}

export const nadam = rule({
  schema,
  slots: () => momentSlots,
  first: () => 'exp_avg',
  second: () => 'exp_avg_sq',
  corrections,
  update(kernel, { config, learningRate, step, common, address }) {
    const { beta1, beta2, epsilon, weightDecay, decoupledWeightDecay } = config;
    const moments = corrections(config, step);
    const [now, next, product] = [momentum(config, step), momentum(config, step + 1), momentumProduct(config, step)];
    kernel.adam(
      ...common, address('exp_avg'), address('exp_avg_sq'), 0,
      decoupledWeightDecay ? 0 : weightDecay, decoupledWeightDecay ? 1 - learningRate * weightDecay : 1,
      1 - beta1, beta2, 1 - beta2,
      (learningRate * next) / (1 - product * next), (learningRate * (1 - now)) / (1 - product),
      1 / Math.sqrt(moments.secondCorrection), epsilon, floorOf(moments),
    );
  },
});
