import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packSteps, unpackSteps } from '../../extension/panel/protocol';
import { evaluateRun } from '../../engine/training/run';
import { readHeader, readRun } from '../../engine/run/folder';
import { Random } from '../../engine/random';
import { temporaryFolder, train as trainFile, writeRunFile } from './run';

const folder = temporaryFolder();
const random = new Random(1, 'test');
/** Three clouds that overlap. */
writeFileSync(path.join(folder, 'clouds.csv'), ['x,y,cloud', ...Array.from({ length: 300 }, (_, i) => `${random.normal() + 2 * (i % 3)},${random.normal()},${i % 3}`)].join('\n'));
const train = (config: object) => trainFile(writeRunFile(config, folder));

const clouds = {
  model: { layers: [{ dense: 16 }, 'tanh', { dense: 3 }] },
  data: { train: { csv: 'clouds.csv', label: 'cloud' }, validation: 0.3 },
  loss: 'crossEntropy', epochs: 3, optimizer: { type: 'adam', learningRate: 0.01 },
};
const line = { ...clouds, model: { layers: [{ dense: 1 }] }, data: { train: { simulated: 'linear', samples: 200, features: 4, noise: 0.1 }, validation: 0.3 }, loss: 'mse' };

describe('metrics of a run file', () => {
  it('are in the record after every epoch, in the result, in an evaluation and in what the panel is sent', async () => {
    const metrics = ['f1Macro', 'rocAuc', 'logLoss', 'accuracy'];
    const result = await train({ ...clouds, metrics });
    expect(readHeader(result.run).metrics).toEqual(metrics);
    const { steps } = readRun(result.run);
    const validated = steps.filter(({ validation }) => validation);
    expect(validated.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    for (const { validation } of validated) {
      expect(Object.keys(validation!.scores!)).toEqual(metrics);
      expect(validation!.scores!.accuracy).toBe(validation!.metric);
      // Without class weights and smoothing the log loss is the loss, which is computed in float32.
      expect(validation!.scores!.logLoss).toBeCloseTo(validation!.loss, 5);
    }
    expect(Object.keys(result.validation!)).toEqual(['loss', ...metrics]);
    expect(await evaluateRun({ run: result.run })).toEqual({ run: result.run, checkpoint: 'best', samples: 90, ...result.validation });
    expect(unpackSteps(packSteps(steps)).map(({ validation }) => validation)).toEqual(steps.map(({ validation }) => validation));
  });

  it('do not change training', async () => {
    const losses = async (config: object): Promise<number[]> => readRun((await train(config)).run).steps.map(({ loss }) => loss);
    expect(await losses({ ...clouds, metrics: ['averagePrecision'] })).toEqual(await losses(clouds));
  });

  it('can be what early stopping watches', async () => {
    const config = { ...clouds, epochs: 30, earlyStop: { patience: 1, monitor: 'f1Macro' } };
    const result = await train(config);
    const scores = readRun(result.run).steps.flatMap(({ validation }) => (validation ? [validation.scores!.f1Macro!] : []));
    expect(result.reason).toBe('the validation f1Macro has not improved for 1 epochs');
    expect(scores.findIndex((score, i) => i > 0 && score <= Math.max(...scores.slice(0, i)))).toBe(scores.length - 1);
  });

  it.each([
    [{ ...clouds, metrics: ['r2'] }, /metrics\.0: r2 is not defined for classes; allowed are accuracy, precisionMacro, /],
    [{ ...clouds, metrics: ['accuracy', 'f1'] }, /metrics\.1: f1 is for two classes, but there are 3; for more there are f1Macro, f1Micro or f1Weighted$/],
    [{ ...clouds, metrics: ['top5Accuracy'] }, /metrics\.0: top5Accuracy needs more than 5 classes, but there are 3$/],
    [{ ...clouds, loss: { type: 'mse', classes: true }, metrics: ['logLoss'] }, /metrics\.0: logLoss needs probabilities, which the loss does not make of the outputs; crossEntropy, bce and bceWithLogits do$/],
    [{ ...line, earlyStop: { patience: 2, monitor: 'f1Macro' } }, /earlyStop\.monitor: f1Macro is not defined for numbers; allowed are mae, mse, rmse or r2$/],
    [{ ...line, metrics: ['rmse', 'rsme'] }, /metrics\.1 must be .*, found "rsme", did you mean "rmse"\?$/],
  ])('that do not fit are a sentence with its place (%#)', async (config, sentence) => {
    await expect(train(config)).rejects.toThrow(sentence);
    await expect(train(config)).rejects.toThrow(/test\.train\.json:\d+:\d+: /);
  });

  it('of numbers', async () => {
    const { validation } = await train({ ...line, metrics: ['r2', 'rmse', 'mae', 'mse'] });
    expect(validation!.rmse! ** 2).toBeCloseTo(validation!.mse!, 10);
    expect(validation!.mse).toBeCloseTo(validation!.loss, 4);
  });
});
