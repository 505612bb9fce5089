import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { buildModel } from '../../engine/layers/model';
import { resolveLoss, type LossConfig } from '../../engine/loss';
import { Random } from '../../engine/random';
import { parseRunFile } from '../../engine/run/config';
import { createEvaluationSession } from '../../engine/training/evaluationSession';
import { temporaryFolder } from '../training/run';
import type { Case, KerasLayer, KerasObject } from './cases';
import { dataOf, preprocessingOf } from './keras/data';
import { initializerOf } from './keras/initializers';
import { layersOf } from './keras/layers';
import { lossOf, type Meets } from './keras/losses';
import { optimizerOf } from './keras/optimizers';
import { translate } from './keras/translate';

const noted = <T>(action: (note: (text: string) => void) => T): [T, string[]] => {
  const notes: string[] = [];
  return [action((text) => notes.push(text)), notes];
};

describe('initialisers', () => {
  const scaling = (scale: number, mode: string, distribution: string) => ({ class: 'VarianceScaling', scale, mode, distribution });
  it.each<[KerasObject | undefined, unknown]>([
    [undefined, 'glorotUniform'],
    ['he_uniform', 'heUniform'],
    ['HeNormal', { varianceScaling: { gain: 2, fan: 'in', distribution: 'truncatedNormal' } }],
    ['lecun_normal', { varianceScaling: { gain: 1, fan: 'in', distribution: 'truncatedNormal' } }],
    ['glorot_normal', { varianceScaling: { gain: 1, fan: 'average', distribution: 'truncatedNormal' } }],
    [scaling(1, 'fan_avg', 'uniform'), 'glorotUniform'],
    [scaling(2, 'fan_in', 'uniform'), 'heUniform'],
    [scaling(1, 'fan_in', 'uniform'), 'lecunUniform'],
    [scaling(1, 'fan_in', 'normal'), { varianceScaling: { gain: 1, fan: 'in', distribution: 'truncatedNormal' } }],
    [scaling(3, 'fan_out', 'untruncated_normal'), { varianceScaling: { gain: 3, fan: 'out', distribution: 'normal' } }],
    ['RandomUniform', { uniform: 0.05 }],
    [{ class: 'RandomUniform', minval: 0, maxval: 1 }, { uniform: [0, 1] }],
    [{ class: 'RandomNormal', mean: 0, stddev: 0.05 }, { normal: 0.05 }],
    [{ class: 'RandomNormal', mean: 2, stddev: 1 }, { normal: { mean: 2, std: 1 } }],
    [{ class: 'RandomNormal', mean: 2, stddev: 0 }, { constant: 2 }],
    [{ class_name: 'TruncatedNormal', config: { stddev: 0.2 } }, { truncatedNormal: 0.2 }],
    [{ class: 'Constant', value: 0.5 }, { constant: 0.5 }],
    [{ class: 'Orthogonal' }, { orthogonal: 1 }],
    ['zeros', 'zeros'],
    [{ class: 'Ones' }, 'ones'],
  ])('%j', (given, expected) => expect(initializerOf(given, 'glorot_uniform')).toEqual(expected));

  it('a bias scales by its own length', () => {
    expect(initializerOf(scaling(1, 'fan_avg', 'uniform'), 'zeros', 12)).toEqual({ uniform: Math.sqrt(3) * Math.sqrt(1 / 12) });
    expect(initializerOf(scaling(4, 'fan_in', 'normal'), 'zeros', 4)).toEqual({ truncatedNormal: 1 / 0.87962566103423978 });
  });
  it('says what is known', () => expect(() => initializerOf('Fancy', 'zeros')).toThrow(/^the initialiser "fancy" is not known; known are zeros, zero, ones,/));
});

describe('layers', () => {
  const zeros = { initializer: 'glorotUniform', biasInitializer: 'zeros' };
  it.each<[KerasLayer, unknown[]]>([
    [{ type: 'InputLayer', batch_input_shape: [null, 2] }, []],
    [{ type: 'Dense', units: 3 }, [{ dense: { units: 3, ...zeros } }]],
    [{ type: 'Dense', units: 3, activation: 'relu', use_bias: false, kernel_initializer: 'he_uniform' }, [{ dense: { units: 3, bias: false, initializer: 'heUniform' } }, 'relu']],
    [{ type: 'Dense', units: 4, activation: 'linear', bias_initializer: { class: 'Ones' } }, [{ dense: { units: 4, initializer: 'glorotUniform', biasInitializer: 'ones' } }]],
    [{ type: 'Activation', activation: 'exponential' }, ['exponential']],
    [{ type: 'Activation', activation: 'hard_sigmoid' }, [{ hardSigmoid: 0.2 }]],
    [{ type: 'Activation', activation: 'swish' }, ['silu']],
    [{ type: 'Activation', activation: 'leaky_relu' }, [{ leakyRelu: 0.2 }]],
    [{ type: 'LeakyReLU' }, [{ leakyRelu: 0.3 }]],
    [{ type: 'LeakyReLU', alpha: 0.1 }, [{ leakyRelu: 0.1 }]],
    [{ type: 'ELU' }, [{ elu: 1 }]],
    [{ type: 'Softmax' }, ['softmax']],
    [{ type: 'Conv2D', filters: 16, kernel_size: [3, 3], padding: 'same', activation: 'relu' }, [{ conv2d: { filters: 16, kernel: 3, padding: 'same', ...zeros } }, 'relu']],
    [{ type: 'Conv2D', filters: 16, kernel_size: [3, 5], strides: [2, 2] }, [{ conv2d: { filters: 16, kernel: [3, 5], stride: 2, padding: 0, ...zeros } }]],
    [{ type: 'MaxPooling2D', pool_size: [2, 2], strides: [2, 2], padding: 'valid' }, [{ maxPool2d: { kernel: 2 } }]],
    [{ type: 'MaxPooling2D' }, [{ maxPool2d: { kernel: 2 } }]],
    [{ type: 'AveragePooling2D', pool_size: [3, 3], strides: [1, 1], padding: 'same' }, [{ averagePool2d: { kernel: 3, stride: 1, padding: 'same' } }]],
    [{ type: 'GlobalAveragePooling2D' }, ['globalAveragePool']],
    [{ type: 'Flatten' }, ['flatten']],
    [{ type: 'Dropout', rate: 0.25 }, [{ dropout: 0.25 }]],
    [{ type: 'GaussianNoise', stddev: 0.1 }, [{ gaussianNoise: 0.1 }]],
    [{ type: 'BatchNormalization' }, [{ batchNorm: { momentum: 0.01, epsilon: 1e-3 } }]],
    [{ type: 'BatchNormalization', momentum: 0.9, epsilon: 1e-5, axis: [1] }, [{ batchNorm: { momentum: 0.1, epsilon: 1e-5 } }]],
  ])('%j', (layer, expected) => {
    const [entries, notes] = noted((note) => layersOf([layer, { type: 'Flatten' }], note));
    expect(entries).toEqual([...expected, 'flatten']);
    expect(notes).toEqual([]);
  });

  it.each<[KerasLayer, unknown[], string]>([
    [{ type: 'PReLU' }, [{ leakyRelu: 0.25 }], 'PReLU is LeakyReLU with a fixed slope of 0.25'],
    [{ type: 'AlphaDropout', rate: 0.1 }, [{ dropout: 0.1 }], 'AlphaDropout is Dropout'],
    [{ type: 'ReLU', max_value: 6 }, ['relu'], 'the limits of ReLU are left out'],
    [{ type: 'Dense', units: 1, kernel_regularizer: { class: 'L2' } }, [{ dense: { units: 1, ...zeros } }], 'kernel_regularizer of Dense is left out'],
  ])('%j with a note', (layer, expected, sentence) => expect(noted((note) => layersOf([layer], note))).toEqual([expected, [sentence]]));

  it('says what is known', () => {
    expect(() => layersOf([{ type: 'LSTM', units: 3 }], () => {})).toThrow(/^the layer "lstm" is not known; known are input, inputlayer, dense,/);
    expect(() => layersOf([{ type: 'Activation', activation: 'wave' }], () => {})).toThrow(/^the activation "wave" is not known; known are linear, relu,/);
  });
});

describe('optimizers', () => {
  const adam = { type: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  it.each<[KerasObject, unknown, string[]?]>([
    ['adam', { optimizer: adam }],
    [{ name: 'Adam', lr: 0.01, beta_1: 0.35, beta_2: 0.126 }, { optimizer: { ...adam, learningRate: 0.01, beta1: 0.35, beta2: 0.126 } }],
    [{ name: 'SGD' }, { optimizer: { type: 'sgd', learningRate: 0.01, momentum: 0 } }],
    [{ name: 'SGD', learning_rate: 0.1, momentum: 0.9, nesterov: true, decay: 1e-4 }, { optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true }, schedule: { type: 'inverseTime', rate: 1e-4 } }],
    [{ name: 'Adagrad', lr: 1 }, { optimizer: { type: 'adagrad', learningRate: 1, initialAccumulatorValue: 0.1, epsilon: 1e-7 } }],
    [{ name: 'RMSprop' }, { optimizer: { type: 'rmsprop', learningRate: 1e-3, alpha: 0.9, momentum: 0, epsilon: 1e-7 } }],
    [{ name: 'Adam', clipvalue: 0.5 }, { optimizer: adam, clip: { value: 0.5 } }],
    [{ name: 'Nadam' }, { optimizer: adam }, ['Nadam is Adam']],
    [{ name: 'Adam', clipnorm: 1 }, { optimizer: adam, clip: { globalNorm: 1 } }, ['clipnorm, which is per tensor, is a global norm']],
  ])('%j', (given, expected, notes = []) => expect(noted((note) => optimizerOf(given, note))).toEqual([expected, notes]));
});

describe('losses', () => {
  /** Keras' losses of what leaves the network; `y` one-hot, or 0 and 1. Written from its documentation: means over the last axis, then over the batch. */
  type Formula = (p: number[], y: number[]) => number;
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const limited = (p: number): number => Math.min(1 - 1e-7, Math.max(1e-7, p));
  const formulas: Record<string, Formula> = {
    categorical_crossentropy: (p, y) => -p.reduce((sum, v, i) => sum + y[i] * Math.log(limited(v / p.reduce((a, b) => a + b, 0))), 0),
    binary_crossentropy: (p, y) => mean(p.map((v, i) => -y[i] * Math.log(limited(v)) - (1 - y[i]) * Math.log(1 - limited(v)))),
    mean_squared_error: (p, y) => mean(p.map((v, i) => (v - y[i]) ** 2)),
    mae: (p, y) => mean(p.map((v, i) => Math.abs(v - y[i]))),
  };
  const activations: Record<string, (z: number[]) => number[]> = {
    softmax: (z) => z.map((v) => Math.exp(v) / z.reduce((sum, w) => sum + Math.exp(w), 0)),
    sigmoid: (z) => z.map((v) => 1 / (1 + Math.exp(-v))),
    relu: (z) => z.map((v) => Math.max(0, v)),
    linear: (z) => z,
  };
  const batch = 6;
  const features = 4;

  it.each<[string, string, number]>([
    ['softmax', 'categorical_crossentropy', 3], ['sigmoid', 'categorical_crossentropy', 3],
    ['sigmoid', 'binary_crossentropy', 1], ['sigmoid', 'binary_crossentropy', 3], ['softmax', 'binary_crossentropy', 3], ['relu', 'binary_crossentropy', 1],
    ['softmax', 'mean_squared_error', 3], ['sigmoid', 'mean_squared_error', 1], ['softmax', 'mae', 3], ['linear', 'mean_squared_error', 3],
  ])('%s into %s with %i outputs', async (activation, name, width) => {
    const layers = layersOf([{ type: 'Dense', units: width, activation }], () => {});
    const meets: Meets = { last: activation === 'softmax' || activation === 'sigmoid' ? activation : 'other', width, classes: true };
    const config: LossConfig = lossOf(name, meets, () => {});
    const model = buildModel(layers, { type: 'float32', dims: [features] }, 5);
    const weights = (parameter: string) => model.graph.tensor(parameter)!.data as Float32Array;
    const session = await createEvaluationSession(model, resolveLoss(config), batch, 'cpu', weights);
    const random = new Random(1, 'losses');
    session.inputs[0].forEach((_, i, all) => (all[i] = random.normal()));
    session.labels.forEach((_, i, all) => (all[i] = random.below(width === 1 ? 2 : width)));
    const { loss } = await session.run();
    const [w, b] = [weights('dense1.weight'), weights('dense1.bias')];
    const expected = mean(Array.from({ length: batch }, (_, n) => {
      const z = Array.from({ length: width }, (_, u) => b[u] + Array.from({ length: features }, (_, k) => w[u * features + k] * session.inputs[0][n * features + k]).reduce((a, c) => a + c, 0));
      return formulas[name](activations[activation](z), width === 1 ? [session.labels[n]] : z.map((_, c) => Number(c === session.labels[n])));
    }));
    // The limit 1 - 1e-7 is 1 - 1.2e-7 in float32.
    expect(loss / expected).toBeCloseTo(1, activation === 'relu' ? 2 : 4);
    await session.release();
  });

  it('numbers have no one-hot form', () => {
    expect(lossOf('mse', { last: 'other', width: 1, classes: false }, () => {})).toBe('mse');
    expect(() => lossOf('categorical_crossentropy', { last: 'softmax', width: 3, classes: false }, () => {})).toThrow('categorical_crossentropy needs classes, but the labels are numbers');
  });
  it('takes the nearest with a note', () => expect(noted((note) => lossOf('hinge', { last: 'other', width: 1, classes: true }, note))).toEqual([{ type: 'l1', classes: true }, ['hinge is l1']]));
});

describe('data', () => {
  it.each<[string, object, string[]?]>([
    ['none (x*100 then /100); y one-hot 3', { transforms: [] }],
    ['NONE (pixel values 0..255 not normalised: the bug)', { transforms: [] }],
    ['none (targets unscaled)', { transforms: [] }],
    ['28x28x1, /255; y one-hot 10', { transforms: [{ scale: 1 / 255 }] }],
    ['TF tutorial reader (already /255), first 1000/300; one-hot', { transforms: [{ scale: 1 / 255 }] }],
    ['MinMaxScaler(-1,1)', { transforms: [], toRange: [-1, 1] }],
    ['per-channel (x-mean)/std, mean=[125.3,122.9,113.8] std=[62.9,62.0,66.7]; one-hot', { transforms: [{ standardize: { per: 'channel', mean: [125.3, 122.9, 113.8], std: [62.9, 62, 66.7] } }] }],
    ['StandardScaler; y one-hot 3', { transforms: [{ standardize: {} }] }],
    ['StandardScaler on x and y', { transforms: [{ standardize: {} }], standardizedTargets: true }],
    ['StandardScaler (targets unscaled)', { transforms: [{ standardize: {} }] }],
    ['whitening by PCA', { transforms: [] }, ['the preprocessing "whitening by PCA" is not understood: the data is taken as it is']],
  ])('%s', (text, expected, notes = []) => expect(noted((note) => preprocessingOf(text, note))).toEqual([{ standardizedTargets: false, ...expected }, notes]));

  const folderWith = (files: Record<string, string | Uint8Array>): string => {
    const folder = temporaryFolder();
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), content);
    }
    return folder;
  };
  const dataset = (name: string, file: string, preprocess: string, train: number, validation: number) => ({ dataset: { name, file, preprocess, n_train: train, n_val: validation } });
  const csv = 'x0,x1,target\n0,5,0\n1,6,1\n2,7,0\n4,9,1\n';

  it('takes the first rows of a table to train and the next to validate', () => {
    const folder = folderWith({ 'data/points.csv': csv });
    const { data, classes, dims } = dataOf(dataset('points', 'points.csv', 'none', 2, 1), folder, path.join(folder, 'cache'), () => {});
    const source = { csv: path.join(folder, 'data/points.csv'), label: 'target' };
    expect([data, classes, dims]).toEqual([{ train: { ...source, limit: 2 }, validation: { ...source, offset: 2, limit: 1 } }, 2, [2]]);
    expect(() => dataOf(dataset('points', 'points.csv', 'none', 3, 2), folder, folder, () => {})).toThrow('the data has 4 rows; the case needs 3 to train and 2 to validate');
    expect(() => dataOf(dataset('points', 'others.csv', 'none', 3, 2), folder, folder, () => {})).toThrow('the data file others.csv does not exist');
  });

  it('scales columns as published where the file does not hold them so', () => {
    const folder = folderWith({ 'data/points.csv': csv });
    const { data } = dataOf(dataset('points', 'points.csv', 'MinMaxScaler(-1,1)', 2, 1), folder, path.join(folder, 'cache'), () => {});
    expect(readFileSync((data.train as { csv: string }).csv, 'utf8')).toBe('x0,x1,target\n-1,-1,0\n-0.5,-0.5,1\n0,0,0\n1,1,1\n');
    const again = dataOf(dataset('scaled', path.relative(folder, (data.train as { csv: string }).csv), 'MinMaxScaler(-1,1)', 2, 1), folder, path.join(folder, 'cache'), () => {});
    expect(again.data.train).toMatchObject({ csv: (data.train as { csv: string }).csv });
  });

  it('reads CIFAR records, training file first', () => {
    const record = (label: number): number[] => [label, ...Array.from({ length: 3072 }, (_, i) => (label + i) % 256)];
    const folder = folderWith({ 'images/test_batch.bin.gz': gzipSync(Uint8Array.from(record(2))), 'images/train_batch.bin.gz': gzipSync(Uint8Array.from([...record(9), ...record(5)])) });
    const { data, classes, dims } = dataOf(dataset('cifar', 'images', 'none', 1, 2), folder, path.join(folder, 'cache'), () => {});
    expect([classes, dims]).toEqual([10, [3, 32, 32]]);
    const array = (file: string) => readNpy(readFileSync(file), file);
    const validation = data.validation as { npy: string; labels: string };
    expect(Array.from(array(validation.labels).data as Uint8Array)).toEqual([5, 2]);
    expect(array(validation.npy).dims).toEqual([2, 3, 32, 32]);
    expect(Array.from((array(validation.npy).data as Uint8Array).subarray(3072, 3075))).toEqual([2, 3, 4]);
  });

  it('reads IDX images, grey ones as one channel', () => {
    const idx = (dims: number[], data: number[]) => gzipSync(Uint8Array.from([0, 0, 8, dims.length, ...dims.flatMap((n) => [0, 0, 0, n]), ...data]));
    const folder = folderWith({
      'm/t10k-images-idx3-ubyte.gz': idx([1, 1, 2], [7, 8]), 'm/t10k-labels-idx1-ubyte.gz': idx([1], [3]),
      'm/train-images-idx3-ubyte.gz': idx([2, 1, 2], [1, 2, 3, 4]), 'm/train-labels-idx1-ubyte.gz': idx([2], [0, 1]),
    });
    const { data, dims } = dataOf(dataset('mnist', 'm', '/255', 2, 1), folder, path.join(folder, 'cache'), () => {});
    expect(dims).toEqual([1, 1, 2]);
    expect(data.transforms).toEqual([{ scale: 1 / 255 }]);
    const { npy } = data.validation as { npy: string };
    expect(Array.from(readNpy(readFileSync(npy), npy).data as Uint8Array)).toEqual([7, 8]);
  });

  it('a whole case is a run file that our schema takes', () => {
    const folder = folderWith({ 'data/points.csv': csv });
    const one: Case = {
      id: 'c', source: '', ...dataset('points', 'points.csv', 'none', 2, 1), loss: 'binary_crossentropy', optimizer: { name: 'Adam' }, batchSize: 2, epochs: 3,
      layers: [{ type: 'Dense', units: 2, activation: 'relu' }, { type: 'GaussianNoise', stddev: 0.1 }, { type: 'Dense', units: 1 }, { type: 'Activation', activation: 'sigmoid' }],
      faulty: true, expected: ['dead-units'], labelledBy: '', configInferred: false,
    };
    const { runFile, notes } = translate(one, folder, folder);
    const { config } = parseRunFile(JSON.stringify(runFile), 'case.train.json');
    expect(config).toMatchObject({ loss: 'bceWithLogits', batchSize: 2, epochs: 3, optimizer: { epsilon: 1e-7 } });
    expect(notes).toEqual([]);
  });
});
