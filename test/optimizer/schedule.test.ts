import { describe, expect, it } from 'vitest';
import { learningRateAt } from '../../engine/optimizer/schedule';
import type { ScheduleConfig } from '../../engine/optimizer/schema';

const total = 50;
const base = 0.4;

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
    for (let step = 0; step < total; step++) expect(learningRateAt(schedule, base, step, total)).toBeCloseTo(expected[step], 12);
  });

  it('cosine stays at its minimum after the end', () => expect(learningRateAt({ type: 'cosine', minimum: 0.1 }, base, 80, total)).toBeCloseTo(0.1, 12));
  it('a warm-up longer than the run', () => expect(learningRateAt({ type: 'cosine', warmupSteps: 100 }, base, 49, total)).toBeCloseTo(base / 2, 12));
});
