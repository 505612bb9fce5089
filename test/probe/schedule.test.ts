import { describe, expect, it } from 'vitest';
import { measuredAt } from '../../engine/probe/schedule';
import type { Level } from '../../engine/run/record';

const steps = (level: Level, what: 'parameters' | 'activations' | 'histograms', last: number, elements = 1000): number[] =>
  Array.from({ length: last }, (_, i) => i + 1).filter((step) => measuredAt(level, step, elements)[what]);

describe('what is measured at which step', () => {
  it.each([
    ['off', 'parameters', []], ['off', 'activations', []], ['off', 'histograms', []],
    ['light', 'parameters', [1, 11, 21]], ['light', 'activations', [1]], ['light', 'histograms', []],
    ['standard', 'activations', [1, 11, 21]], ['standard', 'histograms', []],
    ['full', 'histograms', [1]],
  ] as const)('%s: %s', (level, what, expected) => expect(steps(level, what, 25)).toEqual(expected));

  it('histograms every 50 steps at level full', () => expect(steps('full', 'histograms', 160)).toEqual([1, 51, 101, 151]));

  it('the parameters of a small model at every step, those of a large one at first and then every 5 steps', () => {
    expect(steps('standard', 'parameters', 130, 100_000)).toHaveLength(130);
    expect(steps('standard', 'parameters', 120, 100_001).filter((step) => step > 98)).toEqual([99, 100, 101, 106, 111, 116]);
    expect(steps('full', 'parameters', 130, 1e9)).toHaveLength(130);
  });

  it('half as often with every doubling of the run after 2000 steps', () => {
    const all = steps('full', 'histograms', 16_000);
    const between = (from: number, to: number): number => all.filter((step) => step > from && step <= to).length;
    expect([between(0, 2000), between(2000, 4000), between(4000, 8000), between(8000, 16_000)]).toEqual([40, 20, 20, 20]);
  });
});
