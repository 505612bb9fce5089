/** One record per fault of Adam's own options and moments, with what must be found in it. */
import type { Expected } from './cases';
import type { Spec } from './builder';

const adam = (options: Record<string, unknown>) => ({ optimizer: { type: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...options } });
const stuck = (step: number, noise: number): number => 2.3026 + 0.02 * noise;

export const adamCases: Record<string, [Spec, Expected]> = {
  'beta2 far below the square of beta1': [
    { steps: 60, config: adam({ beta2: 0.4 }) },
    { rule: 'adam-beta-order', severity: 'warning', path: 'optimizer.beta2', step: 0, edit: { path: 'optimizer.beta2', value: 0.999 } },
  ],
  'beta2 just below the square of beta1 is a hint': [
    { steps: 60, config: adam({ beta2: 0.8 }) },
    { rule: 'adam-beta-order', severity: 'information', path: 'optimizer.beta2', step: 0 },
  ],
  'beta1 0.999 needs a beta2 of 0.9999': [
    { steps: 60, config: adam({ beta1: 0.999, beta2: 0.99 }), parameter: () => ({ updateMaxAbs: 500 }) },
    { rule: 'adam-beta-order', severity: 'warning', path: 'optimizer.beta2', step: 0, edit: { path: 'optimizer.beta2', value: 0.9999 } },
  ],
  'beta2 0.99999 in 200 steps is a hint': [
    { steps: 60, config: adam({ beta2: 0.99999 }) },
    // 1 - 10 / 200
    { rule: 'adam-beta2-horizon', severity: 'information', path: 'optimizer.beta2', step: 0, edit: { path: 'optimizer.beta2', value: 0.95 } },
  ],
  'the first gradients hold back the updates until the end': [
    {
      steps: 120, totalSteps: 500, loss: stuck,
      // 0.3 sqrt(1 - beta2^t) is a second moment of 0.3^2.
      parameter: () => ({ gradientNorm: 0.03 }),
    },
    { rule: 'adam-beta2-horizon', severity: 'warning', path: 'optimizer.beta2', step: 3, edit: { path: 'optimizer.beta2', value: 0.98 }, symptoms: ['loss-not-decreasing'] },
  ],
  'a first update of 3.16 learning rates': [
    // 2 x (64 x 64 + 64) x 3 weights of which nine in ten have a gradient: lr sqrt(n) = 1e-3 sqrt(3 x 4160 x 0.9).
    { steps: 60, config: adam({ biasCorrection: false }), parameter: (step, _, name) => (step === 1 ? { updateNorm: 3.16e-3 * Math.sqrt((name.endsWith('bias') ? 64 : 4096) * 0.9) } : {}) },
    { rule: 'adam-bias-correction', severity: 'warning', path: 'optimizer', step: 1, edit: { path: 'optimizer.biasCorrection', value: true } },
  ],
  'the first updates shatter the weights, later ones are of healthy size': [
    { steps: 120, config: adam({ learningRate: 0.03 }), loss: stuck, parameter: (step) => ({ updateStd: 0.072 * Math.max(0.02, 0.4 * 0.8 ** (step - 1)) }) },
    { rule: 'adam-no-warmup', severity: 'warning', path: 'optimizer.learningRate', step: 0, edit: { path: 'schedule', value: { type: 'constant', warmupSteps: 20 } }, symptoms: ['loss-not-decreasing'] },
  ],
};
