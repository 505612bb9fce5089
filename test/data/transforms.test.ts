import { describe, expect, test } from 'vitest';
import { Random } from '../../engine/random';
import type { TransformConfig } from '../../engine/data/schema';
import { everything, idx, load, loadCsv } from './folder';

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: number[]): number => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

const random = new Random(1, 'test');
/** 40 images of 2 channels with 1 x 7 bytes (14 is no multiple of the four that are copied at once); the second channel is brighter. */
const images = Array.from({ length: 40 }, () => Array.from({ length: 14 }, (_, j) => (j < 7 ? 0 : 100) + random.below(150)));
const files = { 'x.idx': idx(8, [40, 2, 1, 7], images.flat()), 'y.idx': idx(8, [40], images.map((_, i) => i % 2)) };
const csvFiles = { 'x.csv': `${images.map((image, i) => [...image, i].join(',')).join('\n')}` };

/** The values after transforms, of the bytes (mapped while gathering) and of the same numbers from text (transformed at once): float32 accuracy, 1e-6. */
const check = (name: string, transforms: TransformConfig[], expected: (value: number, element: number) => number) =>
  test.each(['bytes', 'text'])(`${name}: %s`, async (kind) => {
    const data = kind === 'bytes'
      ? await load(files, { train: { idx: 'x.idx', labels: 'y.idx' }, transforms })
      : await load(csvFiles, { train: { csv: 'x.csv', label: 14, reshape: [2, 1, 7] }, transforms });
    const { inputs } = everything(data.train);
    images.forEach((image, i) => image.forEach((value, j) => expect(Math.abs(inputs[i][j] - expected(value, j))).toBeLessThan(1e-6 * Math.max(1, Math.abs(inputs[i][j])))));
  });

const feature = (j: number): number[] => images.map((image) => image[j]);
const channel = (j: number): number[] => images.flatMap((image) => (j < 7 ? image.slice(0, 7) : image.slice(7)));

describe('affine transforms', () => {
  check('none', [], (value) => value);
  check('a factor', [{ scale: 1 / 255 }], (value) => value / 255);
  check('from an interval to another', [{ scale: { from: [0, 255], to: [-1, 1] } }], (value) => (value / 255) * 2 - 1);
  check('standardize every feature', [{ standardize: {} }], (value, j) => (value - mean(feature(j))) / deviation(feature(j)));
  check('standardize every channel', [{ standardize: { per: 'channel' } }], (value, j) => (value - mean(channel(j))) / deviation(channel(j)));
  check('standardize all', [{ standardize: { per: 'all' } }], (value) => (value - mean(images.flat())) / deviation(images.flat()));
  check('given statistics per channel', [{ standardize: { per: 'channel', mean: [10, 20], std: [2, 4] } }], (value, j) => (j < 7 ? (value - 10) / 2 : (value - 20) / 4));
  check('a given mean only', [{ standardize: { per: 'all', mean: 0 } }], (value) => value / deviation(images.flat()));
  check('one after the other', [{ scale: 2 }, { standardize: {} }, { scale: { from: [0, 1], to: [5, 6] } }], (value, j) => (value - mean(feature(j))) / deviation(feature(j)) + 5);
});

describe('standardize', () => {
  test('learns from the training part only', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `${i * i},${i}`);
    const data = await load({ 't.csv': `a,y\n${rows.join('\n')}` }, { train: { csv: 't.csv', label: 'y' }, validation: 0.3, transforms: [{ standardize: {} }] });
    const trained = everything(data.train).labels.map((y) => y * y);
    const other = everything(data.validation!);
    expect(trained).toHaveLength(35);
    other.inputs.forEach(([value], i) => expect(value).toBeCloseTo((other.labels[i] ** 2 - mean(trained)) / deviation(trained), 5));
    expect(mean(everything(data.train).inputs.flat())).toBeCloseTo(0, 6);
  });

  test('keeps the digits of large values', async () => {
    // float32 holds 1.7e9 to 128 only; these differ by 1. float64 holds it to 2e-7.
    const { train } = await loadCsv('time,y\n1700000000,0\n1700000001,1\n1700000002,2', {}, 'mse', [{ standardize: {} }]);
    everything(train).inputs.forEach(([value], i) => expect(Math.abs(value - (i - 1) * Math.sqrt(1.5))).toBeLessThan(1e-6));
  });

  test('makes a constant feature 0', async () => {
    const { train } = await loadCsv('a,y\n7,0\n7,1', {}, 'mse', [{ standardize: {} }]);
    expect(everything(train).inputs).toEqual([[0], [0]]);
  });

  test('of some columns', async () => {
    const { train } = await loadCsv('a,b,y\n1,1,0\n3,3,1', {}, 'mse', [{ standardize: { columns: ['b'] } }]);
    expect(everything(train).inputs).toEqual([[1, -1], [3, 1]]);
  });
});

describe('oneHot', () => {
  const text = 'a,color,b,size,y\n1,red,5,10,0\n2,blue,6,9,1\n3,red,7,10,0';
  test('replaces columns where they stand, categories sorted, numbers by value', async () => {
    const { train } = await loadCsv(text, {}, 'mse', [{ oneHot: { columns: ['color', 3] } }]);
    expect(train.columns).toEqual(['a', 'color=blue', 'color=red', 'b', 'size=9', 'size=10']);
    expect(everything(train).inputs).toEqual([[1, 0, 1, 5, 0, 1], [2, 1, 0, 6, 1, 0], [3, 0, 1, 7, 0, 1]]);
  });

  test('other transforms leave categories alone', async () => {
    const { train } = await loadCsv('color,b,y\nred,5,0\nblue,7,1', {}, 'mse', [{ standardize: {} }, { scale: 10 }, { oneHot: { columns: ['color'] } }]);
    expect(everything(train).inputs).toEqual([[0, 1, -10], [1, 0, 10]]);
  });

  test('an unknown category can be all zeros', async () => {
    const { validation } = await load({ 't.csv': 'c,y\nred,0\nblue,1', 'v.csv': 'c,y\ngreen,0\nblue,1' },
      { train: { csv: 't.csv', label: 'y' }, validation: { csv: 'v.csv', label: 'y' }, transforms: [{ oneHot: { columns: ['c'], unknown: 'zero' } }] });
    expect(everything(validation!).inputs).toEqual([[0, 0], [1, 0]]);
  });

  test('int32 inputs refuse transforms', async () => {
    await expect(loadCsv('a,y\n1,0\n2,1', { inputType: 'int32' }, 'mse', [{ scale: 2 }])).rejects.toThrow('t.csv: the transform scale needs float32 inputs, these are int32; "inputType": "float32" changes that.');
    await expect(loadCsv('a,y\n1,0\n2,1', { inputType: 'int32' }, 'mse', [{ oneHot: { columns: ['a'] } }])).rejects.toThrow('the transform oneHot needs float32 inputs, inputType asks for int32.');
  });
});
