import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHeader, readRun } from '../../engine/run/folder';
import { root } from '../shared';
import { stateful, train, weights } from './run';

describe('a run is reproducible on the CPU, bit for bit', () => {
  it('with the same run file and seed', async () => expect(weights((await train(stateful)).run)).toEqual(weights((await train(stateful)).run)));

  it('and differs with another seed', async () => expect(weights((await train(stateful)).run)).not.toEqual(weights((await train({ ...stateful, seed: 1 })).run)));

  it('with the same number of threads, and to rounding with another', async () => {
    const digits = path.join(root, 'samples/digits/digits.train.json');
    const run = async (threads: number) => (await train(digits, { set: [{ path: 'epochs', value: 1 }, { path: 'threads', value: 3 }], threads })).run;
    const [one, two, again] = [await run(1), await run(2), await run(2)];
    expect(readHeader(two).config.threads).toBe(2);
    expect(weights(again)).toEqual(weights(two));
    const losses = (folder: string): number[] => readRun(folder).steps.map(({ loss }) => loss);
    // 45 updates of a loss that falls from 2.3: rounding of float32 grows, but stays far below what training changes.
    losses(one).forEach((loss, i) => expect(Math.abs(loss - losses(two)[i])).toBeLessThan(1e-3));
  });

  // 13 epochs of 4 batches: histograms are measured twice.
  const long = { ...stateful, epochs: 13 };

  it.each(['light', 'standard', 'full'])('measuring at level %s does not change the weights', async (level) => {
    const measured = await train({ ...long, diagnose: { level, sharpness: { everySteps: 7 } } });
    expect(readRun(measured.run).steps.some(({ parameters }) => parameters)).toBe(true);
    expect(readRun(measured.run).steps.some(({ sharpness }) => sharpness !== undefined)).toBe(true);
    expect(readRun(measured.run).steps.filter(({ histograms }) => histograms).map(({ step }) => step)).toEqual(level === 'full' ? [1, 51] : []);
    expect(weights(measured.run)).toEqual(weights((await train({ ...long, diagnose: { level: 'off' } })).run));
  });

  it('the order of samples changes from epoch to epoch', async () => {
    const { steps } = readRun((await train({ ...stateful, optimizer: { type: 'sgd', learningRate: 1e-30 }, model: { layers: [{ dense: 1 }] } })).run);
    const losses = (epoch: number): number[] => steps.filter((step) => step.epoch === epoch).map(({ loss }) => loss);
    expect(losses(0)).not.toEqual(losses(1));
    // The weights do not move, so the mean over all samples is the same: 120 samples in batches of 32, 32, 32 and 24.
    const mean = (l: number[]): number => (32 * (l[0] + l[1] + l[2]) + 24 * l[3]) / 120;
    expect(mean(losses(0))).toBeCloseTo(mean(losses(1)), 4);
  });
});
