/** Runs that learn well: whatever warns in one of them is a false alarm. */
import { type Case, runFile, type RunFile, withSeeds } from './case';
import { convnet, deep, embedded, mlp, residualNet } from './models';

const momentum = 'momentum=0.9';
const long = { epochs: 25 };

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
};

export const healthy: Case[] = Object.entries(runs).flatMap(([name, config]) => withSeeds({ name: `healthy-${name}`, set: 'calibration', also: [], config }, 2));
