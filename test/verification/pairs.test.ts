import { describe, expect, it } from 'vitest';
import { bySamples, curveOf, interquartileMean, judge, pairedDifference, type Pair, type Series } from '../../engine/verification/pairs';

const steps = 40;
const series = (value: (step: number) => number, length = steps): Series =>
  ({ step: Array.from({ length }, (_, i) => i + 1), value: Array.from({ length }, (_, i) => value(i + 1)), diverged: length < steps });
const pair = (without: Series, changed: Series): Pair => ({ without, with: changed });
/** Runs whose losses differ by so much, over what varies from seed to seed. */
const differing = (...by: number[]): Pair[] => by.map((difference, seed) => pair(series((t) => 2 + seed + 0.1 * (t % 2)), series((t) => 2 + seed + 0.1 * (t % 2) + difference)));

describe('a verdict', () => {
  it.each<[string, Pair[], string]>([
    ['all seeds better', differing(-0.5, -0.6, -0.55), 'helps'],
    ['all seeds worse', differing(0.5, 0.6, 0.55), 'hurts'],
    ['seeds that contradict each other', differing(-0.5, 0.6, -0.1), 'no difference'],
    ['a change too small to matter, however certain', differing(-0.001, -0.001, -0.001), 'no difference'],
    ['diverges only with it', [...differing(-0.5, -0.6), pair(series(() => 2), series(() => 2, 10))], 'hurts'],
    ['diverges only without it', [...differing(0.5, 0.6), pair(series(() => 2, 10), series(() => 2))], 'helps'],
    ['all diverge with and without', [0, 1, 2].map(() => pair(series(() => 2, 10), series(() => 2, 12))), 'no difference'],
  ])('%s', (_, pairs, verdict) => expect(judge(pairs).verdict).toBe(verdict));

  it('states the interval of the seeds that did not diverge, and how many did', () => {
    const scaled = (...by: number[]): Pair[] => by.map((factor) => pair(series((t) => 2 + t), series((t) => factor * (2 + t))));
    const { ratio, diverged } = judge([...scaled(Math.exp(-0.5), Math.exp(-0.7)), pair(series(() => 2, 10), series(() => 2))]);
    // Mean of two logarithms 0.2 apart: 12.706 x 0.1.
    expect(Math.log(ratio!.mean)).toBeCloseTo(-0.6, 6);
    expect(Math.log(ratio!.low)).toBeCloseTo(-0.6 - 1.2706, 3);
    expect(Math.log(ratio!.high)).toBeCloseTo(-0.6 + 1.2706, 3);
    expect(diverged).toEqual({ without: 1, with: 0 });
  });

  it('has no interval from one seed', () => expect(judge([...differing(-1), pair(series(() => 2, 10), series(() => 2, 9))]).difference).toBeUndefined());

  it('is of differences where a measure is not always positive', () => {
    const { verdict, ratio, difference } = judge([-0.5, -0.6, -0.55].map((by) => pair(series(() => 0.2), series(() => 0.2 + by))));
    expect([verdict, ratio]).toEqual(['helps', undefined]);
    expect(difference!.mean).toBeCloseTo(-0.55, 9);
  });

  it('holds the true ratio of losses with heavy tails 95 times of 100', () => {
    // A linear congruential generator and the sum of twelve uniform numbers: nothing of ours. Losses are log-normal from seed to seed and from batch to batch.
    let state = 7;
    const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
    const normal = (): number => Array.from({ length: 12 }, uniform).reduce((a, b) => a + b, -6);
    const truth = 0.4;
    let held = 0;
    for (let i = 0; i < 1000; i++) {
      const pairs = [0, 1, 2].map(() => {
        const [level, effect] = [Math.exp(3 * normal()), truth * Math.exp(0.5 * normal())];
        const batches = Array.from({ length: 12 }, () => Math.exp(normal()));
        return pair(series((t) => level * batches[t - 1], 12), series((t) => level * effect * batches[t - 1] * Math.exp(0.1 * normal()), 12));
      }).map(({ without, with: changed }) => pair({ ...without, diverged: false }, { ...changed, diverged: false }));
      const { ratio } = judge(pairs);
      if (ratio!.low < truth && truth < ratio!.high) held++;
    }
    // Binomial: 95 % +- 3 standard deviations of 0.7 %.
    expect(held / 1000).toBeGreaterThan(0.929);
    expect(held / 1000).toBeLessThan(0.971);
  });
});

describe('runs with batches of another size', () => {
  it('are compared after the same number of samples', () => {
    // The loss after n samples is 100 / n in both: 400 steps of 8 samples, 100 steps of 32.
    const run = (batch: number, steps: number): Series => ({ step: Array.from({ length: steps }, (_, i) => i + 1), value: Array.from({ length: steps }, (_, i) => 100 / (batch * (i + 0.5))), diverged: false });
    const [small, large] = [bySamples(run(8, 400), 1, 400), bySamples(run(32, 100), 4, 400)];
    expect(large.step).toEqual(small.step);
    expect(small.step.at(-1)).toBe(400);
    expect(large.value.at(-1)! / small.value.at(-1)!).toBeCloseTo(1, 2);
  });
});

describe('a paired difference', () => {
  it('looks at the last quarter of the steps that both runs made', () =>
    expect(pairedDifference(pair(series((t) => (t > 30 ? 1 : 100)), series((t) => (t > 30 ? 3 : 0))))).toBe(2));
  it('is not moved by one bad batch', () => expect(pairedDifference(pair(series(() => 1), series((t) => (t === 38 ? 1e6 : 3))))).toBe(2));
  it('compares the same steps where one run has fewer', () => {
    const shorter = { ...series((t) => t + 1, 20), diverged: false };
    expect(pairedDifference(pair(series((t) => t), shorter))).toBe(1);
  });
  it('takes the middle half', () => expect(interquartileMean([-1000, 1, 2, 3, 1000])).toBe(2));
});

describe('the curve of a verification', () => {
  it('gives medians over the seeds, and nothing where most runs have diverged', () => {
    const pairs = [1, 2, 9].map((loss, seed) => pair(series(() => loss), series(() => loss - 0.5, seed === 0 ? steps : 20)));
    const { step, without, with: changed } = curveOf(pairs);
    expect(without.every((value) => value === 2)).toBe(true);
    expect(changed[step.indexOf(20)]).toBe(1.5);
    expect(changed.at(-1)).toBeNull();
  });
  it('has at most 60 points and ends at the last step', () => {
    const long = [1, 2].map((loss) => pair({ ...series(() => loss, 1000), diverged: false }, { ...series(() => loss, 1000), diverged: false }));
    const { step } = curveOf(long);
    expect(step.length).toBeLessThanOrEqual(60);
    expect(step.at(-1)).toBe(1000);
  });
});
