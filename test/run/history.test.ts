import { describe, expect, it } from 'vitest';
import { History } from '../../engine/run/history';
import type { StepRecord } from '../../engine/run/record';

const row = (step: number, more: Partial<StepRecord> = {}): StepRecord => ({ step, epoch: 0, seconds: 0, learningRate: 1, loss: 1, metric: 0, gradientNorm: 1, clipped: false, ...more });
const filled = (n: number, more: (step: number) => Partial<StepRecord> = () => ({})): StepRecord[] =>
  new History((function* () { for (let step = 1; step <= n; step++) yield row(step, more(step)); })()).steps;

describe('the record of a living run', () => {
  it('is whole while it is short', () => expect(filled(4096).map(({ step }) => step)).toEqual(Array.from({ length: 4096 }, (_, i) => i + 1)));

  it('stays bounded, ascending, with its first and its newest rows', () => {
    const steps = filled(1_000_000).map(({ step }) => step);
    expect(steps.length).toBeLessThanOrEqual(4096);
    expect(steps.length).toBeGreaterThan(2048);
    expect(steps.every((step, i) => i === 0 || step > steps[i - 1])).toBe(true);
    expect(steps[0]).toBe(1);
    expect(steps.slice(-2048)).toEqual(Array.from({ length: 2048 }, (_, i) => 1_000_000 - 2047 + i));
  });

  it('keeps the rows with a validation or a sharpness', () => {
    const steps = filled(50_000, (step) => (step % 500 === 0 ? { validation: { loss: 1, metric: 0 } } : step === 777 ? { sharpness: 3 } : {}));
    expect(steps.filter(({ validation }) => validation).length).toBe(100);
    expect(steps.find(({ step }) => step === 777)?.sharpness).toBe(3);
  });

  it('is bounded even where every row has a validation', () => expect(filled(20_000, () => ({ validation: { loss: 1, metric: 0 } })).length).toBeLessThanOrEqual(4096));
});
