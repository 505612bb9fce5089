import { describe, expect, it } from 'vitest';
import { createDataset, type Dataset } from '../../engine/data/dataset';
import type { MemorySource } from '../../engine/data/sources/source';
import { summarizeTraining } from '../../engine/data/trainingSummary';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const rows = (n: number): Uint32Array => Uint32Array.from(range(n));

/** Samples of these features and class ids, or of these features and numbers. */
function made(features: number[][], labels: { ids: number[]; classes: number } | { values: number[][] }): Dataset {
  const n = features.length;
  const source = (data: Float32Array | Int32Array): MemorySource => ({ kind: 'memory', data, width: data.length / n });
  const inputs = { type: 'float32' as const, dims: [features[0].length], source: source(Float32Array.from(features.flat())), steps: [] };
  const rest = { name: 'made', rows: rows(n), seed: 0, inputs };
  return 'ids' in labels
    ? createDataset({ ...rest, labels: { type: 'int32', dims: [], source: source(Int32Array.from(labels.ids)) }, classes: range(labels.classes).map(String) })
    : createDataset({ ...rest, labels: { type: 'float32', dims: [labels.values[0].length], source: source(Float32Array.from(labels.values.flat())) } });
}

describe('inputs', () => {
  // Columns: 0 2 4 6 (std sqrt 5), 7 7 7 7, 0 0 0 400 (std 100 sqrt 3).
  const data = made([[0, 7, 0], [2, 7, 0], [4, 7, 0], [6, 7, 400]], { ids: [0, 1, 0, 1], classes: 2 });
  const { input, samples } = summarizeTraining(data, rows(4));
  it('have the scale of all elements', () => {
    expect(samples).toBe(4);
    expect(input).toMatchObject({ type: 'float32', min: 0, max: 400, features: 3, nonFinite: 0 });
    expect(input.mean).toBeCloseTo(440 / 12, 9);
    // Mean square: (0 + 4 + 16 + 36 + 4 x 49 + 160000) / 12.
    expect(input.std).toBeCloseTo(Math.sqrt(160252 / 12 - (440 / 12) ** 2), 6);
  });
  it('tell constant features from those that vary', () => {
    expect(input.constantFeatures).toBe(1);
    expect(input.spread).toBeCloseTo((100 * Math.sqrt(3)) / Math.sqrt(5), 6);
  });
  it('count what is not finite and leave it out', () => {
    const { input: broken } = summarizeTraining(made([[1], [NaN], [3], [Infinity]], { ids: [0, 0, 0, 0], classes: 1 }), rows(4));
    expect(broken).toMatchObject({ nonFinite: 2, mean: 2, std: 1, min: 1, max: 3 });
  });
  it('have no scale where they are ids', () => {
    expect(summarizeTraining(data, rows(4), new Set([2])).input).toMatchObject({ type: 'float32', features: 2, min: 0, max: 7, constantFeatures: 1, spread: 1 });
    expect(summarizeTraining(data, rows(4), new Set([0, 1, 2])).input.type).toBe('int32');
  });
  it('have spread 1 where none varies', () => expect(summarizeTraining(made([[5], [5]], { ids: [0, 1], classes: 2 }), rows(2)).input).toMatchObject({ constantFeatures: 1, spread: 1 }));
});

describe('classes', () => {
  const of = (ids: number[], classes: number) => summarizeTraining(made(ids.map((id) => [id]), { ids, classes }), rows(ids.length));
  it('are counted, absent ones too', () => expect(of([0, 2, 2, 0, 2], 4).labels).toEqual({ type: 'classes', counts: [2, 0, 3, 0] }));
  // 999 pairs, all but one alike; chance is a half.
  it('sorted: neighbours are alike', () => expect(of(range(1000).map((i) => Number(i >= 500)), 2).order).toBeCloseTo((998 / 999) * 2, 9));
  it('alternating: neighbours never are', () => expect(of(range(1000).map((i) => i % 2), 2).order).toBe(0));
  it('in the order of training, not of the file', () => {
    const data = made(range(1000).map((i) => [i]), { ids: range(1000).map((i) => i % 2), classes: 2 });
    const sorted = Uint32Array.from([...range(500).map((i) => 2 * i), ...range(500).map((i) => 2 * i + 1)]);
    expect(summarizeTraining(data, sorted).order).toBeCloseTo((998 / 999) * 2, 9);
  });
});

describe('values', () => {
  const of = (values: number[][]) => summarizeTraining(made(values.map(() => [0]), { values }), rows(values.length));
  it('have a scale', () => {
    const { labels } = of([[1, 10], [3, 30]]);
    expect(labels).toMatchObject({ type: 'values', mean: 11, min: 1, max: 30, distinct: 4, whole: true });
    expect((labels as { std: number }).std).toBeCloseTo(Math.sqrt((100 + 1 + 64 + 361) / 4), 9);
  });
  it('that have a fraction are not whole', () => expect(of([[1], [1], [2.5]]).labels).toMatchObject({ distinct: 2, whole: false }));
  // A line of n points has lag-1 autocorrelation near 1; alternating values have -1; one value has none.
  it('in sorted order are correlated', () => expect(of(range(2000).map((i) => [i / 2000])).order).toBeGreaterThan(0.99));
  it('that alternate are anticorrelated', () => expect(of(range(2000).map((i) => [i % 2])).order).toBeCloseTo(-1, 9));
  it('that never change are not', () => expect(of([[4], [4], [4]]).order).toBe(0));
  it('of other offset per target count about their own mean', () => expect(of(range(2000).map((i) => [1000 + (i % 2), -1000 + (i % 2)])).order).toBeCloseTo(-1, 6));
});

it('looks at 10,000 samples at most, from the whole of the data', () => {
  const n = 30_000;
  const data = made(range(n).map((i) => [i]), { ids: range(n).map((i) => Math.floor((3 * i) / n)), classes: 3 });
  const { samples, labels, input, order } = summarizeTraining(data, rows(n));
  expect(samples).toBe(10_000);
  expect((labels as { counts: number[] }).counts.every((count) => Math.abs(count - 10_000 / 3) < 2)).toBe(true);
  expect(input.mean).toBeCloseTo(n / 2, -1);
  // Neighbours in training are compared, not those of the sample.
  expect(order).toBeCloseTo(3, 2);
});
