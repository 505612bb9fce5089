import { describe, expect, it } from 'vitest';
import { Random } from '../../engine/random';
import { Bins } from '../../webview/data/bins';

/** What a column must hold, from the records themselves. */
function expected(values: number[], from: number, to: number) {
  const part = values.slice(from - 1, to);
  const finite = part.filter(Number.isFinite);
  const broken = part.findIndex((value) => !Number.isFinite(value));
  return { low: Math.min(...finite), high: Math.max(...finite), broken: broken < 0 ? 0 : from + broken, mean: finite.reduce((a, b) => a + b, 0) / finite.length };
}

function fill(values: number[], capacity: number, options = {}): Bins {
  const bins = new Bins(1, capacity, { exact: true, mean: true, ...options });
  values.forEach((value, i) => bins.append(i + 1, [value]));
  return bins;
}

const noise = (count: number): number[] => {
  const random = new Random(3, 'bins');
  return Array.from({ length: count }, () => random.normal());
};

describe('bins', () => {
  it.each([1, 7, 16, 17, 100, 1000, 12_345])('hold the extremes of %i records in at most 16 columns', (count) => {
    const values = noise(count);
    if (count > 5) [values[3], values[count - 2]] = [1e9, -1e9];
    const bins = fill(values, 16);
    expect(bins.columns).toBeLessThanOrEqual(16);
    let next = 1;
    for (let column = 0; column < bins.columns; column++) {
      expect(bins.first[column]).toBe(next);
      const want = expected(values, next, bins.last[column]);
      expect([bins.low[column], bins.high[column], bins.broken[column]]).toEqual([want.low, want.high, want.broken]);
      // Sums are added in another order: a few units in the last place of 1e9.
      expect(Math.abs(bins.mean(column) - want.mean)).toBeLessThan(1e-6);
      next = bins.last[column] + 1;
    }
    expect(next).toBe(count + 1);
  });

  it.each([NaN, Infinity, -Infinity])('keep the step of one %f among 10,000 records', (bad) => {
    const values = noise(10_000);
    values[7776] = bad;
    const bins = fill(values, 64);
    const column = bins.columnAt(7777);
    expect(bins.broken[column]).toBe(7777);
    expect(bins.broken.subarray(0, bins.columns).filter((step) => step > 0)).toHaveLength(1);
    expect(Number.isFinite(bins.high[column])).toBe(true);
  });

  it('that were reserved hold what those that grew hold', () => {
    const values = noise(3001);
    const grown = fill(values, 64);
    const reserved = new Bins(1, 64, { exact: true, mean: true });
    reserved.reserve(values.length);
    values.forEach((value, i) => reserved.append(i + 1, [value]));
    expect(reserved.columns).toBe(grown.columns);
    for (const field of ['first', 'last', 'low', 'high', 'broken'] as const) {
      expect(reserved[field].subarray(0, grown.columns)).toEqual(grown[field].subarray(0, grown.columns));
    }
  });

  it('take many single-precision values as they take one', () => {
    const one = new Bins(5, 8);
    const many = new Bins(5, 8);
    const absent = Uint8Array.of(0, 0, 0, 0, 1);
    for (let step = 1; step <= 40; step++) {
      const row = Float32Array.of(step, -step, step === 9 ? NaN : 1, step === 12 ? Infinity : 2, NaN);
      const start = one.open(step);
      row.subarray(0, 4).forEach((value, i) => one.put(start + i, value, step));
      many.putMany(many.open(step), row, 0, 5, step, absent);
    }
    for (const field of ['low', 'high', 'broken'] as const) expect(many[field]).toEqual(one[field]);
    expect(many.broken[4]).toBe(0);
  });

  it.each([[1, -1], [4, 0], [5, 0], [8, 1], [500, 3]])('find the column of step %i', (step, column) => {
    const bins = new Bins(1, 8);
    [4, 8, 12, 16].forEach((recorded) => bins.append(recorded, [0]));
    expect(bins.columnAt(step)).toBe(column);
  });

  it('forget the tail of a resumed run', () => {
    const bins = fill([5, 6, 7, 8], 8);
    bins.truncate(3);
    bins.append(3, [1]);
    expect(Array.from(bins.high.subarray(0, bins.columns))).toEqual([5, 6, 1]);
    expect(bins.last[bins.columns - 1]).toBe(3);
  });
});
