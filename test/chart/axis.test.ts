import { describe, expect, it } from 'vitest';
import { linearRange, linearTicks, logRange, logTicks } from '../../engine/chart/axis';

describe('axes', () => {
  it.each<[number, number, number, number[]]>([
    [0, 10, 6, [0, 2, 4, 6, 8, 10]], [1, 1240, 3, [500, 1000]], [1, 1240, 8, [200, 400, 600, 800, 1000, 1200]], [-1, 1, 5, [-1, -0.5, 0, 0.5, 1]], [0.1, 0.35, 4, [0.1, 0.2, 0.3]], [3, 3, 4, [3]],
  ])('linear ticks of %f to %f, at most %i', (from, to, most, ticks) => expect(linearTicks(from, to, most)).toEqual(ticks));

  it.each<[number, number, number, number[]]>([
    [1e-3, 1, 6, [1e-3, 1e-2, 1e-1, 1]], [1e-8, 1, 4, [1e-6, 1e-3, 1]], [0.7, 6, 5, [1, 2, 5]], [1e-4, 1e-1, 4, [1e-4, 1e-3, 1e-2, 1e-1]],
  ])('log ticks of %f to %f, at most %i', (from, to, most, ticks) => expect(logTicks(from, to, most)).toEqual(ticks));

  it('a nearly constant series keeps two decades, so that noise looks like noise', () => {
    const [low, high] = logRange(0.99e-3, 1.01e-3);
    expect(Math.log10(high / low)).toBeGreaterThan(2);
    expect(Math.sqrt(low * high)).toBeCloseTo(1e-3, 5);
  });
  it('a linear axis of positive values does not go below zero', () => expect(linearRange(0.01, 3)[0]).toBe(0));
  it('nothing to show still gives a range', () => expect([linearRange(Infinity, -Infinity), logRange(Infinity, -Infinity)]).toEqual([[0, 1], [1e-3, 1]]));
});
