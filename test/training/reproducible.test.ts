import { describe, expect, it } from 'vitest';
import { readRun } from '../../engine/run/folder';
import { stateful, train, weights } from './run';

describe('a run is reproducible on the CPU, bit for bit', () => {
  it('with the same run file and seed', async () => expect(weights((await train(stateful)).run)).toEqual(weights((await train(stateful)).run)));

  it('and differs with another seed', async () => expect(weights((await train(stateful)).run)).not.toEqual(weights((await train({ ...stateful, seed: 1 })).run)));

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
