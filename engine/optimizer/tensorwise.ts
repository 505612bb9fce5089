import type { Kernel } from './binding';
import { corrections, floorOf, momentSlots } from './moments';
import type { SecondMoment, Update } from './rule';

interface Options {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

/** What a tensor's step depends on, once the totals of its moments are known. */
interface Known {
  learningRate: number;
  totals: Float64Array;
  /** Elements. */
  length: number;
  moments: SecondMoment;
}

interface Step {
  /** What of the weights is added to Adam's direction. */
  penalty(weightDecay: number): number;
  /** Of the step along that direction. */
  size(known: Known): number;
  /** The share of the weights that is left. */
  kept(size: number, weightDecay: number): number;
}

/** Adam whose step has in every tensor a length of its own: one pass for the moments and their totals, one for the step. */
export const tensorwise = ({ penalty, size, kept }: Step) => ({
  slots: () => momentSlots,
  first: () => 'exp_avg',
  second: () => 'exp_avg_sq',
  corrections,
  update(kernel: Kernel, { config: { weightDecay, ...config }, learningRate, step, common, address, totals }: Update<Options>): void {
    const { beta1, beta2, epsilon } = config;
    const moments = corrections(config, step);
    const [weight, gradient, length, scale, limit, measured] = common;
    const [first, second] = [address('exp_avg'), address('exp_avg_sq')];
    const direction = [penalty(weightDecay), 1 / moments.firstCorrection, 1 / Math.sqrt(moments.secondCorrection), epsilon, floorOf(moments)] as const;
    kernel.moments(...common, first, second, 1 - beta1, beta2, 1 - beta2, ...direction);
    const far = size({ learningRate, totals, length, moments });
    kernel.descend(weight, gradient, length, scale, limit, measured, first, second, kept(far, weightDecay), far, ...direction);
  },
});
