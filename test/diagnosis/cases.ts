/** One record per fault, with what must be found in it. */
import { adamCases } from './adamCases';
import type { Spec } from './builder';
import { generalCases } from './generalCases';
import { staticCases } from './staticCases';

export interface Expected {
  /** Rule of the root finding. */
  rule: string;
  severity: 'error' | 'warning' | 'information';
  path: string;
  /** First step of the evidence. */
  step: number;
  /** Path and value of the first edit of the best remedy. */
  edit?: { path: string; value: unknown; kind?: 'insert' };
  /** Rules of the findings that follow from it. */
  symptoms?: string[];
}

const stuck = (step: number, noise: number): number => 2.3026 + 0.05 * noise;
const optimizer = (options: Record<string, unknown>) => ({
  optimizer: options.type === 'sgd' ? options : { type: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...options },
});
const deepSigmoid = ['dense', 'sigmoid', 'dense', 'sigmoid', 'dense', 'sigmoid', 'dense', 'sigmoid', 'dense'];

export const cases: Record<string, [Spec, Expected]> = {
  'NaN in the loss, with a healthy record before it': [
    { steps: 41, loss: (step) => (step === 41 ? NaN : 2 - step / 50) },
    { rule: 'non-finite', severity: 'error', path: 'optimizer.learningRate', step: 41 },
  ],
  'NaN at the first step: the data is at fault': [
    { steps: 1, loss: () => NaN },
    { rule: 'non-finite', severity: 'error', path: 'data', step: 1, edit: { path: 'data.transforms', value: [{ standardize: {} }] } },
  ],
  'infinite gradient of one parameter': [
    { steps: 60, gradientNorm: (step) => (step === 60 ? Infinity : 1), parameter: (step, _, name) => (step === 60 && name === 'dense2.weight' ? { nonFinite: 7 } : {}) },
    { rule: 'non-finite', severity: 'error', path: 'optimizer.learningRate', step: 60 },
  ],
  'gradient grows twofold each step from step 31 on, to NaN': [
    {
      steps: 50, ...{ config: optimizer({ type: 'sgd', learningRate: 0.5 }) },
      gradientNorm: (step) => (step < 31 ? 1 : 2 ** (step - 30)), loss: (step) => (step < 31 ? 2 : step < 50 ? 2 ** (step - 30) : NaN),
      parameter: (step, depth) => ({ updateStd: 0.0036, gradientNorm: step < 31 ? 0.5 : 2 ** (step - 30 + depth) }),
    },
    // r = 0.0036 / 0.072 = 0.05 before the fault: lr = 0.5 x 3.2e-3 / 0.05.
    { rule: 'gradient-exploding', severity: 'warning', path: 'optimizer.learningRate', step: 36, edit: { path: 'optimizer.learningRate', value: 0.032 }, symptoms: ['non-finite', 'loss-not-decreasing'] },
  ],
  'weights that start too wide': [
    { steps: 30, loss: (step) => 5000 / step, gradientNorm: () => 9000, parameter: (_, depth) => (depth === 2 ? { weightStd: 1 } : {}) },
    { rule: 'gradient-exploding', severity: 'warning', path: 'model.layers.2', step: 1, edit: { path: 'model.layers.2', value: { dense: { units: 64, initializer: 'heNormal' } } } },
  ],
  'one step from healthy to huge, then NaN': [
    { steps: 4, config: optimizer({ type: 'sgd', learningRate: 10 }), loss: (step) => [2.3, 2.4, 5000, NaN][step - 1], gradientNorm: (step) => [1, 1, 8000, NaN][step - 1], parameter: () => ({ updateStd: 0.0072 }) },
    // r = 0.1 before the fault: lr = 10 x 3.2e-3 / 0.1.
    { rule: 'gradient-exploding', severity: 'warning', path: 'optimizer.learningRate', step: 3, edit: { path: 'optimizer.learningRate', value: 0.32 }, symptoms: ['non-finite'] },
  ],
  'weights that start too wide, NaN at the second step': [
    { steps: 2, loss: (step) => [5000, NaN][step - 1], gradientNorm: () => 9000, parameter: (_, depth) => (depth === 2 ? { weightStd: 1 } : {}) },
    { rule: 'gradient-exploding', severity: 'warning', path: 'model.layers.2', step: 1, symptoms: ['non-finite'] },
  ],
  'inputs of far too large scale': [
    { steps: 30, config: { data: { train: { csv: 'digits.csv', label: 'target' }, transforms: [{ scale: 100 }] } }, loss: (step) => 80 - step, gradientNorm: () => 700, sharpness: (step) => (step === 10 ? 1e7 : undefined) },
    { rule: 'gradient-exploding', severity: 'warning', path: 'data', step: 1, edit: { path: 'data.transforms.1', value: { standardize: {} } }, symptoms: ['adam-edge-of-stability'] },
  ],
  'deep sigmoid stack': [
    { steps: 100, layers: deepSigmoid, loss: stuck, parameter: (_, depth) => ({ gradientMeanAbs: 1e-2 * 0.1 ** (8 - depth) }) },
    { rule: 'gradient-vanishing', severity: 'warning', path: 'model.layers.1', step: 3, edit: { path: 'model.layers.1', value: 'selu' }, symptoms: ['loss-not-decreasing'] },
  ],
  'learning rate far too large for Adam, seen in eleven steps': [
    { steps: 11, stepsPerEpoch: 11, config: optimizer({ learningRate: 0.1 }), loss: (step, noise) => 4 + 0.3 * noise, parameter: () => ({ updateStd: 0.0432 }) },
    // r = 0.6: lr = 0.1 x 3.2e-3 / 0.6.
    { rule: 'update-ratio', severity: 'warning', path: 'optimizer.learningRate', step: 3, edit: { path: 'optimizer.learningRate', value: 0.00053 } },
  ],
  'weights that have grown do not hide a large update': [
    { steps: 20, config: optimizer({ learningRate: 1 }), loss: (step) => (step === 1 ? 2.3 : 30), parameter: (step) => ({ updateStd: 0.72, weightStd: step === 1 ? 0.072 : 20 }) },
    { rule: 'update-ratio', severity: 'warning', path: 'optimizer.learningRate', step: 2, edit: { path: 'optimizer.learningRate', value: 3.2e-4 } },
  ],
  'one update larger than the weights kills the network': [
    {
      steps: 20, config: optimizer({ type: 'sgd', learningRate: 10 }), loss: (step) => (step === 2 ? 4 : 2.35),
      parameter: (step) => ({ updateStd: step === 1 ? 0.0288 : step === 2 ? 0.4 : 0 }),
    },
    // r = 0.4 before the fault: lr = 10 x 3.2e-3 / 0.4.
    { rule: 'update-ratio', severity: 'warning', path: 'optimizer.learningRate', step: 2, edit: { path: 'optimizer.learningRate', value: 0.08 } },
  ],
  'learning rate far too small, seen in eleven steps': [
    { steps: 11, stepsPerEpoch: 11, totalSteps: 110, config: optimizer({ learningRate: 1e-7 }), loss: stuck, parameter: () => ({ updateStd: 0.072e-6 }) },
    { rule: 'update-ratio', severity: 'warning', path: 'optimizer.learningRate', step: 3, edit: { path: 'optimizer.learningRate', value: 3.2e-4 } },
  ],
  'learning rate too small: nothing learnt in fifty steps': [
    { steps: 110, config: optimizer({ learningRate: 1e-7 }), loss: stuck, parameter: () => ({ updateStd: 0.072e-6 }) },
    { rule: 'update-ratio', severity: 'warning', path: 'optimizer.learningRate', step: 3, symptoms: ['slow-convergence', 'loss-not-decreasing'] },
  ],
  'nothing learnt although updates are of healthy size': [
    { steps: 100, config: optimizer({ type: 'sgd', learningRate: 0.01 }), loss: stuck, parameter: () => ({ updateStd: 0.072 * 3e-3 }) },
    { rule: 'loss-not-decreasing', severity: 'warning', path: 'optimizer.learningRate', step: 1, edit: { path: 'optimizer', value: { type: 'adam', learningRate: 1e-3 } } },
  ],
  'loss swings from epoch to epoch': [
    { steps: 240, config: optimizer({ learningRate: 0.02 }), loss: (step, noise) => 1.2 + 0.5 * (Math.floor((step - 1) / 20) % 2) + 0.05 * noise, parameter: () => ({ updateStd: 0.072 * 0.05 }) },
    { rule: 'loss-oscillating', severity: 'warning', path: 'optimizer.learningRate', step: 1, edit: { path: 'optimizer.learningRate', value: 0.0013 } },
  ],
  'validation loss turns after epoch 5': [
    { steps: 400, validation: (epoch) => (epoch < 5 ? { loss: 1 - 0.1 * epoch, metric: 0.8 } : { loss: 0.6 + 0.06 * (epoch - 4), metric: 0.8 - 0.012 * (epoch - 4) }) },
    { rule: 'overfitting', severity: 'warning', path: 'epochs', step: 100, edit: { path: 'epochs', value: 5 } },
  ],
  'validation loss turns while as many samples are right: a hint': [
    { steps: 400, config: optimizer({ type: 'sgd', learningRate: 0.01 }), validation: (epoch) => (epoch < 5 ? { loss: 1 - 0.1 * epoch, metric: 0.8 } : { loss: 0.6 + 0.06 * (epoch - 4), metric: 0.79 }) },
    { rule: 'overfitting', severity: 'information', path: 'epochs', step: 100 },
  ],
  'a plateau that the loss has left is a hint': [
    { steps: 600, loss: (step, noise) => (step < 300 ? 2.3 : 2.3 * Math.exp((300 - step) / 80)) + 0.01 * noise },
    { rule: 'loss-not-decreasing', severity: 'information', path: 'optimizer.learningRate', step: 1 },
  ],
  'nine of ten units dead from the start': [
    { steps: 100, loss: (step) => 2.3 - step / 150, activation: (_, layer) => (layer === 'relu2' ? { deadShare: 0.9 } : {}) },
    { rule: 'dead-units', severity: 'warning', path: 'model.layers.3', step: 1, edit: { path: 'model.layers.3', value: 'leakyRelu' } },
  ],
  'dead units of a run that learns are a hint': [
    { steps: 200, activation: (_, layer) => (layer === 'relu2' ? { deadShare: 0.9 } : {}), loss: (step) => 2.3 * Math.exp(-step / 5) },
    { rule: 'dead-units', severity: 'information', path: 'model.layers.3', step: 1 },
  ],
  'units killed by a large update': [
    { steps: 100, loss: (step) => 2.3 - step / 150, config: optimizer({ learningRate: 0.05 }), activation: (step, layer) => (layer === 'relu1' && step > 40 ? { deadShare: 0.95 } : {}), parameter: () => ({ updateStd: 0.0036 }) },
    { rule: 'dead-units', severity: 'warning', path: 'optimizer.learningRate', step: 41, edit: { path: 'optimizer.learningRate', value: 0.0032 } },
  ],
  'epsilon of 1e-2': [
    { steps: 60, config: optimizer({ epsilon: 1e-2 }), loss: (step) => 2.3 - step / 100, parameter: (step) => ({ gradientZeroShare: 0, epsilonShare: 0.9, secondMomentNorm: 64 * 1e-3 * Math.sqrt(1 - 0.999 ** step) }) },
    // sqrt(v^) is 1e-3: one hundredth of it.
    { rule: 'adam-epsilon-dominates', severity: 'warning', path: 'optimizer.epsilon', step: 3, edit: { path: 'optimizer.epsilon', value: 1e-5 } },
  ],
  'epsilon share of a fifth is a hint': [
    { steps: 60, config: optimizer({ epsilon: 1e-4 }), loss: (step) => 2.3 - step / 100, parameter: (step) => ({ gradientZeroShare: 0, epsilonShare: 0.2, secondMomentNorm: 64 * 4e-4 * Math.sqrt(1 - 0.999 ** step) }) },
    { rule: 'adam-epsilon-dominates', severity: 'information', path: 'optimizer.epsilon', step: 3, edit: { path: 'optimizer.epsilon', value: 4e-6 } },
  ],
  'sharpness beyond 38 / lr': [
    { steps: 60, config: optimizer({ learningRate: 0.01 }), sharpness: (step) => (step === 50 ? 5000 : undefined) },
    // 38 / (1.2 x 5000)
    { rule: 'adam-edge-of-stability', severity: 'warning', path: 'optimizer.learningRate', step: 50, edit: { path: 'optimizer.learningRate', value: 0.0063 } },
  ],
  'sharpness beyond 38 / lr although every gradient is clipped to a half': [
    { steps: 60, config: { ...optimizer({ learningRate: 0.01 }), clip: { globalNorm: 1 } }, gradientNorm: () => 2, clipped: () => true, sharpness: (step) => (step === 50 ? 10_000 : undefined) },
    // 38 / (1.2 x 10000 / 2)
    { rule: 'adam-edge-of-stability', severity: 'warning', path: 'optimizer.learningRate', step: 50, edit: { path: 'optimizer.learningRate', value: 0.0063 } },
  ],
  'sharpness near 38 / lr is a hint': [
    { steps: 60, config: optimizer({ learningRate: 0.01 }), sharpness: (step) => (step === 50 ? 3600 : undefined) },
    { rule: 'adam-edge-of-stability', severity: 'information', path: 'optimizer.learningRate', step: 50, edit: { path: 'optimizer.learningRate', value: 0.0088 } },
  ],
  ...generalCases,
  ...staticCases,
  ...adamCases,
};
