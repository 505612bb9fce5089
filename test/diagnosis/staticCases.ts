/** Faults that are known before the first step, in records without one. */
import type { Spec } from './builder';
import type { Expected } from './cases';

const values = (labels: { mean: number; std: number; min: number; max: number; distinct?: number; whole?: boolean }) =>
  ({ labels: { type: 'values' as const, distinct: 500, whole: false, ...labels }, order: 0 });
const standardNormal = values({ mean: 0, std: 1, min: -3, max: 3 });
const regression = { steps: 0, classes: undefined };
const dense = { kind: 'dense', width: 64 };
const layersEnding = (...last: string[]) => ['dense', 'relu', 'dense', ...last];
const stuck = (step: number, noise: number): number => 2.3026 + 0.05 * noise;

const fit = (learningRate: number, least: number) =>
  ({ samples: 16, learningRate, first: 2.4, least, step: Array.from({ length: 100 }, (_, i) => 3 * i + 1), loss: Array.from({ length: 100 }, (_, i) => least + (2.4 - least) * Math.exp(-i / 20)) });

export const staticCases: Record<string, [Spec, Expected]> = {
  'sixteen samples that the model cannot learn': [
    { steps: 0, layers: ['dense', 'sigmoid', 'dense', 'sigmoid', 'dense'], oneBatch: fit(1e-3, 1.9) },
    { rule: 'cannot-overfit-one-batch', severity: 'warning', path: 'model', step: 0, edit: { path: 'model.layers.1', value: 'selu' } },
  ],
  'sixteen samples that it learns at another learning rate: a hint': [
    { steps: 0, oneBatch: fit(1e-2, 0.02) },
    { rule: 'cannot-overfit-one-batch', severity: 'information', path: 'optimizer.learningRate', step: 0, edit: { path: 'optimizer.learningRate', value: 0.01 } },
  ],
  'inputs of 0 to 255 before the first step': [
    { steps: 0, data: { input: { mean: 33, std: 78, min: 0, max: 255, features: 784, constantFeatures: 100, spread: 900 } }, output: dense },
    { rule: 'data-scale', severity: 'information', path: 'data', step: 0, edit: { path: 'data.transforms', value: [{ scale: { from: [0, 255], to: [0, 1] } }] } },
  ],
  'inputs of 0 to 255 that make the first loss large': [
    { steps: 1, loss: () => 20, data: { input: { mean: 33, std: 78, min: 0, max: 255, features: 784, spread: 900 } } },
    { rule: 'data-scale', severity: 'warning', path: 'data', step: 0 },
  ],
  'features of different scale, and nothing learnt': [
    { steps: 100, loss: stuck, parameter: () => ({ updateStd: 0.072 * 3e-3 }), data: { input: { spread: 1e4, features: 12 } } },
    { rule: 'data-scale', severity: 'warning', path: 'data', step: 0, edit: { path: 'data.transforms', value: [{ standardize: {} }] }, symptoms: ['loss-not-decreasing'] },
  ],
  'inputs that were divided twice': [
    { steps: 0, data: { input: { mean: 2e-6, std: 5e-6, min: 0, max: 1.5e-5 } } },
    { rule: 'data-scale', severity: 'information', path: 'data', step: 0 },
  ],
  'years as inputs': [
    { steps: 0, data: { input: { mean: 1.99, std: 0.02, min: 1.95, max: 2.02, features: 3 } } },
    { rule: 'data-scale', severity: 'information', path: 'data', step: 0 },
  ],
  'inputs that were lost': [
    { steps: 0, data: { input: { mean: 0.5, std: 0, min: 0.5, max: 0.5, constantFeatures: 64 } } },
    { rule: 'constant-feature', severity: 'error', path: 'data.train', step: 0 },
  ],
  'most features constant': [
    { steps: 0, data: { input: { constantFeatures: 40 } } },
    { rule: 'constant-feature', severity: 'information', path: 'data.train', step: 0 },
  ],
  'one class has most of the samples': [
    { steps: 0, data: { labels: { type: 'classes', counts: [900, 60, 40] } } },
    // n / (C n_c): 1000 / 2700 to 1000 / 120.
    { rule: 'label-imbalance', severity: 'information', path: 'loss', step: 0, edit: { path: 'loss', value: { type: 'crossEntropy', classWeights: 'balanced' } } },
  ],
  'one class has most of the samples and is all that is ever named': [
    { steps: 200, data: { labels: { type: 'classes', counts: [900, 60, 40] } }, validation: () => ({ loss: 0.4, metric: 0.9 }) },
    { rule: 'label-imbalance', severity: 'warning', path: 'loss', step: 0 },
  ],
  'house prices as they are': [
    { ...regression, config: { loss: 'mse' }, data: values({ mean: 2e5, std: 8e4, min: 3e4, max: 9e5 }) },
    // 8e4 / sqrt(64 inputs)
    { rule: 'label-range', severity: 'information', path: 'data.train', step: 0, edit: { path: 'model.layers.4', value: { dense: { units: 64, initializer: { normal: 10_000 }, biasInitializer: { constant: 200_000 } } } } },
  ],
  'labels far from 0': [
    { ...regression, config: { loss: 'mse' }, data: values({ mean: 8, std: 0.5, min: 6, max: 9 }) },
    { rule: 'label-range', severity: 'information', path: 'data.train', step: 0 },
  ],
  'a class without samples': [
    { steps: 0, data: { labels: { type: 'classes', counts: [250, 250, 0, 250, 250] } } },
    { rule: 'label-range', severity: 'information', path: 'data.train', step: 0 },
  ],
  'labels that are all the same': [
    { ...regression, config: { loss: 'bceWithLogits' }, data: values({ mean: 1, std: 0, min: 1, max: 1, distinct: 1, whole: true }) },
    { rule: 'label-range', severity: 'error', path: 'data.train', step: 0 },
  ],
  'sorted classes without shuffling': [
    { steps: 0, config: { data: { train: { csv: 'digits.csv', label: 'target' }, shuffle: false } }, data: { order: 9.8 } },
    { rule: 'shuffled-order', severity: 'warning', path: 'data.shuffle', step: 0, edit: { path: 'data.shuffle', value: true } },
  ],
  'a series of values in its own order': [
    { ...regression, config: { loss: 'mse', data: { train: { csv: 'digits.csv', label: 'target' }, shuffle: false } }, data: { ...standardNormal, order: 0.9 } },
    { rule: 'shuffled-order', severity: 'information', path: 'data.shuffle', step: 0 },
  ],
  'softmax twice before cross-entropy': [
    { steps: 0, layers: layersEnding('softmax', 'softmax'), data: {}, output: { kind: 'softmax', width: 64 } },
    { rule: 'loss-output-mismatch', severity: 'warning', path: 'model.layers.3', step: 0, edit: { path: 'model.layers.3', value: undefined } },
  ],
  'sigmoid before cross-entropy': [
    { steps: 0, layers: layersEnding('sigmoid'), data: {}, output: { kind: 'sigmoid', width: 64 } },
    { rule: 'loss-output-mismatch', severity: 'warning', path: 'model.layers.3', step: 0, edit: { path: 'model.layers.3', value: undefined } },
  ],
  'tanh before the softmax of the output': [
    { steps: 0, layers: layersEnding('tanh', 'softmax'), data: {}, output: { kind: 'softmax', width: 64 } },
    { rule: 'loss-output-mismatch', severity: 'warning', path: 'model.layers.3', step: 0 },
  ],
  'relu before cross-entropy': [
    { steps: 0, layers: layersEnding('relu'), data: {}, output: { kind: 'relu', width: 64 } },
    { rule: 'loss-output-mismatch', severity: 'warning', path: 'model.layers.3', step: 0 },
  ],
  'softmax of one output': [
    { ...regression, layers: layersEnding('softmax'), config: { loss: 'bceWithLogits' }, data: values({ mean: 0.5, std: 0.5, min: 0, max: 1, distinct: 2, whole: true }), output: { kind: 'softmax', width: 1 } },
    { rule: 'loss-output-mismatch', severity: 'error', path: 'model.layers.3', step: 0, edit: { path: 'model.layers.3', value: 'sigmoid' } },
  ],
  'squared error of two softmaxes on class ids': [
    { steps: 0, classes: 3, layers: layersEnding('softmax', 'softmax'), config: { loss: { type: 'mse', classes: true } }, data: { labels: { type: 'classes', counts: [300, 300, 300] } }, output: { kind: 'softmax', width: 64 } },
    { rule: 'loss-output-mismatch', severity: 'warning', path: 'model.layers.4', step: 0 },
  ],
  'logarithm of what is no probability': [
    { ...regression, layers: layersEnding('tanh'), config: { loss: 'bce' }, data: values({ mean: 0.5, std: 0.5, min: 0, max: 1, distinct: 2, whole: true }), output: { kind: 'tanh', width: 1 } },
    { rule: 'loss-output-mismatch', severity: 'warning', path: 'model.layers.3', step: 0, edit: { path: 'model.layers.3', value: undefined } },
  ],
  'squared error of a softmax on one-hot labels': [
    { ...regression, layers: layersEnding('softmax'), config: { loss: 'mse' }, data: values({ mean: 0.1, std: 0.3, min: 0, max: 1, distinct: 2, whole: true }), output: { kind: 'softmax', width: 64 } },
    { rule: 'loss-output-mismatch', severity: 'warning', path: 'model.layers.3', step: 0 },
  ],
  'squared error of a sigmoid on class ids': [
    { ...regression, layers: layersEnding('sigmoid'), config: { loss: 'mse' }, data: values({ mean: 4.5, std: 2.9, min: 0, max: 9, distinct: 10, whole: true }), output: { kind: 'sigmoid', width: 1 } },
    { rule: 'loss-output-mismatch', severity: 'error', path: 'model.layers.3', step: 0 },
  ],
  'relu output for labels below 0': [
    { ...regression, layers: layersEnding('relu'), config: { loss: 'mse' }, data: standardNormal, output: { kind: 'relu', width: 1 } },
    { rule: 'loss-output-mismatch', severity: 'error', path: 'model.layers.3', step: 0, edit: { path: 'model.layers.3', value: undefined } },
  ],
};

/** Twins without a fault: they have no finding, not even a hint. */
export const staticTwins: Record<string, Spec> = {
  'standardised inputs, classes in random order': { steps: 0, data: {}, output: dense },
  'digits of 0 to 16, with borders that never vary': { steps: 0, data: { input: { mean: 4.9, std: 6, min: 0, max: 16, constantFeatures: 3, spread: 90 } } },
  'pixels of 0 to 1': { steps: 0, data: { input: { mean: 0.13, std: 0.31, min: 0, max: 1, features: 784, constantFeatures: 200, spread: 90 } } },
  'ids of a vocabulary': { steps: 0, layers: ['embedding', 'dense'], data: { input: { type: 'int32', mean: 3000, std: 2000, min: 0, max: 9999, features: 20 } } },
  'classes of three to one': { steps: 0, data: { labels: { type: 'classes', counts: [600, 200] }, order: 1.02 } },
  'few samples of one class next to each other by chance': { steps: 0, stepsPerEpoch: 2, data: { labels: { type: 'classes', counts: [6, 4] }, order: 1.6, samples: 10 } },
  'sorted classes in one batch': { steps: 0, stepsPerEpoch: 1, config: { batchSize: 64 }, data: { order: 9.8 } },
  'softmax before cross-entropy, which contains it': { steps: 0, layers: layersEnding('softmax'), data: {}, output: { kind: 'softmax', width: 64 } },
  'sigmoid before bceWithLogits, which contains it': { ...regression, layers: layersEnding('sigmoid'), config: { loss: 'bceWithLogits' }, data: values({ mean: 0.4, std: 0.49, min: 0, max: 1, distinct: 2, whole: true }), output: { kind: 'sigmoid', width: 1 } },
  'sigmoid before a cross-entropy of probabilities': { steps: 0, layers: layersEnding('sigmoid'), config: { loss: { type: 'crossEntropy', probabilities: true } }, data: {}, output: { kind: 'sigmoid', width: 64 } },
  'sigmoid before bce': { ...regression, layers: layersEnding('sigmoid'), config: { loss: 'bce' }, data: values({ mean: 0.5, std: 0.5, min: 0, max: 1, distinct: 2, whole: true }), output: { kind: 'sigmoid', width: 1 } },
  'a residual sum as the output': { steps: 0, layers: ['dense', 'relu', 'dense', 'residual'], data: {}, output: { kind: 'residual', width: 64 } },
  'squared error of a dense output': { ...regression, config: { loss: 'mse' }, data: standardNormal, output: dense },
  'squared error of a sigmoid for shares': { ...regression, layers: layersEnding('sigmoid'), config: { loss: 'mse' }, data: values({ mean: 0.4, std: 0.2, min: 0, max: 1 }), output: { kind: 'sigmoid', width: 1 } },
  'relu output for labels above 0': { ...regression, layers: layersEnding('relu'), config: { loss: 'mse' }, data: values({ mean: 2, std: 1, min: 0, max: 6 }), output: { kind: 'relu', width: 1 } },
  'tanh output for labels of -1 to 1': { ...regression, layers: layersEnding('tanh'), config: { loss: 'mse' }, data: values({ mean: 0, std: 0.5, min: -1, max: 1 }), output: { kind: 'tanh', width: 1 } },
  'counts of events': { ...regression, config: { loss: 'mse' }, data: values({ mean: 2, std: 2, min: 0, max: 11, distinct: 11, whole: true }), output: { kind: 'dense', width: 1 } },
};
