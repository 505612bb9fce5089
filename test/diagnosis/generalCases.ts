/** Faults of no optimizer in particular that show while training, each with a twin that lacks just the fault. */
import type { Spec } from './builder';
import type { Expected } from './cases';

const adam = (learningRate: number) => ({ optimizer: { type: 'adam', learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, amsgrad: false, biasCorrection: true } });
const stuck = (step: number, noise: number): number => 2.3026 + 0.05 * noise;
const sigmoids = ['dense', 'sigmoid', 'dense', 'sigmoid', 'dense'];
/** Half a percent in a hundred steps. */
const creeping = (step: number, noise: number): number => 2.3 - 5e-4 * step + 0.004 * noise;
const learning = (step: number, noise: number): number => 2.3 * Math.exp(-step / 40) + 0.1 + 0.02 * noise;
const spiking = (steps: number) => (step: number, noise: number): number => learning(step, noise) + (step > 300 && step <= 300 + steps ? 1.5 : 0);

/** A loss scale that is halved at each of these steps, whose gradients are infinite. */
const overflowing = (...at: number[]): Spec => ({
  config: { precision: 'float16' },
  gradientNorm: (step, noise) => (at.includes(step) ? Infinity : 0.3 * Math.exp(0.3 * noise)),
  lossScale: (step) => 65536 / 2 ** at.filter((each) => each < step).length,
});

export const generalCases: Record<string, [Spec, Expected]> = {
  'exponentials of exponentials, NaN at the first step': [
    { steps: 1, layers: ['dense', 'exponential', 'dense', 'exponential', 'dense'], loss: () => NaN, gradientNorm: () => NaN, activation: (_, layer) => (layer === 'exponential2' || layer === 'dense3' ? { nonFinite: 1, std: NaN, mean: NaN } : layer === 'dense2' ? { std: 400 } : {}) },
    { rule: 'gradient-exploding', severity: 'warning', path: 'model.layers.3', step: 1, edit: { path: 'model.layers.1', value: 'selu' }, symptoms: ['non-finite'] },
  ],
  'an update three times the weights, while the loss falls by chance': [
    { steps: 40, config: adam(1), loss: (step, noise) => 1 + 0.1 * noise, parameter: () => ({ updateStd: 0.216 }) },
    // r = 3: lr = 1 x 3.2e-3 / 3.
    { rule: 'update-ratio', severity: 'warning', path: 'optimizer.learningRate', step: 3, edit: { path: 'optimizer.learningRate', value: 1.1e-3 } },
  ],
  'updates of 1e-4 of the weights: the plan ends long before the valley': [
    { steps: 300, totalSteps: 400, config: adam(2e-5), loss: creeping, parameter: () => ({ updateStd: 0.072 * 1.5e-4 }) },
    // r = 1.5e-4: lr = 2e-5 x 3.2e-3 / 1.5e-4.
    { rule: 'slow-convergence', severity: 'warning', path: 'optimizer.learningRate', step: 1, edit: { path: 'optimizer.learningRate', value: 4.3e-4 }, symptoms: ['loss-not-decreasing'] },
  ],
  'updates of 1e-5 of the weights in a plan that is long enough': [
    { steps: 300, totalSteps: 1_000_000, config: adam(1e-6), loss: creeping, parameter: () => ({ updateStd: 0.072 * 1e-5 }) },
    { rule: 'slow-convergence', severity: 'warning', path: 'optimizer.learningRate', step: 1, edit: { path: 'optimizer.learningRate', value: 3.2e-4 }, symptoms: ['loss-not-decreasing'] },
  ],
  'sigmoids driven out of their slope': [
    { steps: 100, layers: sigmoids, loss: stuck, config: adam(0.05), parameter: () => ({ updateStd: 0.0036 }), activation: (step, layer) => ({ saturatedShare: layer === 'sigmoid1' && step > 40 ? 0.8 : 0.02 }) },
    { rule: 'saturated-units', severity: 'warning', path: 'optimizer.learningRate', step: 41, symptoms: ['loss-not-decreasing'] },
  ],
  'sigmoids that start out of their slope': [
    { steps: 40, layers: sigmoids, loss: stuck, activation: (_, layer) => ({ saturatedShare: layer === 'sigmoid2' ? 0.7 : 0.1 }) },
    { rule: 'saturated-units', severity: 'warning', path: 'model.layers.3', step: 1, edit: { path: 'model.layers.3', value: 'batchNorm', kind: 'insert' } },
  ],
  'a layer of zeros': [
    { steps: 100, loss: stuck, parameter: (_, depth) => ({ updateStd: 0.072 * 3e-3, ...(depth === 2 && { weightStd: 0 }) }) },
    { rule: 'poor-initialisation', severity: 'warning', path: 'model.layers.2', step: 1, edit: { path: 'model.layers.2', value: { dense: { units: 64, initializer: 'heNormal' } } }, symptoms: ['loss-not-decreasing'] },
  ],
  'signals that vanish forward': [
    { steps: 60, activation: (_, layer) => (layer === 'dense3' ? { std: 1e-3 } : {}) },
    { rule: 'poor-initialisation', severity: 'information', path: 'model.layers.4', step: 1, edit: { path: 'model.layers.0', value: { dense: { units: 64, initializer: 'heNormal' } } } },
  ],
  'sure before the first step': [
    { steps: 60, loss: (step) => 6 * Math.exp(-step / 20) },
    // Zeros give ln 10 exactly.
    { rule: 'poor-initialisation', severity: 'information', path: 'model.layers.4', step: 1, edit: { path: 'model.layers.4', value: { dense: { units: 64, initializer: 'zeros', biasInitializer: 'zeros' } } } },
  ],
  'a layer that no gradient reaches': [
    { steps: 40, loss: (step) => 2.3 - step / 200, parameter: (_, depth) => (depth === 2 ? { gradientZeroShare: 1, gradientMeanAbs: 0, updateStd: 0, updateNorm: 0 } : {}) },
    { rule: 'unchanged-parameters', severity: 'warning', path: 'model.layers.2', step: 23, edit: { path: 'model.layers.1', value: 'leakyRelu' } },
  ],
  'loss that jumps and stays up for twenty steps': [
    { steps: 320, loss: (step, noise) => (step <= 300 ? 0.5 : 2) * (1 + 0.05 * noise) },
    { rule: 'loss-spike', severity: 'warning', path: 'optimizer.learningRate', step: 301 },
  ],
  'loss that jumps and comes back to a solved task: a hint': [
    { steps: 600, loss: spiking(20), config: { optimizer: { type: 'sgd', learningRate: 0.01 } } },
    { rule: 'loss-spike', severity: 'information', path: 'optimizer.learningRate', step: 301 },
  ],
  'validation accuracy that turns from epoch to epoch, while the loss of the batches tells nothing': [
    { steps: 400, loss: (_, noise) => 1.7 + 0.3 * noise, validation: (epoch) => ({ loss: 1.7, metric: 0.4 + 0.15 * (epoch % 2) }), config: { optimizer: { type: 'sgd', learningRate: 0.01 } } },
    { rule: 'loss-oscillating', severity: 'warning', path: 'optimizer.learningRate', step: 1 },
  ],
  'gradients that overflow float16 four times in forty steps': [
    { steps: 200, ...overflowing(60, 72, 84, 96), loss: (step) => 2.3 - step / 350 },
    { rule: 'loss-scale-overflow', severity: 'warning', path: 'precision', step: 51 },
  ],
  'a loss scale that has come down to 8, slowly': [
    { steps: 800, ...overflowing(...Array.from({ length: 13 }, (_, i) => 40 * (i + 2))) },
    { rule: 'loss-scale-overflow', severity: 'information', path: 'precision', step: 561 },
  ],
  'clipped to a tenth of the gradient from start to end': [
    { steps: 200, config: { clip: { globalNorm: 0.03 } }, clipped: () => true, gradientNorm: (_, noise) => 0.3 * Math.exp(0.3 * noise), loss: (step) => 2.3 - step / 250 },
    { rule: 'clip-fraction', severity: 'warning', path: 'clip.globalNorm', step: 51 },
  ],
};

export const generalTwins: Record<string, Spec> = {
  'updates of 3e-3 of the weights': { steps: 300, totalSteps: 400, loss: learning },
  'a hard task that has settled on a plateau, with small updates': { steps: 1500, totalSteps: 3000, loss: (step, noise) => 1.9 + 0.4 * Math.exp(-step / 60) + 0.02 * noise, parameter: (step) => ({ updateStd: 0.072 * (3e-5 + 3e-3 * Math.exp(-step / 100)) }) },
  'a slow start in a plan that is long enough': { steps: 300, totalSteps: 20_000, loss: (step, noise) => 2.3 - 3e-3 * step + 0.004 * noise, config: adam(1e-4), parameter: () => ({ updateStd: 0.072 * 6e-4 }) },
  'sigmoids within their slope': { steps: 100, layers: sigmoids, activation: () => ({ saturatedShare: 0.05 }) },
  'an output that is sure by right': { steps: 300, layers: [...sigmoids, 'sigmoid'], config: { loss: 'bceWithLogits' }, classes: undefined, loss: (step) => 0.7 * Math.exp(-step / 20), activation: (_, layer) => ({ saturatedShare: layer === 'sigmoid3' ? 0.95 : 0 }) },
  'a last layer of zeros': { steps: 100, parameter: (step, depth) => (depth === 4 && step === 1 ? { weightStd: 0 } : {}) },
  'gradients that are 0 once all is learnt': { steps: 300, loss: (step) => 2.3 * Math.exp(-step / 10), parameter: (step) => (step > 60 ? { gradientZeroShare: 1, gradientMeanAbs: 0 } : {}) },
  'a single batch of outliers': { steps: 400, loss: spiking(1) },
  'a loss near 0 that doubles': { steps: 400, loss: (step, noise) => 2.3 * Math.exp(-step / 30) + 1e-3 * (step > 300 ? 5 : 1) * (1 + 0.1 * noise) },
  'a loss scale that starts too large, and skips for growth': { steps: 2400, stepsPerEpoch: 100, ...overflowing(1, 2, 3, 4, 5, 6, 2007) },
  'clipped at the start only': { steps: 200, config: { clip: { globalNorm: 1 } }, clipped: (step) => step < 30 },
};
