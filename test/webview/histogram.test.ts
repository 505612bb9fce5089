import { describe, expect, it } from 'vitest';
import { packSteps } from '../../extension/panel/protocol';
import { histogram } from '../../engine/probe/histogram';
import { Random } from '../../engine/random';
import { histogramBins, histogramOf } from '../../engine/run/record';
import { history, measuredBefore, quantile, shownBins } from '../../webview/data/histogram';
import { RunStore } from '../../webview/data/store';
import { records, view } from '../../webview/dev/feeder';

const shares = (values: number[]): Float32Array => {
  const out = new Float32Array(histogramBins);
  histogram(Float32Array.from(values), 'value', out);
  return out;
};

const store = (to: number, from = 1): RunStore => {
  const made = new RunStore(view('exploding', 0, 'training'));
  made.append(packSteps(records('exploding', from, to)));
  return made;
};

describe('quantiles of a histogram', () => {
  const random = new Random(2, 'quantiles');
  const values = Array.from({ length: 4001 }, () => 10 ** (-4 + 0.7 * random.normal())).sort((a, b) => a - b);

  // Within a bin, a third of a decade, the interpolation is at most as wrong as the density is uneven there.
  it.each([0.1, 0.25, 0.5, 0.9])('%d: as sorting the elements gives, within a twentieth of a decade', (share) =>
    expect(Math.abs(Math.log10(quantile(shares(values), share) / values[Math.floor(share * 4001)]))).toBeLessThan(0.05));

  it.each([
    ['zeros', [0, 0, 0, 1], 0], ['no number', [NaN, NaN, 1], Infinity], ['nothing', [], NaN],
  ])('%s', (_, elements, expected) => expect(quantile(shares(elements), 0.5)).toBe(expected));

  it('all elements in one bin: its middle on the logarithmic scale', () => expect(quantile(shares([1.5]), 0.5)).toBeCloseTo(10 ** (1 / 6), 5));
});

describe('the history of a tensor', () => {
  it('has a column for every measured step, which stands until the next', () => {
    const s = store(220);
    const { bins, filled } = history(s, 3, 'gradient');
    expect(filled).toBe(true);
    expect([...bins.first.subarray(0, bins.columns)]).toEqual([1, 51, 101, 151, 201]);
    expect(bins.last[4]).toBe(220);
    const want = histogramOf(records('exploding', 101, 101)[0], 3, 'gradient')!;
    want.forEach((share, bin) => expect(bins.high[2 * histogramBins + bin]).toBe(share === 0 ? -Infinity : share));
    expect([1, 50, 51, 220].map((step) => measuredBefore(s, step)!.step)).toEqual([1, 1, 51, 201]);
  });

  it('is the same after many messages as after one', () => {
    const parts = new RunStore(view('exploding', 0, 'training'));
    for (let from = 1; from <= 300; from += 7) parts.append(packSteps(records('exploding', from, Math.min(300, from + 6))));
    expect(parts.histograms).toEqual(store(300).histograms);
  });

  it('loses its tail when a run is resumed from before its end', () => {
    const s = store(300);
    s.append(packSteps(records('exploding', 120, 140)));
    expect(s.histograms.map(({ step }) => step)).toEqual([1, 51, 101]);
  });

  it('is empty without a second moment', () => {
    const s = store(60);
    for (const { histograms } of s.histograms) histograms.fill(0);
    expect(history(s, 0, 'secondMoment').filled).toBe(false);
  });
});

describe('the bins shown', () => {
  const of = (...columns: number[][]): number[] => {
    const s = new RunStore({ ...view('exploding', 0, 'training') });
    s.histograms = columns.map((values, i) => ({ step: i + 1, histograms: shares(values) }));
    return shownBins([history(s, 0, 'gradient')]);
  };

  // 1e-12 starts bin 1, each decade has three.
  it('are those with elements at any step, the largest first', () => expect(of([1.5e-9], [1.5e-2])).toEqual(Array.from({ length: 22 }, (_, i) => 31 - i)));

  it('are at least twelve', () => expect(of([1])).toHaveLength(12));
  it.each([[[1e-11]], [[9e3]], [[]]])('also at the ends: %j', (values) => expect(of(values)).toHaveLength(12));
  it('with zeros, and with NaN', () => {
    expect(of([1, 0]).at(-1)).toBe(0);
    expect(of([1, NaN])[0]).toBe(histogramBins - 1);
    expect(of([1])).not.toContain(0);
  });
});
