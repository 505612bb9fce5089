import { describe, expect, it } from 'vitest';
import { meanInterval, studentQuantile } from '../../engine/verification/student';

/** Two-sided critical values of the t distribution, from the table of Fisher and Yates (1938), as every textbook prints it. */
const table: [degreesOfFreedom: number, t95: number, t99: number][] = [
  [1, 12.706, 63.657], [2, 4.303, 9.925], [3, 3.182, 5.841], [4, 2.776, 4.604], [5, 2.571, 4.032], [6, 2.447, 3.707], [7, 2.365, 3.499], [8, 2.306, 3.355],
  [9, 2.262, 3.25], [10, 2.228, 3.169], [12, 2.179, 3.055], [15, 2.131, 2.947], [20, 2.086, 2.845], [25, 2.06, 2.787], [30, 2.042, 2.75], [60, 2.0, 2.66], [120, 1.98, 2.617],
];

describe('quantiles of Student\'s t', () => {
  it.each(table)('%i degrees of freedom', (n, t95, t99) => {
    expect(studentQuantile(0.95, n)).toBeCloseTo(t95, 3);
    expect(studentQuantile(0.99, n)).toBeCloseTo(t99, 3);
  });
});

describe('the interval of a mean', () => {
  it('is that of a textbook', () => {
    // Student's own data (1908): extra hours of sleep of ten patients, mean 1.58, standard deviation 1.23; interval 0.70 to 2.46.
    const { mean, low, high } = meanInterval([1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4]);
    expect([mean, low, high].map((value) => value.toFixed(2))).toEqual(['1.58', '0.70', '2.46']);
  });

  it('holds the truth 95 times of 100', () => {
    // A linear congruential generator and the sum of twelve uniform numbers: nothing of ours.
    let state = 1;
    const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const normal = (): number => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6);
    let held = 0;
    for (let i = 0; i < 4000; i++) {
      const { low, high } = meanInterval([normal() + 3, normal() + 3, normal() + 3]);
      if (low < 3 && 3 < high) held++;
    }
    expect(held / 4000).toBeGreaterThan(0.935);
    expect(held / 4000).toBeLessThan(0.965);
  });
});
