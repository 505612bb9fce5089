import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import type { OptimizerConfig } from '../../engine/optimizer/schema';
import { normals, parameter, relativeError } from './data';
import { references } from './reference';

const options: OptimizerConfig[] = [
  { type: 'sgd' },
  { type: 'sgd', weightDecay: 0.1 },
  { type: 'sgd', momentum: 0.9 },
  { type: 'sgd', momentum: 0.9, dampening: 0.3, weightDecay: 0.01 },
  { type: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  { type: 'adam' },
  { type: 'adam', beta1: 0.3, beta2: 0.9 },
  { type: 'adam', epsilon: 0.5 },
  { type: 'adam', weightDecay: 0.1 },
  { type: 'adam', amsgrad: true, beta2: 0.5 },
  { type: 'adam', beta1: 0, beta2: 0 },
  { type: 'adam', biasCorrection: false },
  { type: 'adam', biasCorrection: false, amsgrad: true, weightDecay: 0.1, epsilon: 1e-3 },
  { type: 'adamw', biasCorrection: false },
  { type: 'adamw' },
  { type: 'adamw', weightDecay: 0.5, amsgrad: true },
  { type: 'rmsprop' },
  { type: 'rmsprop', alpha: 0.5, epsilon: 0.1 },
  { type: 'rmsprop', momentum: 0.9, weightDecay: 0.1 },
  { type: 'rmsprop', centered: true },
  { type: 'rmsprop', centered: true, momentum: 0.5 },
  { type: 'adagrad' },
  { type: 'adagrad', learningRateDecay: 0.1, initialAccumulatorValue: 0.5, weightDecay: 0.1, epsilon: 1e-3 },
  { type: 'nadam' },
  { type: 'nadam', momentumDecay: 0.1, weightDecay: 0.1 },
  { type: 'radam', weightDecay: 0.1 },
  { type: 'radam', beta2: 0.8 },
  { type: 'adamax', weightDecay: 0.1 },
  { type: 'adamax', beta1: 0.3, beta2: 0.5 },
  { type: 'adadelta' },
  { type: 'adadelta', rho: 0.5, weightDecay: 0.1 },
  { type: 'lion', weightDecay: 0.1 },
  { type: 'lamb' },
  { type: 'lamb', weightDecay: 0, epsilon: 1e-3 },
  { type: 'stableadamw' },
  { type: 'stableadamw', beta2: 0.5, weightDecay: 0.5 },
];

const sizes = [1, 3, 4, 5, 63, 64, 1023, 1024, 1025, 2051];

/** Largest relative error of the weights against float64 after 20 steps of all sizes at once. Gradients keep away from 0 by an offset,
 * because noise divided by noise has no digits to compare. */
async function weightError(config: OptimizerConfig): Promise<number> {
  const learningRate = 0.01;
  const parameters = sizes.map((n) => parameter(`p${n}`, normals(0, 'weight', n, n)));
  const exact = parameters.map(({ data }) => [...data]);
  const reference = sizes.map(() => references[config.type](config as object));
  const optimizer = await createOptimizer(config, parameters);
  for (let step = 1; step <= 20; step++) {
    parameters.forEach(({ name }, i) => {
      const gradient = normals(step, name, step, sizes[i], 0.1, i % 2 ? 0.5 : -0.5);
      optimizer.store.gradient(name).set(gradient);
      reference[i](exact[i], [...gradient], step, learningRate);
    });
    optimizer.step({ step, learningRate });
  }
  return Math.max(...parameters.map(({ name }, i) => relativeError(optimizer.store.weight(name), exact[i])));
}

describe('twenty steps agree with the formulas of torch.optim in float64', () => {
  // 20 roundings of a float32 weight, 6e-8 each, and as many where it decays; less on average.
  it.each(options)('%j', async (config) => expect(await weightError(config)).toBeLessThan(2e-6));
});
