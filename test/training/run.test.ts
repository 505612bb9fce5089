import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../engine/errors';
import type { RunResult } from '../../engine/host/protocol';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { readRun, runFiles } from '../../engine/run/folder';
import { evaluateRun, resumeRun } from '../../engine/training/run';
import { temporaryFolder, train, writeRunFile } from './run';

const resume = (run: string, epochs?: number): Promise<RunResult> => resumeRun({ run, epochs }, { event: () => {}, log: () => {} }, () => {});

/** Jumps about its minimum, so that the last epoch is not the best. */
const restless = {
  model: { layers: [{ dense: 3 }, 'relu', { dense: 1 }] },
  data: { train: { simulated: 'linear', samples: 24, features: 2, noise: 0.1 }, validation: { simulated: 'linear', samples: 8, features: 2, noise: 0.1, seed: 0 }, test: { simulated: 'linear', samples: 16, features: 2, noise: 0.2 } },
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 0.3 },
  batchSize: 3,
  epochs: 13,
};
const untested = { ...restless, data: { ...restless.data, test: undefined } };

describe('what a run reports is of the model that it leaves', () => {
  it('the validation is that of the best checkpoint', async () => {
    const { run, validation } = await train(untested);
    const validated = readRun(run).steps.filter((step) => step.validation);
    const best = Math.min(...validated.map((step) => step.validation!.loss));
    expect(validation!.loss).toBe(best);
    expect(validated.at(-1)!.validation!.loss).toBeGreaterThan(best);
    expect((await evaluateRun({ run })).loss).toBe(best);
    expect((await evaluateRun({ run, checkpoint: 'last' })).loss).toBe(validated.at(-1)!.validation!.loss);
  });

  it('and so is the score on the test data', async () => {
    const { run, test } = await train(restless);
    expect(await evaluateRun({ run })).toMatchObject({ checkpoint: 'best', samples: 16, ...test });
  });
});

describe('early stop', () => {
  it('ends the run, and a resumed run does not go on', async () => {
    const stopped = await train({ ...untested, epochs: 100, earlyStop: { patience: 3 } });
    expect(stopped).toMatchObject({ status: 'finished', reason: 'the validation loss has not improved for 3 epochs' });
    const best = readCheckpoint(runFiles(stopped.run).best).progress;
    expect(stopped.epochs).toBe(best.epoch + 3);
    expect(await resume(stopped.run)).toEqual(stopped);
  });
});

describe('a run diverges', () => {
  const wild = { ...untested, optimizer: { type: 'sgd', learningRate: 1e30 } };

  it('where its validation loss is no number, although the training loss still was one', async () => {
    const result = await train({ ...wild, batchSize: 24, epochs: 1 });
    expect(result).toMatchObject({ status: 'diverged', reason: expect.stringMatching(/^the validation loss is (NaN|Infinity) at step 1$/), steps: 1 });
  });

  it('without writing weights that are no numbers into a checkpoint', async () => {
    const { run, status } = await train({ ...wild, optimizer: { type: 'sgd', learningRate: 1e300 }, checkpoint: { everySteps: 1 } });
    expect(status).toBe('diverged');
    // The first update already takes the weights to infinity, while the first loss is a number.
    expect(Number.isFinite(readRun(run).steps[0].loss)).toBe(true);
    expect(existsSync(runFiles(run).last)).toBe(false);
  });
});

describe('a run does not go on', () => {
  it('with other data', async () => {
    const folder = temporaryFolder();
    const csv = path.join(folder, 't.csv');
    const rows = (n: number): string => `a,y\n${Array.from({ length: n }, (_, i) => `${i / n},${i}\n`).join('')}`;
    writeFileSync(csv, rows(12));
    const runFile = writeRunFile({ model: { layers: [{ dense: 1 }] }, data: { train: { csv: 't.csv', label: 'y' }, validation: 0.25 }, loss: 'mse', epochs: 1 }, folder);
    const { run } = await train(runFile);
    writeFileSync(csv, rows(16));
    await expect(resume(run, 2)).rejects.toThrow(`${runFile}: the data has 12 samples to train on and 4 to validate, but the run was started with 9 and 3`);
    writeFileSync(csv, rows(12));
    expect(await resume(run, 2)).toMatchObject({ status: 'finished', epochs: 2 });
  });

  it('with fewer epochs than it has', async () => {
    const { run } = await train({ ...untested, epochs: 3 });
    await expect(resume(run, 2)).rejects.toThrow(new InputError('the run is in epoch 3 already; allowed are 3 epochs or more, found 2', { file: run }));
  });
});
