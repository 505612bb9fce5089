import { expect, test } from 'vitest';
import { Random } from '../../engine/random';

/** Lemire's multiplication with integers of any size. */
function exactBelow(random: Random, bound: number): number {
  for (;;) {
    const product = BigInt(random.next()) * BigInt(bound);
    if (Number(product & 0xffffffffn) >= 2 ** 32 % bound) return Number(product >> 32n);
  }
}

test.each([1, 2, 3, 7, 1000, 60_000, 2 ** 21 + 1, 2 ** 31 + 12_345, 2 ** 32 - 1])('below(%i) is the exact product, and uniform', (bound) => {
  const [ours, exact] = [new Random(3, 'test'), new Random(3, 'test')];
  const values = Array.from({ length: 2000 }, () => ours.below(bound));
  expect(values).toEqual(values.map(() => exactBelow(exact, bound)));
  // The mean of 2,000 uniform draws from [0, 1) is 0.5 +- 0.0065 (one sigma); five sigma.
  expect(Math.abs(values.reduce((sum, value) => sum + (value + 0.5) / bound, 0) / 2000 - 0.5)).toBeLessThan(0.033);
});

/** Moments of Beta(a, a): mean 1/2, variance 1 / (4 (2a + 1)), fourth central moment 3 / (16 (2a + 1)(2a + 3)). */
test.each([0.01, 0.2, 1, 4])('beta(%f) has the moments of its distribution', (a) => {
  const random = new Random(5, 'beta');
  const n = 20_000;
  const draws = Array.from({ length: n }, () => random.beta(a));
  expect(draws.every((x) => x >= 0 && x <= 1)).toBe(true);
  const variance = 1 / (4 * (2 * a + 1));
  const fourth = 3 / (16 * (2 * a + 1) * (2 * a + 3));
  const average = (f: (x: number) => number): number => draws.reduce((sum, x) => sum + f(x), 0) / n;
  // Five standard errors of a mean and of a mean of squares.
  expect(Math.abs(average((x) => x) - 0.5)).toBeLessThan(5 * Math.sqrt(variance / n));
  expect(Math.abs(average((x) => (x - 0.5) ** 2) - variance)).toBeLessThan(5 * Math.sqrt((fourth - variance ** 2) / n));
});
