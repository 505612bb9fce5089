import { describe, expect, it } from 'vitest';
import { afterEpoch, learningRateAt, noPlateau } from '../../engine/optimizer/schedule';
import type { ScheduleConfig } from '../../engine/optimizer/schema';

const total = 50;
const base = 0.4;
const rateAt = (schedule: ScheduleConfig | undefined, step: number, stepsPerEpoch = 10) => learningRateAt(schedule, base, { step, totalSteps: total, stepsPerEpoch });

/** PyTorch's schedulers in the recursive (chainable) form of their `get_lr`: each rate from the one before. */
const torch = {
  step(stepSize: number, gamma: number): number[] {
    const rates = [base];
    for (let epoch = 1; epoch < total; epoch++) rates.push(epoch % stepSize === 0 ? rates[epoch - 1] * gamma : rates[epoch - 1]);
    return rates;
  },
  cosine(steps: number, minimum: number): number[] {
    const rates = [base];
    for (let epoch = 1; epoch <= steps; epoch++) {
      const ratio = (1 + Math.cos((Math.PI * epoch) / steps)) / (1 + Math.cos((Math.PI * (epoch - 1)) / steps));
      rates.push(ratio * (rates[epoch - 1] - minimum) + minimum);
    }
    return rates;
  },
  lambda: (factor: (epoch: number) => number): number[] => Array.from({ length: total }, (_, epoch) => base * factor(epoch)),
};
const warm = (n: number) => torch.lambda((epoch) => Math.min(1, (epoch + 1) / n)).slice(0, n);

describe('learning rate schedules agree with PyTorch', () => {
  it.each<[ScheduleConfig | undefined, number[]]>([
    [undefined, torch.lambda(() => 1)],
    [{ type: 'constant' }, torch.lambda(() => 1)],
    [{ type: 'constant', warmupSteps: 7 }, torch.lambda((epoch) => Math.min(1, (epoch + 1) / 7))],
    [{ type: 'step', stepSize: 10 }, torch.step(10, 0.1)],
    [{ type: 'step', stepSize: 1, gamma: 0.97 }, torch.step(1, 0.97)],
    [{ type: 'step', stepSize: 4, gamma: 0.5, warmupSteps: 10 }, [...warm(10), ...torch.step(4, 0.5)]],
    [{ type: 'inverseTime', rate: 0.2 }, torch.lambda((epoch) => 1 / (1 + 0.2 * epoch))],
    [{ type: 'inverseTime', rate: 0.2, warmupSteps: 10 }, [...warm(10), ...torch.lambda((epoch) => 1 / (1 + 0.2 * epoch))]],
    [{ type: 'cosine' }, torch.cosine(total, 0)],
    [{ type: 'cosine', minimum: 0.1 }, torch.cosine(total, 0.1)],
    [{ type: 'cosine', minimum: 0.01, warmupSteps: 20 }, [...warm(20), ...torch.cosine(30, 0.01)]],
  ])('%j', (schedule, expected) => {
    for (let step = 0; step < total; step++) expect(rateAt(schedule, step)).toBeCloseTo(expected[step], 12);
  });

  it('cosine stays at its minimum after the end', () => expect(rateAt({ type: 'cosine', minimum: 0.1 }, 80)).toBeCloseTo(0.1, 12));
  it('a warm-up longer than the run', () => expect(rateAt({ type: 'cosine', warmupSteps: 100 }, 49)).toBeCloseTo(base / 2, 12));

  it.each<[ScheduleConfig, ScheduleConfig]>([
    [{ type: 'step', stepSize: 2, interval: 'epoch' }, { type: 'step', stepSize: 20 }],
    [{ type: 'multiStep', milestones: [1, 3], interval: 'epoch', warmupSteps: 5 }, { type: 'multiStep', milestones: [10, 30], warmupSteps: 5 }],
  ])('counted in epochs: %j', (epochs, steps) => {
    for (let step = 0; step < total; step++) expect(rateAt(epochs, step)).toBe(rateAt(steps, step));
  });
  it('by epoch a rate holds for the whole epoch', () => expect(new Set(Array.from({ length: 10 }, (_, i) => rateAt({ type: 'cosine', interval: 'epoch' }, 20 + i))).size).toBe(1));
  it.each<ScheduleConfig>([
    { type: 'linear' }, { type: 'polynomial' }, { type: 'cosine' }, { type: 'oneCycle' }, { type: 'cosineWarmRestarts', period: 1 }, { type: 'oneCycle', risingShare: 0 }, { type: 'oneCycle', risingShare: 1 },
  ])('a run of one step has a rate: %j', (schedule) => {
    const rate = learningRateAt(schedule, base, { step: 0, totalSteps: 1, stepsPerEpoch: 1 });
    expect(rate).toBeGreaterThanOrEqual(0);
    expect(rate).toBeLessThanOrEqual(base);
  });
  it('a negative loss improves by falling', () => {
    const first = afterEpoch(noPlateau, -1, {});
    expect(afterEpoch(first, -1.1, {}).plateauStale).toBe(0);
    expect(afterEpoch(first, -0.9, {}).plateauStale).toBe(1);
  });
});
