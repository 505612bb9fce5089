/** Optimizers as expressions over the matrix of all parameters; what the kernel computes for one parameter, operation for operation. */
import { add, div, mul, sqrt, sub, where, greater } from '../../gradient/expression';
import type { Value } from '../../gradient/value';
import { corrections, floorOf } from '../moments';
import type { OptimizerConfig } from '../schema';

export interface GraphUpdate {
  weight: Value;
  /** State after the step, by slot. */
  state: Record<string, Value>;
  /** What was subtracted from the weights. */
  update: Value;
  /** Adam: the reciprocal of what divided the update, and the least v that g^2 is compared with. */
  inverse?: Value;
  floor?: Value;
}

export interface GraphRule<Config> {
  /** Numbers that change from step to step or from group to group: one column each of what `build` gets. */
  numbers(config: Config, learningRate: number, step: number): number[];
  /** `gradient` is clipped; `state` holds the arrays of the optimizer's slots; `column(i)` is [rows, 1]. */
  build(config: Config, values: { weight: Value; gradient: Value; state: Record<string, Value>; column(i: number): Value }): GraphUpdate;
}

type Of<Type extends OptimizerConfig['type']> = Required<Extract<OptimizerConfig, { type: Type }>>;

/** start + t (end - start), from the nearer end as torch.lerp does. */
const lerp = (start: Value, end: Value, t: number): Value => {
  const distance = sub(end, start);
  return t < 0.5 ? add(start, mul(distance, t)) : sub(end, mul(distance, 1 - t));
};

const adam: GraphRule<Of<'adam'> | Of<'adamw'>> = {
  numbers(config, learningRate, step) {
    const moments = corrections(config, step, { first: config.biasCorrection, second: config.biasCorrection });
    const decoupled = config.type === 'adamw';
    return [learningRate / moments.applied.first, 1 / Math.sqrt(moments.applied.second), decoupled ? 0 : config.weightDecay, decoupled ? 1 - learningRate * config.weightDecay : 1, floorOf(moments)];
  },
  build({ type, beta1, beta2, epsilon, amsgrad }, { weight, gradient, state, column }) {
    const [stepSize, rootScale, weightDecay, decay, floor] = [0, 1, 2, 3, 4].map(column);
    const slope = type === 'adam' ? add(gradient, mul(weightDecay, weight)) : gradient;
    const value = type === 'adamw' ? mul(weight, decay) : weight;
    const first = lerp(state.exp_avg, slope, 1 - beta1);
    const second = add(mul(state.exp_avg_sq, beta2), mul(mul(slope, 1 - beta2), slope));
    const largest = amsgrad ? where(greater(state.max_exp_avg_sq, second), state.max_exp_avg_sq, second) : second;
    const inverse = div(weight.builder.constant(1, 'float32'), add(mul(sqrt(largest), rootScale), epsilon));
    const update = mul(mul(stepSize, first), inverse);
    return { weight: sub(value, update), state: { exp_avg: first, exp_avg_sq: second, ...(amsgrad && { max_exp_avg_sq: largest }) }, update, inverse, floor };
  },
};

const sgd: GraphRule<Of<'sgd'>> = {
  // The first step fills the buffer, which was zero.
  numbers: ({ weightDecay, dampening }, learningRate, step) => [learningRate, weightDecay, step === 1 ? 1 : 1 - dampening],
  build({ momentum, nesterov }, { weight, gradient, state, column }) {
    const [learningRate, weightDecay, gradientRate] = [0, 1, 2].map(column);
    const slope = add(gradient, mul(weightDecay, weight));
    const buffer = momentum ? add(mul(state.momentum_buffer, momentum), mul(gradientRate, slope)) : undefined;
    const direction = !buffer ? slope : nesterov ? add(slope, mul(buffer, momentum)) : buffer;
    const update = mul(learningRate, direction);
    return { weight: sub(weight, update), state: { ...(buffer && { momentum_buffer: buffer }) } as Record<string, Value>, update };
  },
};

/** The optimizers that can keep their state on a device; the others are computed by the kernel. */
export const graphRules: Partial<Record<OptimizerConfig['type'], GraphRule<never>>> = { sgd, adam, adamw: adam };
