import { expect, test } from 'vitest';
import { Random } from '../engine/random';

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
