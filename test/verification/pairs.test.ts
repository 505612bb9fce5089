import { describe, expect, it } from 'vitest';
import { curveOf, interquartileMean, judge, pairedDifference, type Pair, type Series } from '../../engine/verification/pairs';

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
    const { difference, diverged } = judge([...differing(-0.5, -0.7), pair(series(() => 2, 10), series(() => 2))]);
    // Mean of two values 0.2 apart: 12.706 x 0.1.
    expect(difference!.mean).toBeCloseTo(-0.6, 6);
    expect(difference!.low).toBeCloseTo(-0.6 - 1.2706, 3);
    expect(difference!.high).toBeCloseTo(-0.6 + 1.2706, 3);
    expect(diverged).toEqual({ without: 1, with: 0 });
  });

  it('has no interval from one seed', () => expect(judge([...differing(-1), pair(series(() => 2, 10), series(() => 2, 9))]).difference).toBeUndefined());
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
