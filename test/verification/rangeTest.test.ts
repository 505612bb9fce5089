import { describe, expect, it } from 'vitest';
import { steepest } from '../../engine/verification/rangeTest';
import { perDecade } from '../../engine/verification/smooth';

/** A sweep of eight decades whose loss is a function of the exponent of the learning rate. */
const curve = (loss: (exponent: number) => number) => Array.from({ length: 8 * perDecade + 1 }, (_, i) => {
  const exponent = -7 + i / perDecade;
  return { learningRate: 10 ** exponent, loss: loss(exponent) };
});
const noise = (exponent: number): number => 0.02 * Math.sin(1000 * exponent);
const fall = (exponent: number, at: number): number => 2.3 - 2 / (1 + Math.exp(-6 * (exponent - at)));

describe('the steepest fall of a range test', () => {
  it.each([-5, -3, -2.5])('is where a logistic curve around 1e%d has its middle', (at) =>
    // The mean over the points before lags by a tenth of a decade.
    expect(Math.abs(Math.log10(steepest(curve((exponent) => fall(exponent, at) + noise(exponent)))!) - at - 0.1)).toBeLessThan(0.2));
  it('is none where the loss stays', () => expect(steepest(curve((exponent) => 2.3 + noise(exponent)))).toBeUndefined());
  it('is none where the loss only rises', () => expect(steepest(curve((exponent) => 2.3 + Math.max(0, exponent) ** 2 + noise(exponent)))).toBeUndefined());
  it('is before the loss is lowest: what falls after a spike has risen before', () => {
    const spike = (exponent: number): number => fall(exponent, -3) + (exponent > -1.5 && exponent < -0.5 ? 8 : 0) + (exponent > -1.5 ? 0.2 : 0);
    expect(steepest(curve(spike))!).toBeLessThan(1e-2);
  });
});
