import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadData } from '../../engine/data/load';
import { readModel } from '../../engine/onnx/model';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { readRun, runFiles } from '../../engine/run/folder';
import { evaluateRun, resumeRun, trainNew } from '../../engine/training/run';
import type { Trainer } from '../../engine/training/trainer';
import { Random } from '../../engine/random';
import { everything } from '../data/folder';
import { stateful, temporaryFolder, train, weights, writeRunFile } from './run';

const linear = { train: { simulated: 'linear', samples: 150, features: 6, noise: 0.1 }, validation: 0.2 };

describe('a stopped and resumed run ends like one that was not, bit for bit', () => {
  it.each<[string, object]>([
    ['accumulated gradients, averages, past norms, a plateau', { batchSize: 8, accumulate: 3, ema: { decay: 0.9 }, clip: { percentile: 60, window: 5 }, schedule: { type: 'reduceOnPlateau', patience: 0, threshold: 0.5, cooldown: 1 } }],
    ['L-BFGS', { optimizer: { type: 'lbfgs', maxIterations: 3, historySize: 4 }, model: { layers: [{ dense: 5 }, 'tanh', { dense: 1 }] }, batchSize: 64, accumulate: 2, schedule: undefined, epochs: 9 }],
    ['NAdam', { optimizer: { type: 'nadam', learningRate: 0.01 } }],
    ['LAMB', { optimizer: { type: 'lamb', learningRate: 0.01 } }],
  ])('%s', async (_, changes) => {
    const config = { ...stateful, epochs: 6, ...changes };
    const whole = await train(config);
    const folder = path.join(temporaryFolder(), 'run');
    let trainer: Trainer | undefined;
    const events = { event: (event: { type: string; steps?: { step: number }[] }) => { if (event.type === 'steps' || event.type === 'step') trainer?.stop('the test'); }, log: () => {} };
    const stopped = await trainNew({ runFile: writeRunFile(config), out: folder }, events as never, (it) => (trainer = it));
    expect(stopped.status).toBe('stopped');
    expect(stopped.steps).toBeLessThan(whole.steps);
    const resumed = await resumeRun({ run: folder }, { event: () => {}, log: () => {} }, () => {});
    expect(resumed.steps).toBe(whole.steps);
    expect(weights(folder)).toEqual(weights(whole.run));
  });
});

describe('accumulated gradients', () => {
  const tables = () => {
    const random = new Random(1, 'table');
    const rows = Array.from({ length: 100 }, (_, i) => [random.normal(), random.normal() + (i % 3), random.normal(), ['a', 'b', 'c'][Math.min(2, i % 5)]].join());
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'table.csv'), ['x,y,z,kind', ...rows].join('\n'));
    return folder;
  };
  it.each([
    [{ data: { train: linear.train, shuffle: true }, loss: 'mse', model: { layers: [{ dense: 8 }, 'tanh', { dense: 1 }] } }],
    [{ data: { train: { csv: 'table.csv', label: 'kind' } }, loss: { type: 'crossEntropy', classWeights: [1, 5, 0.3] }, model: { layers: [{ dense: 8 }, 'tanh', { dense: 3 }] } }],
  ])('equal the large batch: %j', async (task) => {
    const folder = tables();
    const config = { ...task, optimizer: { type: 'sgd', learningRate: 0.05, momentum: 0.9 }, epochs: 4 };
    const large = await train(writeRunFile({ ...config, batchSize: 48 }, folder, 'large.train.json'));
    const small = await train(writeRunFile({ ...config, batchSize: 12, accumulate: 4 }, folder, 'small.train.json'));
    const [a, b] = [large, small].map(({ run }) => readCheckpoint(runFiles(run).last).parameters);
    for (const name of Object.keys(a)) a[name].data.forEach((value, i) => expect(Math.abs(Number(value) - Number(b[name].data[i]))).toBeLessThan(2e-6));
    const [as, bs] = [large, small].map(({ run }) => readRun(run).steps);
    expect(bs.length).toBe(as.length);
    as.forEach(({ loss, metric, gradientNorm }, i) => {
      expect(bs[i].loss).toBeCloseTo(loss, 5);
      expect(bs[i].metric).toBeCloseTo(metric, 5);
      expect(bs[i].gradientNorm).toBeCloseTo(gradientNorm, 4);
    });
  });
});

describe('a run', () => {
  it('is validated and exported with the averaged weights', async () => {
    // A line without buffers, so that the oracle is a dot product: what the average of the weights predicts on the validation rows.
    const config = { data: linear, loss: 'mse', model: { layers: [{ dense: 1 }] }, optimizer: { type: 'sgd', learningRate: 0.02 }, ema: { decay: 0.9 }, batchSize: 30, epochs: 1 };
    const { run, validation } = await train(config);
    const { parameters, optimizer } = readCheckpoint(runFiles(run).last);
    const data = await loadData(config.data as never, { directory: '.', seed: 0, loss: 'mse' });
    const { inputs, labels } = everything(data.validation!);
    const lossOf = (weight: ArrayLike<number>, bias: ArrayLike<number>): number =>
      inputs.reduce((sum, x, i) => sum + (x.reduce((y, value, j) => y + value * weight[j], bias[0]) - labels[i]) ** 2, 0) / inputs.length;
    const numbersOf = (tensor: { data: ArrayLike<unknown> }) => tensor.data as ArrayLike<number>;
    const averaged = lossOf(numbersOf(optimizer['ema/dense1.weight']), numbersOf(optimizer['ema/dense1.bias']));
    const own = lossOf(numbersOf(parameters['dense1.weight']), numbersOf(parameters['dense1.bias']));
    expect(Math.abs(averaged / own - 1)).toBeGreaterThan(0.05);
    expect(Math.abs(validation!.loss / averaged - 1)).toBeLessThan(1e-5);
    const { graph } = readModel(readFileSync(runFiles(run).model), 'model.onnx');
    for (const name of ['dense1.weight', 'dense1.bias']) expect([...graph.tensor(name)!.data]).toEqual([...optimizer[`ema/${name}`].data]);
  });

  it.each([[undefined, 'best'], [true, 'best'], [false, 'last']] as const)('that stops early keeps the weights of an epoch by restoreBest: %s', async (restoreBest, kept) => {
    const earlyStop = { patience: 2, ...(restoreBest !== undefined && { restoreBest }) };
    // A learning rate that makes the loss rise after the first epochs.
    const { run, reason, validation } = await train({ data: linear, loss: 'mse', model: { layers: [{ dense: 1 }] }, optimizer: { type: 'sgd', learningRate: 0.02 }, schedule: { type: 'multiStep', milestones: [8], gamma: 40 }, batchSize: 30, epochs: 20, earlyStop });
    expect(reason).toMatch(/has not improved for 2 epochs/);
    const files = runFiles(run);
    const [best, last] = [files.best, files.last].map(readCheckpoint);
    expect(best.progress.step).toBeLessThan(last.progress.step);
    const wanted = kept === 'best' ? best : last;
    expect([...readModel(readFileSync(files.model), 'model.onnx').graph.tensor('dense1.weight')!.data]).toEqual([...wanted.parameters['dense1.weight'].data]);
    expect(validation!.loss).toBe(readRun(run).steps.find(({ step }) => step === wanted.progress.step)!.validation!.loss);
    expect((await evaluateRun({ run })).checkpoint).toBe(kept);
  });

  it('reduces its learning rate on a plateau', async () => {
    const { run } = await train({ ...stateful, epochs: 8, schedule: { type: 'reduceOnPlateau', patience: 1, factor: 0.5, threshold: 0.9 } });
    const rates = new Map(readRun(run).steps.map(({ epoch, learningRate }) => [epoch, learningRate]));
    // Nothing improves by nine tenths after the first epoch: two stale epochs, then half the rate.
    expect([...rates.values()].map((rate) => Math.fround(rate))).toEqual([0.01, 0.01, 0.01, 0.005, 0.005, 0.0025, 0.0025, 0.00125].map(Math.fround));
  });

  it('of L-BFGS fits a line in a few steps', async () => {
    const { run, train: { loss } } = await train({ data: { train: { ...linear.train, noise: 0 } }, loss: 'mse', model: { layers: [{ dense: 1 }] }, optimizer: { type: 'lbfgs' }, batchSize: 150, epochs: 3 });
    expect(loss).toBeLessThan(1e-8);
    const { steps } = readRun(run);
    expect(steps[0].gradientNorm).toBeGreaterThan(steps[1].gradientNorm);
  });

  it.each([
    [{ optimizer: { type: 'lbfgs' } }, 'batchSize', /needs all 120 training samples in every update, but batchSize x accumulate is 32/],
    [{ optimizer: { type: 'lbfgs' }, batchSize: 200, clip: { globalNorm: 1 } }, 'clip', /line search/],
    [{ parameterGroups: [{ parameters: ['nothing'] }] }, 'parameterGroups.0.parameters.0', /matches no trained parameter/],
  ])('is refused with a sentence: %j', async (changes, key, message) => {
    const failure = await train({ ...stateful, ...changes }).catch((error: Error) => error);
    expect((failure as Error).name).toBe('InputError');
    expect((failure as Error).message).toMatch(message);
    expect((failure as Error).message).toContain(key.split('.')[0]);
  });
});
