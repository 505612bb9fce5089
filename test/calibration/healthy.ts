/** Runs that learn well: whatever warns in one of them is a false alarm. */
import { type Case, runFile, type RunFile, withSeeds } from './case';
import { convnet, deep, embedded, mlp, residualNet } from './models';

const momentum = 'momentum=0.9';
const long = { epochs: 25 };
/** As Keras starts: its initialiser, its epsilon. */
const glorot = { initializer: 'glorotUniform' };
const keras = (rate: string): string => `adam ${rate} epsilon=1e-7`;
const binary = { loss: 'bceWithLogits' };
/** Pixels of 0 to 16 as they are. */
const raw = { data: { transforms: [] } };

const runs: Record<string, RunFile> = {
  'digits-adam': runFile('digits', mlp([64], 10), 'adam 2e-3'),
  'digits-adam-deep': runFile('digits', deep(4, 48, 10, { initializer: 'heNormal' }), 'adam 1e-3'),
  'digits-adam-batch-16': runFile('digits', mlp([32], 10), 'adam 2e-3', { batchSize: 16, epochs: 5 }),
  'digits-adam-batch-256': runFile('digits', mlp([64], 10), 'adam 5e-3', { batchSize: 256, epochs: 40 }),
  'digits-adam-dropout': runFile('digits', mlp([96], 10, { dropout: 0.2 }), 'adam 2e-3'),
  'digits-adam-gelu': runFile('digits', mlp([64, 32], 10, { activation: 'gelu' }), 'adam 1e-3'),
  'digits-adamw': runFile('digits', mlp([64, 32], 10), 'adamw 2e-3 weightDecay=0.01'),
  'digits-adamw-cosine': runFile('digits', mlp([64], 10), 'adamw 3e-3', { schedule: { type: 'cosine', warmupSteps: 20 } }),
  'digits-amsgrad': runFile('digits', mlp([64], 10), 'adam 1e-3 amsgrad=true'),
  'digits-sgd': runFile('digits', mlp([64], 10), `sgd 0.05 ${momentum}`),
  'digits-sgd-plain': runFile('digits', mlp([64], 10), 'sgd 0.2'),
  'digits-rmsprop': runFile('digits', mlp([64], 10), 'rmsprop 1e-3'),
  'digits-adagrad': runFile('digits', mlp([64], 10), 'adagrad 0.02'),
  'digits-batchnorm': runFile('digits', deep(3, 48, 10, { norm: 'batchNorm' }), 'adam 2e-3'),
  'digits-layernorm': runFile('digits', deep(3, 48, 10, { norm: 'layerNorm' }), 'adam 2e-3'),
  'digits-residual': runFile('digits', residualNet(3, 24, 10), 'adam 2e-3'),
  'digits-residual-sgd': runFile('digits', residualNet(2, 24, 10), `sgd 0.02 ${momentum}`),
  'digits-clipped': runFile('digits', mlp([64], 10), 'adam 1e-3', { clip: { globalNorm: 5 } }),
  'images-adam': runFile('images', convnet([8], 10), 'adam 2e-3', { epochs: 8 }),
  'images-adam-deep': runFile('images', convnet([8, 12], 10), 'adam 1e-3', { epochs: 8 }),
  'images-batchnorm': runFile('images', convnet([8, 8], 10, { norm: 'batchNorm' }), 'adamw 2e-3', { epochs: 6 }),
  'images-sgd': runFile('images', convnet([8], 10), `sgd 0.05 ${momentum}`, { epochs: 8 }),
  'spirals-adam': runFile('spirals', mlp([48, 48], 3), 'adam 5e-3', long),
  'spirals-tanh': runFile('spirals', mlp([32, 32], 3, { activation: 'tanh' }), 'adam 1e-2', long),
  'spirals-sgd': runFile('spirals', mlp([48, 48], 3), `sgd 0.1 ${momentum}`, long),
  'spirals-warmup': runFile('spirals', deep(4, 32, 3, { initializer: 'heUniform' }), 'adam 3e-3', { ...long, schedule: { type: 'constant', warmupSteps: 50 } }),
  'moons-adam': runFile('moons', mlp([24], 2), 'adam 1e-2', long),
  'moons-bce': runFile('moons', mlp([24], 1), 'adam 1e-2', { ...long, loss: 'bceWithLogits' }),
  'moons-rmsprop': runFile('moons', mlp([32], 2), 'rmsprop 3e-3', long),
  'moons-sigmoid': runFile('moons', mlp([24], 2, { activation: 'sigmoid', initializer: 'glorotUniform' }), 'adam 3e-2', long),
  'mixture-adam': runFile('mixture', mlp([32], 4), 'adam 3e-3', long),
  'mixture-selu': runFile('mixture', deep(4, 24, 4, { activation: 'selu', initializer: 'lecunNormal' }), 'adam 2e-3'),
  'mixture-adagrad': runFile('mixture', mlp([32], 4), 'adagrad 0.05', long),
  'mixture-large': runFile('mixture-large', mlp([32], 4), 'adam 2e-3', { batchSize: 64, epochs: 6 }),
  'mixture-long': runFile('mixture-large', mlp([24], 4), 'adam 1e-3', { batchSize: 64, epochs: 11 }),
  'sine-adam': runFile('sine', mlp([48, 48], 1), 'adam 5e-3', long),
  'sine-huber': runFile('sine', mlp([48], 1), 'adam 1e-2', { ...long, loss: 'huber' }),
  'sine-sgd': runFile('sine', mlp([32], 1, { activation: 'tanh' }), `sgd 0.02 ${momentum}`, long),
  'linear-adam': runFile('linear', [{ dense: 1 }], 'adam 0.05', long),
  'linear-sgd': runFile('linear', [{ dense: 1 }], 'sgd 0.05', long),
  'linear-mlp': runFile('linear', mlp([32], 1), 'adam 1e-2', long),
  'tokens-adam': runFile('tokens', embedded(60, 8, 24, 3), 'adam 3e-3'),
  'tokens-adamw': runFile('tokens', embedded(60, 12, 24, 3), 'adamw 5e-3'),
  'tokens-sgd': runFile('tokens', embedded(60, 8, 24, 3), `sgd 0.05 ${momentum}`),

  // Stacks that rest on a plateau before they learn.
  'rings-relu-3': runFile('rings', deep(3, 12, 1, glorot), keras('1e-3'), { ...binary, batchSize: 128, epochs: 200 }),
  'rings-relu-5': runFile('rings', deep(5, 24, 1, glorot), keras('1e-3'), { ...binary, batchSize: 128, epochs: 150 }),
  'rings-relu-8': runFile('rings', deep(8, 32, 1, glorot), keras('1e-3'), { ...binary, batchSize: 64, epochs: 100 }),
  'rings-tanh-5': runFile('rings', deep(5, 16, 1, { ...glorot, activation: 'tanh' }), keras('1e-3'), { ...binary, batchSize: 128, epochs: 150 }),
  'rings-elu-6': runFile('rings', deep(6, 16, 1, { ...glorot, activation: 'elu' }), keras('1e-3'), { ...binary, batchSize: 32, epochs: 60 }),
  'rings-selu-10': runFile('rings', deep(10, 16, 1, { activation: 'selu', initializer: 'lecunNormal' }), keras('1e-3'), { ...binary, batchSize: 32, epochs: 80 }),
  'rings-sigmoid-1': runFile('rings', mlp([24], 1, { ...glorot, activation: 'sigmoid' }), keras('1e-2'), { ...binary, epochs: 120 }),
  'rings-dropout': runFile('rings', deep(3, 32, 1, { ...glorot, dropout: 0.3 }), keras('1e-3'), { ...binary, batchSize: 64, epochs: 120 }),
  'rings-batchnorm': runFile('rings', deep(3, 16, 1, { ...glorot, norm: 'batchNorm' }), keras('1e-3'), { ...binary, batchSize: 64, epochs: 80 }),
  'rings-sgd': runFile('rings', deep(2, 24, 1, glorot), `sgd 0.05 ${momentum}`, { ...binary, batchSize: 64, epochs: 150 }),
  'rings-sgd-plain': runFile('rings', mlp([32], 1, glorot), 'sgd 0.1', { ...binary, epochs: 200 }),
  'rings-noisy-labels': runFile('rings-noisy-labels', deep(3, 16, 1, glorot), keras('3e-3'), { ...binary, batchSize: 64, epochs: 60 }),
  'spirals-relu-6': runFile('spirals', deep(6, 32, 3, glorot), keras('1e-3'), { epochs: 100 }),

  // Data as they come: unscaled, few, or with labels that can be known in part only.
  'clouds-adam': runFile('clouds', mlp([32], 3, glorot), keras('1e-3'), { epochs: 80 }),
  'clouds-adam-small': runFile('clouds', mlp([48], 3, glorot), keras('2e-4'), { epochs: 120 }),
  'clouds-deep': runFile('clouds', deep(4, 16, 3, glorot), keras('1e-3'), { batchSize: 128, epochs: 150 }),
  'clouds-beta2': runFile('clouds', deep(3, 24, 3, glorot), `${keras('1e-3')} beta1=0.5 beta2=0.7`, { batchSize: 128, epochs: 100 }),
  'clouds-adagrad': runFile('clouds', deep(2, 32, 3, glorot), 'adagrad 0.1', { batchSize: 128, epochs: 100 }),
  'clouds-sgd': runFile('clouds', mlp([24], 3, glorot), 'sgd 0.01', { epochs: 80 }),
  'clouds-rmsprop': runFile('clouds', deep(2, 24, 3, glorot), 'rmsprop 1e-3', { epochs: 60 }),
  'clouds-small': runFile('clouds-small', mlp([16], 3, glorot), keras('5e-3'), { batchSize: 16, epochs: 150 }),
  'faint-adam': runFile('faint', mlp([16], 2, glorot), keras('1e-3'), { epochs: 40 }),
  'faint-sgd': runFile('faint', mlp([16], 2, glorot), `sgd 0.02 ${momentum}`, { epochs: 40 }),
  'mixture-small': runFile('mixture-small', mlp([16], 4, glorot), keras('3e-3'), { batchSize: 8, epochs: 80 }),
  'mixture-noisy-labels': runFile('mixture-noisy-labels', mlp([16], 4, glorot), keras('1e-3'), { epochs: 60 }),
  'sine-noisy': runFile('sine-noisy', mlp([24], 1, glorot), keras('3e-3'), { epochs: 30 }),
  'sine-y-x20': runFile('sine-y-x20', mlp([48, 48], 1, glorot), keras('5e-3'), { epochs: 60 }),
  'digits-raw': runFile('digits', mlp([64], 10, glorot), keras('1e-3'), raw),
  'digits-raw-deep': runFile('digits', deep(3, 48, 10, glorot), keras('1e-3'), raw),
  'images-raw': runFile('images', convnet([8, 8], 10, glorot), keras('1e-3'), { ...raw, epochs: 5 }),

  // Models that learn a batch by heart first.
  'digits-one-batch': runFile('digits', mlp([48], 10, glorot), keras('1e-3'), { diagnose: { oneBatch: true } }),
  'rings-one-batch': runFile('rings', deep(3, 24, 1, glorot), keras('2e-3'), { ...binary, epochs: 80, diagnose: { oneBatch: true } }),
  'sine-one-batch': runFile('sine', mlp([32], 1, { activation: 'tanh' }), `sgd 0.05 ${momentum}`, { epochs: 30, diagnose: { oneBatch: true } }),
  'images-one-batch': runFile('images', convnet([8], 10, { ...glorot, norm: 'batchNorm' }), 'adamw 2e-3', { epochs: 5, diagnose: { oneBatch: true } }),

  // Small learning rates that reach the end all the same, and long runs.
  'digits-sgd-small': runFile('digits', mlp([64], 10, glorot), 'sgd 0.02', { epochs: 30 }),
  'digits-sgd-momentum-small': runFile('digits', mlp([64], 10, glorot), `sgd 2e-3 ${momentum}`, { epochs: 30 }),
  'digits-sgd-deep': runFile('digits', deep(3, 48, 10, glorot), `sgd 0.01 ${momentum}`, { epochs: 25 }),
  'digits-adam-small': runFile('digits', mlp([64], 10, glorot), keras('2e-4'), { epochs: 20 }),
  'digits-keras': runFile('digits', mlp([64, 32], 10, { ...glorot, dropout: 0.3 }), keras('1e-3'), { batchSize: 128, epochs: 40 }),
  'digits-long': runFile('digits', mlp([64], 10, glorot), keras('2e-3'), { epochs: 40 }),
  'images-keras': runFile('images', convnet([8, 12], 10, { ...glorot, norm: 'batchNorm' }), keras('1e-3'), { batchSize: 128, epochs: 12 }),
  'images-sgd-keras': runFile('images', convnet([8, 8], 10, glorot), `sgd 0.01 ${momentum}`, { epochs: 12 }),
  'images-relu-4': runFile('images', convnet([8, 8, 8, 8], 10, glorot), keras('1e-3'), { batchSize: 64, epochs: 10 }),
};

export const healthy: Case[] = Object.entries(runs).flatMap(([name, config]) => withSeeds({ name: `healthy-${name}`, set: 'calibration', also: [], config }, 2));
