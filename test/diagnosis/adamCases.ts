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
      parameter: (step) => ({ gradientNorm: 0.03, firstMomentNorm: 0.012 * (1 - 0.9 ** step) }),
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
    { rule: 'adam-no-warmup', severity: 'warning', path: 'optimizer.learningRate', step: 0, edit: { path: 'schedule', value: { type: 'constant', warmupSteps: 20 } }, symptoms: ['loss-not-decreasing', 'lr-proposal'] },
  ],
  'the gradient grows thirtyfold and the second moment lags behind': [
    { steps: 120, parameter: (step) => ({ rms: step > 60 && step < 80 ? 8 : 1 }), loss: (step) => (step < 62 ? 0.5 : step < 78 ? 1.5 : 0.5) },
    { rule: 'adam-stale-second-moment', severity: 'warning', path: 'optimizer.beta2', step: 61, edit: { path: 'optimizer.beta2', value: 0.99 } },
  ],
  'a second moment that lags behind without harm is a hint': [
    { steps: 120, parameter: (step) => ({ rms: step > 60 && step < 80 ? 3 : 1, gradientNorm: 0.3, firstMomentNorm: 0.15 * (1 - 0.9 ** step) }) },
    { rule: 'adam-stale-second-moment', severity: 'information', path: 'optimizer.beta2', step: 61 },
  ],
  'a hundred quiet steps, then the gradient returns': [
    {
      steps: 300, config: adam({ beta2: 0.99 }), loss: (step) => (step < 205 ? 0.5 : 1.9),
      // What is left of v halves in 69 steps.
      parameter: (step) => ({ gradientNorm: step > 90 && step < 202 ? 0.003 : 0.3, secondMomentNorm: step > 90 && step < 202 ? 0.3 * 0.99 ** ((step - 90) / 2) : 0.2 }),
    },
    { rule: 'adam-decoupled-second-moment', severity: 'warning', path: 'optimizer.beta2', step: 102, edit: { path: 'optimizer.beta2', value: 0.95 }, symptoms: ['loss-spike'] },
  ],
  'updates across the gradient while the loss rises': [
    { steps: 120, config: adam({ beta1: 0.99 }), loss: (step) => (step < 62 ? 0.5 : 1.9), parameter: (step) => ({ gradientCosine: step < 50 ? 0.14 : 0.01 }) },
    { rule: 'adam-uncorrelated-update', severity: 'warning', path: 'optimizer.learningRate', step: 45, symptoms: ['loss-spike'] },
  ],
  'no epsilon, and weights without a gradient': [
    { steps: 2, config: adam({ epsilon: 0 }), loss: (step) => (step === 2 ? NaN : 2.3) },
    { rule: 'adam-epsilon-too-small', severity: 'warning', path: 'optimizer.epsilon', step: 0, edit: { path: 'optimizer.epsilon', value: 1e-8 }, symptoms: ['non-finite'] },
  ],
  'an epsilon of 1e-16 is a hint': [
    { steps: 60, config: adam({ epsilon: 1e-16 }) },
    { rule: 'adam-epsilon-too-small', severity: 'information', path: 'optimizer.epsilon', step: 0 },
  ],
  'the second moment falls to a hundredth, then the loss rises': [
    { steps: 160, config: adam({ beta2: 0.9 }), loss: (step) => (step < 97 ? 0.5 : 1.9), parameter: (step) => ({ secondMomentNorm: step < 60 ? 0.3 : 0.01, firstMomentNorm: 0.0095 }) },
    { rule: 'adam-second-moment-forgets', severity: 'warning', path: 'optimizer.beta2', step: 57, edit: { path: 'optimizer.amsgrad', value: true }, symptoms: ['loss-spike'] },
  ],
  'gradients turn against the momentum and the loss rises': [
    { steps: 160, loss: (step) => (step < 82 ? 0.5 : 1.9), parameter: (step) => ({ momentCosine: step < 60 ? 0 : -0.6 }) },
    { rule: 'adam-overshoot', severity: 'warning', path: 'optimizer.learningRate', step: 19, symptoms: ['loss-spike'] },
  ],
  'nothing but noise': [
    // ||m||^2 = k (1 - b1^2t) ||g||^2 with k = 0.1 / 1.9.
    { steps: 120, loss: stuck, parameter: (step) => ({ gradientNorm: 0.3, firstMomentNorm: 0.3 * Math.sqrt((0.1 / 1.9) * (1 - 0.9 ** (2 * step))) }) },
    { rule: 'adam-signal-to-noise', severity: 'warning', path: 'batchSize', step: 1, symptoms: ['loss-not-decreasing'] },
  ],
  'a coherent gradient and a loss that stands still': [
    { steps: 120, loss: stuck, parameter: (step) => ({ gradientNorm: 0.3, firstMomentNorm: 0.3 * (1 - 0.9 ** step) * Math.sqrt(0.9) }) },
    { rule: 'adam-signal-to-noise', severity: 'warning', path: 'optimizer.learningRate', step: 1, symptoms: ['loss-not-decreasing'] },
  ],
  'a batch far below the noise scale is a hint': [
    { steps: 120, loss: (step) => 2.3 - step / 100, parameter: () => ({ gradientNorm: 0.3, firstMomentNorm: 0.3 * Math.sqrt(0.1 / 1.9) }) },
    { rule: 'adam-noise-scale', severity: 'information', path: 'batchSize', step: 3 },
  ],
  'a learning rate of which the first updates are tiny': [
    { steps: 120, config: adam({ learningRate: 1e-5 }), loss: stuck, parameter: (step) => ({ updateStd: 0.072 * 2e-4, gradientNorm: 0.3, firstMomentNorm: 0.15 * (1 - 0.9 ** step) }) },
    // 1e-5 x 0.02 / 2e-4
    { rule: 'lr-proposal', severity: 'warning', path: 'optimizer.learningRate', step: 11, edit: { path: 'optimizer.learningRate', value: 1e-3 }, symptoms: ['loss-not-decreasing'] },
  ],
  'a learning rate of which the first updates are 8 % of the weights is a hint': [
    { steps: 120, config: adam({ learningRate: 4e-3 }), parameter: () => ({ updateStd: 0.072 * 0.08 }) },
    // 4e-3 x 0.02 / 0.08
    { rule: 'lr-proposal', severity: 'information', path: 'optimizer.learningRate', step: 3, edit: { path: 'optimizer.learningRate', value: 1e-3 } },
  ],
};
