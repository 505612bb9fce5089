import { Type } from 'typebox';
import { betas, corrections, epsilon, floorOf, momentSlots } from '../moments';
import { flag, learningRate, weightDecay } from '../options';
import { rule } from '../rule';

const schema = Type.Object(
  {
    type: Type.Literal('radam', { description: 'RAdam (Liu et al. 2020): Adam whose first steps are momentum, and then smaller while the second moment is uncertain, as torch.optim.RAdam.' }),
    learningRate: learningRate(1e-3),
    ...betas(0.999),
    epsilon: epsilon(1e-8),
    weightDecay,
    decoupledWeightDecay: flag('Decay as AdamW: the weights are multiplied by 1 - learningRate x weightDecay, apart from the gradient.'),
  },
  { additionalProperties: false, title: 'RAdam' },
);

/** The length of the average that v is, in steps; below it its variance is not bounded (Liu et al. 2020, section 4). */
const tractable = 5;

/** What the adaptive step is multiplied by; undefined while v is too young to divide by. */
function rectification(beta2: number, step: number): number | undefined {
  const longest = 2 / (1 - beta2) - 1;
  const length = longest - (2 * step * beta2 ** step) / (1 - beta2 ** step);
  if (length <= tractable) return undefined;
  return Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length));
}

export const radam = rule({
  schema,
  slots: () => momentSlots,
  first: () => 'exp_avg',
  second: () => 'exp_avg_sq',
  // Where nothing divides the step, epsilon has no share in it.
  corrections: (config, step) => corrections({ ...config, epsilon: rectification(config.beta2, step) === undefined ? 0 : config.epsilon }, step, { first: true, second: false }),
  update(kernel, { config, learningRate, step, common, address }) {
    const { beta1, beta2, epsilon, weightDecay, decoupledWeightDecay } = config;
    const moments = corrections(config, step);
    const rectified = rectification(beta2, step);
    const size = rectified === undefined ? 1 : rectified * Math.sqrt(moments.secondCorrection);
    kernel.adam(
      ...common, address('exp_avg'), address('exp_avg_sq'), 0,
      decoupledWeightDecay ? 0 : weightDecay, decoupledWeightDecay ? 1 - learningRate * weightDecay : 1,
      1 - beta1, beta2, 1 - beta2,
      (learningRate * size) / moments.firstCorrection, 0,
      rectified === undefined ? 0 : 1, rectified === undefined ? 1 : epsilon, floorOf(moments),
    );
  },
});
