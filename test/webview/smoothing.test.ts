import { describe, expect, it } from 'vitest';
import { smooth } from '../../webview/data/smoothing';

/** The same average written out: every value weighted by b^(age), divided by the sum of the weights. */
function weighted(values: number[], factor: number): number[] {
  return values.map((value, t) => {
    if (!Number.isFinite(value)) return NaN;
    const seen = values.slice(0, t + 1).filter(Number.isFinite);
    const weights = seen.map((_, i) => factor ** (seen.length - 1 - i));
    return seen.reduce((sum, x, i) => sum + x * weights[i], 0) / weights.reduce((a, b) => a + b, 0);
  });
}

const values = [2.3, 2.1, 2.4, 1.9, 7, 1.5, 1.4, 1.45, 1.3];

describe('smoothing', () => {
  it.each([0, 0.3, 0.6, 0.9, 0.99])('with factor %f is the debiased average', (factor) => {
    // Both sum at most nine terms of order 1 in double precision.
    smooth(values, factor).forEach((value, i) => expect(value).toBeCloseTo(weighted(values, factor)[i], 12));
  });

  it('starts at the first value, not at zero', () => smooth([2.3, 2.3], 0.99).forEach((value) => expect(value).toBeCloseTo(2.3, 12)));

  it('leaves a gap where a value is NaN and goes on after it', () => {
    const broken = [...values.slice(0, 3), NaN, Infinity, ...values.slice(5)];
    const result = smooth(broken, 0.6);
    weighted(broken, 0.6).forEach((want, i) => (Number.isNaN(want) ? expect(result[i]).toBeNaN() : expect(result[i]).toBeCloseTo(want, 12)));
  });
});
