/** Runs with one deliberate fault each, by the rule that must name it. Thresholds are chosen on these and on the healthy ones. */
import { type Case, runFile, type RunFile, withSeeds } from './case';
import { convnet, deep, embedded, mlp, residualNet } from './models';

const momentum = 'momentum=0.9';
const long = { epochs: 25 };
const wide = (std: number) => ({ initializer: { normal: std } });
/** Every step sees all samples. */
const full = (samples: number, epochs: number) => ({ batchSize: samples, epochs });
const watched = { diagnose: { sharpness: { everySteps: 20 } } };
/** A learning rate that is multiplied in the middle of the run. */
const jump = { type: 'step', stepSize: 200, gamma: 50 };
const unshuffled = { data: { shuffle: false } };
/** Looked at before the run. */
const learntByHeart = { diagnose: { oneBatch: true } };
const glorot = { initializer: 'glorotUniform' };
const keras = (rate: string): string => `adam ${rate} epsilon=1e-7`;
const binary = { loss: 'bceWithLogits' };

/** By rule; the key of each run completes its name. */
const faults: Record<string, { also?: string[]; runs: Record<string, RunFile> }> = {
  'non-finite': {
    also: ['gradient-exploding'],
    runs: {
      'sgd-regression': runFile('linear', mlp([32], 1), `sgd 2 ${momentum}`),
      'exponential': runFile('mixture', [{ dense: 32 }, 'exponential', { dense: 16 }, 'exponential', { dense: 4 }], 'sgd 1'),
      'deep-wide': runFile('digits', deep(14, 48, 10, wide(60)), 'adam 1e-3'),
      'unscaled': runFile('sine-x1000', mlp([32, 32], 1), `sgd 0.05 ${momentum}`),
    },
  },
  'gradient-vanishing': {
    runs: {
      'sigmoid-8': runFile('digits', deep(8, 32, 10, { activation: 'sigmoid' }), 'adam 1e-3'),
      'sigmoid-sgd': runFile('mixture', deep(7, 24, 4, { activation: 'sigmoid' }), `sgd 0.05 ${momentum}`),
      'tanh-small': runFile('spirals', deep(8, 24, 3, { activation: 'tanh', initializer: { normal: 0.02 } }), `sgd 0.1 ${momentum}`, long),
      'relu-small': runFile('digits', deep(10, 32, 10, wide(0.04)), `sgd 0.05 ${momentum}`),
      'convolutions': runFile('images', convnet([6, 6, 6, 6, 6, 6, 6], 10, { activation: 'sigmoid' }), `sgd 0.05 ${momentum}`, { epochs: 5 }),
      'rings-sigmoid-7': runFile('rings', deep(7, 16, 1, { ...glorot, activation: 'sigmoid' }), keras('1e-3'), { ...binary, batchSize: 128, epochs: 100 }),
      'rings-sigmoid-10': runFile('rings', deep(10, 12, 1, { ...glorot, activation: 'sigmoid' }), keras('1e-3'), { ...binary, epochs: 60 }),
      'clouds-sigmoid-9': runFile('clouds', deep(9, 16, 3, { ...glorot, activation: 'sigmoid' }), keras('1e-3'), { batchSize: 256, epochs: 150 }),
      'images-sigmoid': runFile('images', convnet([8, 8, 8, 8, 8], 10, { ...glorot, activation: 'sigmoid' }), keras('1e-3'), { batchSize: 128, epochs: 10 }),
    },
  },
  'gradient-exploding': {
    also: ['non-finite', 'poor-initialisation', 'update-ratio'],
    runs: {
      'wide-relu': runFile('digits', deep(5, 64, 10, wide(1)), 'sgd 0.001'),
      'wide-adam': runFile('mixture', deep(6, 48, 4, wide(1.2)), 'adam 1e-3'),
      'sgd-momentum': runFile('sine', mlp([48, 48], 1), 'sgd 0.35 momentum=0.95', long),
      'deep-sgd': runFile('digits', deep(6, 48, 10, { initializer: 'heNormal' }), 'sgd 2.5'),
      'clouds-exponential': runFile('clouds', deep(5, 16, 3, { ...glorot, activation: 'exponential' }), keras('1e-3'), { batchSize: 128, epochs: 60 }),
      'rings-exponential': runFile('rings', deep(6, 16, 1, { ...glorot, activation: 'exponential' }), keras('1e-3'), { ...binary, batchSize: 128, epochs: 60 }),
    },
  },
  'dead-units': {
    runs: {
      'bias': runFile('digits', mlp([48, 48], 10, { biasInitializer: { constant: -6 } }), 'adam 1e-3'),
      'bias-sgd': runFile('mixture', mlp([32], 4, { biasInitializer: { constant: -12 } }), 'sgd 0.05'),
      'killed': runFile('spirals', mlp([48, 48], 3), 'adam 0.7', long),
      'offset': runFile('moons-offset', mlp([32, 32], 2), `sgd 0.1 ${momentum}`, long),
      'rings-relu-14': runFile('rings', deep(14, 5, 1, glorot), keras('1e-3'), { ...binary, batchSize: 128, epochs: 100 }),
      'rings-relu-20': runFile('rings', deep(20, 6, 1, { initializer: { uniform: [-0.4, 0.3] } }), keras('1e-3'), { ...binary, epochs: 40 }),
      'images-relu': runFile('images', convnet([8, 8, 8, 8], 10, { initializer: { normal: { mean: -0.1, std: 0.05 } } }), keras('1e-3'), { batchSize: 128, epochs: 8 }),
    },
  },
  'saturated-units': {
    also: ['poor-initialisation', 'data-scale'],
    runs: {
      'tanh-wide': runFile('digits', mlp([48, 48], 10, { activation: 'tanh', ...wide(4) }), 'adam 1e-3'),
      'sigmoid-wide': runFile('mixture', mlp([32, 32], 4, { activation: 'sigmoid', ...wide(6) }), 'adam 1e-3'),
      'tanh-unscaled': runFile('mixture-x300', mlp([32], 4, { activation: 'tanh' }), `sgd 0.05 ${momentum}`),
      'sigmoid-unscaled': runFile('sine-offset', mlp([32], 1, { activation: 'sigmoid' }), 'adam 1e-3', long),
    },
  },
  'poor-initialisation': {
    also: ['gradient-exploding', 'gradient-vanishing', 'saturated-units'],
    runs: {
      'wide': runFile('mixture', mlp([48, 48], 4, wide(2)), 'adam 1e-3'),
      'wide-digits': runFile('digits', mlp([64, 64], 10, wide(1.5)), 'adam 1e-3'),
      'narrow': runFile('digits', deep(4, 48, 10, wide(0.002)), `sgd 0.05 ${momentum}`),
      'constant': runFile('mixture', mlp([32, 32], 4, { initializer: { constant: 0.1 } }), 'adam 1e-3'),
      'zeros': runFile('spirals', mlp([32, 32], 3, { initializer: 'zeros' }), 'adam 3e-3'),
    },
  },
  'update-ratio': {
    also: ['lr-proposal', 'unchanged-parameters', 'slow-convergence', 'adam-edge-of-stability', 'loss-not-decreasing', 'adam-overshoot'],
    runs: {
      'large': runFile('digits', mlp([64, 64], 10), 'adam 0.6'),
      'large-spirals': runFile('spirals', deep(3, 32, 3), 'adam 0.3', long),
      'large-rmsprop': runFile('mixture', mlp([32, 32], 4), 'rmsprop 1'),
      'small': runFile('digits', mlp([64], 10), 'adam 2e-7'),
      'small-sgd': runFile('mixture', mlp([32], 4), 'sgd 1e-6'),
      'small-images': runFile('images', convnet([8], 10), 'adamw 1e-7', { epochs: 6 }),
      'clouds-adam-1': runFile('clouds', mlp([32], 3, glorot), keras('1'), { epochs: 80 }),
      'clouds-adam-0.5': runFile('clouds', mlp([48], 3, glorot), keras('0.5'), { epochs: 80 }),
      'rings-adam-1': runFile('rings', mlp([32], 1, glorot), keras('1'), { ...binary, epochs: 80 }),
    },
  },
  'unchanged-parameters': {
    also: ['update-ratio', 'lr-proposal', 'dead-units', 'slow-convergence', 'loss-not-decreasing'],
    runs: {
      'rate-1e-12': runFile('digits', mlp([48], 10), 'adam 1e-12', { epochs: 6 }),
      'rate-1e-10': runFile('spirals', mlp([32], 3), 'sgd 1e-10'),
      'rate-0': runFile('mixture', mlp([32], 4), 'adam 0'),
      'dead-layer': runFile('mixture', [{ dense: { units: 32, biasInitializer: { constant: -60 } } }, 'relu', { dense: 16 }, 'relu', { dense: 4 }], 'adam 1e-3'),
    },
  },
  'loss-not-decreasing': {
    also: ['update-ratio', 'slow-convergence', 'lr-proposal', 'adam-signal-to-noise', 'unchanged-parameters'],
    runs: {
      'labels-permuted': runFile('mixture-permuted', mlp([4], 4), `sgd 0.02 ${momentum}`),
      'labels-permuted-adam': runFile('spirals-permuted', mlp([4], 3), 'adam 1e-3', long),
      'rate-small': runFile('digits', mlp([48], 10), 'sgd 1e-5', { epochs: 15 }),
      'rate-small-tanh': runFile('mixture', mlp([24], 4, { activation: 'tanh' }), 'sgd 3e-6'),
    },
  },
  'slow-convergence': {
    also: ['update-ratio', 'lr-proposal', 'loss-not-decreasing', 'adam-signal-to-noise'],
    runs: {
      'sgd': runFile('digits', mlp([64], 10), 'sgd 1e-3', long),
      'adam': runFile('digits', mlp([64], 10), 'adam 1e-5', { epochs: 20 }),
      'mixture': runFile('mixture', mlp([32], 4), 'adam 2e-5', long),
      'sine': runFile('sine', mlp([32, 32], 1), 'sgd 1e-4', long),
      'adagrad': runFile('mixture', mlp([32], 4), 'adagrad 5e-4', long),
      'clouds-1e-7': runFile('clouds', mlp([32], 3, glorot), keras('1e-7'), { epochs: 80 }),
      'clouds-1e-5': runFile('clouds', mlp([32], 3, glorot), keras('1e-5'), { epochs: 80 }),
      'images-1e-6': runFile('images', convnet([8, 8], 10, glorot), keras('1e-6'), { epochs: 10 }),
      'rings-1e-5': runFile('rings', deep(2, 24, 1, glorot), keras('1e-5'), { ...binary, epochs: 80 }),
      'rings-sgd': runFile('rings', deep(3, 24, 1, glorot), 'sgd 1e-3', { ...binary, batchSize: 128, epochs: 100 }),
    },
  },
  'loss-oscillating': {
    also: ['lr-proposal', 'adam-edge-of-stability', 'adam-overshoot', 'update-ratio', 'gradient-exploding', 'loss-spike'],
    runs: {
      'momentum': runFile('linear', [{ dense: 1 }], 'sgd 0.1 momentum=0.99', { batchSize: 400, epochs: 200 }),
      'momentum-sine': runFile('sine', mlp([32], 1, { activation: 'tanh' }), 'sgd 0.1 momentum=0.99', full(480, 200)),
      'adam': runFile('sine', mlp([32, 32], 1), 'adam 0.1 beta1=0.99', { batchSize: 480, epochs: 200 }),
      'batch-2': runFile('spirals', mlp([32], 3), `sgd 0.4 ${momentum}`, { batchSize: 4, epochs: 4 }),
      'clouds-batch-1': runFile('clouds', mlp([24], 3, glorot), `sgd 0.02 ${momentum}`, { batchSize: 1, epochs: 12 }),
      'sine-y-x20': runFile('sine-y-x20', mlp([32], 1, glorot), 'sgd 0.03', { epochs: 60 }),
      'rings-sgd': runFile('rings', deep(2, 24, 1, glorot), `sgd 1 ${momentum}`, { ...binary, batchSize: 128, epochs: 100 }),
      'digits-sgd': runFile('digits', mlp([48], 10, glorot), `sgd 0.8 ${momentum}`, { epochs: 25 }),
    },
  },
  'loss-spike': {
    also: ['adam-stale-second-moment', 'loss-oscillating', 'gradient-exploding', 'update-ratio'],
    runs: {
      'rate-jumps': runFile('mixture', mlp([32], 4), 'adam 2e-3', { ...long, schedule: jump }),
      'rate-jumps-digits': runFile('digits', mlp([48], 10), 'adam 2e-3', { schedule: jump }),
      'rate-jumps-sine': runFile('sine', mlp([32], 1), 'adamw 2e-3', { ...long, schedule: jump }),
    },
  },
  'overfitting': {
    runs: {
      'spirals': runFile('spirals-noisy-labels', mlp([128, 128], 3), 'adam 1e-2', { batchSize: 16, epochs: 60 }),
      'mixture': runFile('mixture-small', mlp([128], 4), 'adam 1e-2', { batchSize: 16, epochs: 120 }),
      'noisy-labels': runFile('mixture-noisy-labels', mlp([96, 96], 4), 'adam 5e-3', { epochs: 60 }),
      'sine': runFile('sine-small', mlp([128, 128], 1), 'adam 5e-3', { batchSize: 16, epochs: 100 }),
      'rings-small': runFile('rings-small', deep(3, 96, 1, glorot), keras('3e-3'), { ...binary, batchSize: 48, epochs: 400 }),
      'rings-noisy': runFile('rings-noisy-labels', deep(4, 128, 1, glorot), keras('3e-3'), { ...binary, epochs: 80 }),
    },
  },
  'data-scale': {
    also: ['gradient-exploding', 'saturated-units', 'non-finite', 'label-range'],
    runs: {
      'x300': runFile('mixture-x300', mlp([32], 4), 'adam 1e-3'),
      'x1000': runFile('sine-x1000', mlp([32], 1), 'adam 1e-3'),
      'offset': runFile('sine-offset', mlp([32], 1), 'sgd 1e-6'),
      'moons': runFile('moons-offset', mlp([24], 2), 'adam 1e-3', long),
    },
  },
  'constant-feature': {
    runs: {
      'mixture': runFile('mixture-constants', mlp([32], 4), 'adam 3e-3'),
      'sine': runFile('sine-constants', mlp([32], 1), 'adam 5e-3'),
      'moons': runFile('moons-constants', mlp([24], 2), 'adam 1e-2'),
    },
  },
  'label-imbalance': {
    runs: {
      'mixture': runFile('mixture-imbalanced', mlp([32], 4), 'adam 3e-3'),
      'moons': runFile('moons-imbalanced', mlp([24], 2), 'adam 1e-2'),
      'spirals': runFile('spirals-imbalanced', mlp([32, 32], 3), `sgd 0.1 ${momentum}`),
    },
  },
  'label-range': {
    also: ['loss-output-mismatch', 'data-scale', 'gradient-exploding'],
    runs: {
      'x5000': runFile('sine-y-x5000', mlp([32], 1), 'adam 1e-3'),
      'offset': runFile('sine-y-offset', mlp([32], 1), 'adam 3e-3'),
      'x300': runFile('sine-y-x300', mlp([32, 32], 1, { activation: 'tanh' }), 'adamw 3e-3'),
    },
  },
  'shuffled-order': {
    runs: {
      'mixture': runFile('mixture-sorted', mlp([32], 4), 'adam 3e-3', { data: { shuffle: false, validation: undefined } }),
      'spirals': runFile('spirals-sorted', mlp([32, 32], 3), `sgd 0.1 ${momentum}`, { data: { shuffle: false, validation: undefined } }),
      'sine': runFile('sine-sorted', mlp([32], 1), 'adam 5e-3', { data: { shuffle: false, validation: undefined } }),
    },
  },
  'loss-output-mismatch': {
    runs: {
      'relu-end': runFile('mixture', mlp([32], 4, { end: 'relu' }), 'adam 3e-3'),
      'tanh-end': runFile('digits', mlp([64], 10, { end: 'tanh' }), 'adam 1e-3'),
      'sigmoid-end': runFile('mixture', mlp([32], 4, { end: 'sigmoid' }), 'adam 3e-3'),
      'mse-on-classes': runFile('digits', mlp([64], 1), 'adam 1e-3', { loss: 'mse' }),
      'relu-regression': runFile('sine', mlp([32], 1, { end: 'relu' }), 'adam 5e-3'),
      'softmax-twice': runFile('digits', [...mlp([64], 10, { end: 'softmax' }), 'softmax'], 'adam 1e-3'),
      'clouds-relu-end': runFile('clouds', mlp([24], 3, { ...glorot, end: 'relu' }), keras('1e-3'), { batchSize: 128, epochs: 60 }),
      'rings-mse-sigmoid': runFile('rings', deep(3, 16, 1, { ...glorot, end: 'sigmoid' }), keras('1e-3'), { loss: 'mse', batchSize: 128, epochs: 60 }),
    },
  },
  'cannot-overfit-one-batch': {
    runs: {
      'dead': runFile('digits', mlp([32, 32], 10, { biasInitializer: { constant: -20 } }), 'adam 1e-3', { epochs: 2, ...learntByHeart }),
      'sigmoid-12': runFile('mixture', deep(12, 16, 4, { ...glorot, activation: 'sigmoid' }), 'adam 1e-3', { epochs: 4, ...learntByHeart }),
      'zeros': runFile('spirals', mlp([24, 24], 3, { initializer: 'zeros' }), 'sgd 0.1', { epochs: 4, ...learntByHeart }),
      'decay': runFile('sine', mlp([32], 1, { end: 'sigmoid' }), `sgd 0.05 ${momentum} weightDecay=2`, { epochs: 4, ...learntByHeart }),
    },
  },
  'clip-fraction': {
    runs: {
      'sgd': runFile('digits', mlp([64], 10), `sgd 0.05 ${momentum}`, { clip: { globalNorm: 0.02 } }),
      'adam': runFile('mixture', mlp([32], 4), 'adam 1e-3', { clip: { globalNorm: 0.01 } }),
      'value': runFile('spirals', mlp([32, 32], 3), 'sgd 0.1', { clip: { globalNorm: 0.005 } }),
    },
  },
  'adam-stale-second-moment': {
    also: ['loss-spike'],
    runs: {
      'mixture': runFile('mixture-shift', mlp([32], 4), 'adam 3e-3', { ...unshuffled, epochs: 4 }),
      'spirals': runFile('spirals-shift', mlp([32, 32], 3), 'adam 3e-3', { ...unshuffled, epochs: 4 }),
      'sine': runFile('sine-shift', mlp([32], 1), 'adamw 2e-3', { ...unshuffled, epochs: 4 }),
      'adam-0.9999': runFile('mixture-shift', mlp([24, 24], 4, { activation: 'tanh' }), 'adam 2e-3 beta2=0.9999', { ...unshuffled, epochs: 4 }),
    },
  },
  'adam-decoupled-second-moment': {
    also: ['adam-stale-second-moment'],
    runs: {
      'mixture': runFile('mixture-quiet', mlp([32], 4), 'adam 2e-3 beta2=0.99', { ...unshuffled, epochs: 3 }),
      'sine': runFile('sine-quiet', mlp([32], 1), 'adam 2e-3 beta2=0.99', { ...unshuffled, epochs: 3 }),
      'mixture-0.995': runFile('mixture-quiet', mlp([24, 24], 4), 'adam 1e-3 beta2=0.995', { ...unshuffled, epochs: 3, batchSize: 16 }),
    },
  },
  'adam-edge-of-stability': {
    also: ['adam-overshoot', 'update-ratio', 'lr-proposal', 'loss-oscillating', 'adam-no-warmup'],
    runs: {
      'linear': runFile('linear', [{ dense: 1 }], 'adam 0.1 beta2=0.9', { ...full(400, 250), ...watched }),
      'linear-mlp': runFile('linear', mlp([16], 1, { activation: 'tanh' }), 'adam 0.05 beta2=0.95', { ...full(400, 300), ...watched }),
      'sine': runFile('sine', mlp([32], 1, { activation: 'tanh' }), 'adam 0.1 beta2=0.95', { ...full(480, 300), ...watched }),
    },
  },
  'adam-uncorrelated-update': {
    also: ['adam-overshoot', 'update-ratio', 'adam-edge-of-stability', 'lr-proposal', 'loss-spike', 'adam-beta-order'],
    runs: {
      'mixture': runFile('mixture', deep(4, 32, 4), 'adam 0.03 beta1=0.995', long),
      'digits': runFile('digits', deep(4, 32, 10), 'adam 0.02 beta1=0.99', { batchSize: 16, epochs: 4 }),
      'sine': runFile('sine', deep(3, 32, 1), 'adam 0.05 beta1=0.99', long),
    },
  },
  'adam-epsilon-dominates': {
    also: ['slow-convergence', 'update-ratio'],
    runs: {
      'digits': runFile('digits', mlp([64], 10), 'adam 1e-3 epsilon=1'),
      'mixture': runFile('mixture', mlp([32], 4), 'adam 1e-3 epsilon=0.3'),
      'sine': runFile('sine', mlp([32], 1), 'adamw 2e-3 epsilon=1'),
      'tokens': runFile('tokens', embedded(60, 8, 24, 3), 'adam 1e-3 epsilon=0.1'),
    },
  },
  'adam-epsilon-too-small': {
    runs: {
      'rare-tokens': runFile('rare-tokens', embedded(600, 8, 24, 3), 'adam 5e-3 epsilon=1e-16', { epochs: 20 }),
      'rare-adamw': runFile('rare-tokens', embedded(600, 16, 32, 3), 'adamw 3e-3 epsilon=1e-15', { epochs: 20, batchSize: 16 }),
      'no-epsilon': runFile('rare-tokens', embedded(600, 6, 16, 3, { activation: 'tanh' }), 'adam 3e-3 epsilon=1e-20', { epochs: 20 }),
    },
  },
  'adam-no-warmup': {
    also: ['adam-edge-of-stability', 'update-ratio', 'adam-overshoot', 'lr-proposal', 'loss-spike'],
    runs: {
      'digits': runFile('digits', deep(6, 64, 10, { initializer: 'heNormal' }), 'adam 0.02', { epochs: 15 }),
      'mixture': runFile('mixture', deep(6, 64, 4, { initializer: 'heNormal' }), 'adam 0.02', long),
      'residual': runFile('digits', residualNet(6, 48, 10), 'adam 0.05', { epochs: 12 }),
      'spirals': runFile('spirals', deep(6, 48, 3, { initializer: 'heNormal' }), 'adam 0.03', long),
    },
  },
  'adam-bias-correction': {
    runs: {
      'digits': runFile('digits', mlp([64], 10), 'adam 1e-3 biasCorrection=false'),
      'mixture': runFile('mixture', mlp([32], 4), 'adam 3e-3 biasCorrection=false beta2=0.9995'),
      'sine': runFile('sine', mlp([32], 1), 'adamw 5e-3 biasCorrection=false'),
    },
  },
  'adam-second-moment-forgets': {
    also: ['adam-beta-order', 'adam-stale-second-moment', 'loss-spike'],
    runs: {
      'mixture': runFile('mixture-bursts', mlp([32], 4), 'adam 5e-3 beta2=0.8', { batchSize: 8, epochs: 3 }),
      'spirals': runFile('spirals-bursts', mlp([32], 3), 'adam 5e-3 beta2=0.7', { batchSize: 8, epochs: 3 }),
      'tokens': runFile('rare-tokens', embedded(600, 8, 24, 3), 'adam 3e-3 beta2=0.9', { epochs: 16 }),
    },
  },
  'adam-beta2-horizon': {
    runs: {
      'digits': runFile('digits', mlp([64], 10), 'adam 1e-3 beta2=0.99999'),
      'mixture': runFile('mixture', mlp([32], 4), 'adam 3e-3 beta2=0.9999', long),
      'sine': runFile('sine', mlp([32], 1), 'adamw 5e-3 beta2=0.9999', long),
    },
  },
  'adam-beta-order': {
    runs: {
      'digits': runFile('digits', mlp([64], 10), 'adam 1e-3 beta2=0.7'),
      'mixture': runFile('mixture', mlp([32], 4), 'adam 3e-3 beta1=0.99 beta2=0.95', long),
      'sine': runFile('sine', mlp([32], 1), 'adamw 5e-3 beta1=0.95 beta2=0.9', long),
    },
  },
  'adam-signal-to-noise': {
    also: ['adam-noise-scale', 'loss-not-decreasing', 'lr-proposal', 'slow-convergence', 'update-ratio'],
    runs: {
      'noise': runFile('mixture-permuted', mlp([8], 4), 'adam 1e-3', { batchSize: 4, epochs: 3 }),
      'noise-spirals': runFile('spirals-permuted', mlp([8], 3), 'adam 2e-3', { batchSize: 4, epochs: 3 }),
      'coherent': runFile('digits', mlp([64], 10), 'adam 2e-5', { batchSize: 512, epochs: 80 }),
      'coherent-mixture': runFile('mixture', mlp([32], 4), 'adam 3e-5', { batchSize: 400, epochs: 120 }),
    },
  },
  'adam-noise-scale': {
    also: ['adam-signal-to-noise', 'lr-proposal'],
    runs: {
      'small': runFile('mixture-noisy-labels', mlp([24], 4), 'adam 1e-3', { batchSize: 1, epochs: 3 }),
      'small-digits': runFile('digits', mlp([32], 10), 'adam 1e-3', { batchSize: 2, epochs: 1 }),
      'large': runFile('mixture-large', mlp([32], 4), 'adam 1e-3', { batchSize: 4096, epochs: 100 }),
      'large-spirals': runFile('spirals-large', mlp([32], 3), 'adam 1e-3', { batchSize: 4000, epochs: 150 }),
    },
  },
  'adam-overshoot': {
    also: ['adam-edge-of-stability', 'update-ratio', 'loss-oscillating', 'lr-proposal'],
    runs: {
      'full-batch': runFile('sine', mlp([32], 1, { activation: 'tanh' }), 'adam 0.3 beta1=0.5', { batchSize: 480, epochs: 200 }),
      'linear': runFile('linear', [{ dense: 1 }], 'adam 3 beta1=0.8', { batchSize: 400, epochs: 200 }),
      'mixture': runFile('mixture', mlp([32], 4), 'adam 0.5 beta1=0.5', { batchSize: 640, epochs: 200 }),
    },
  },
  'lr-proposal': {
    also: ['update-ratio', 'slow-convergence', 'adam-edge-of-stability', 'adam-overshoot', 'adam-signal-to-noise', 'loss-not-decreasing'],
    runs: {
      'small': runFile('digits', mlp([64], 10), 'adam 5e-6', { epochs: 15 }),
      'small-sine': runFile('sine', mlp([48], 1), 'adam 2e-6', long),
      'large': runFile('spirals', mlp([48], 3), 'adam 0.5', long),
      'large-digits': runFile('digits', mlp([48], 10), 'adam 0.2'),
    },
  },
};

export const faulty: Case[] = Object.entries(faults).flatMap(([rule, { also = [], runs }]) =>
  Object.entries(runs).flatMap(([name, config]) => withSeeds({ name: `${rule}-${name}`, set: 'calibration', rule, also, config }, 2)));
