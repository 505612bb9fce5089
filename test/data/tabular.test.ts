import { describe, expect, test } from 'vitest';
import { InputError } from '../../engine/errors';
import type { DataConfig, TransformConfig } from '../../engine/data/schema';
import { everything, load, loadCsv } from './folder';

const inputs = async (text: string, ...transforms: TransformConfig[]) => {
  const { train } = await loadCsv(text, { missing: ['', '?'] }, 'mse', transforms);
  return { columns: train.columns, rows: everything(train).inputs };
};
const table = 'a,b,y\n1,10,0\n2,,0\n4,20,0\n?,20,0\n9,40,0';

describe('missing values', () => {
  // Of a: 1 2 4 9. Of b: 10 20 20 40.
  test.each<[string, number, number, object]>([
    ['median', 3, 20, {}], ['mean', 4, 22.5, {}], ['mostFrequent', 1, 20, {}], ['constant', -1, -1, { value: -1 }],
  ])('%s', async (strategy, a, b, extra) => {
    const { rows } = await inputs(table, { impute: { strategy: strategy as 'mean', ...extra } });
    expect(rows).toEqual([[1, 10], [2, b], [4, 20], [a, 20], [9, 40]]);
  });

  test('an indicator for each column', async () => {
    const { rows, columns } = await inputs(table, { impute: { columns: ['b', 'a'], indicator: true } });
    expect(columns).toEqual(['a', 'b', 'b is missing', 'a is missing']);
    expect(rows).toEqual([[1, 10, 0, 0], [2, 20, 1, 0], [4, 20, 0, 0], [3, 20, 0, 1], [9, 40, 0, 0]]);
  });

  test('categories take the most frequent one, or a category of their own', async () => {
    const text = 'c,y\nx,0\n?,0\nz,0\nz,0';
    expect((await inputs(text, { impute: {} }, { oneHot: { columns: ['c'] } })).rows).toEqual([[1, 0], [0, 1], [0, 1], [0, 1]]);
    const own = await inputs(text, { impute: { strategy: 'constant', value: 'none' } }, { oneHot: { columns: ['c'] } });
    expect(own).toEqual({ columns: ['c=none', 'c=x', 'c=z'], rows: [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1]] });
  });

  test('statistics are those of the training part', async () => {
    const data = await load({ 't.csv': 'a,y\n1,0\n,0\n3,0', 'v.csv': 'a,y\n,0\n100,0' }, { train: { csv: 't.csv', label: 'y' }, validation: { csv: 'v.csv', label: 'y' }, transforms: [{ impute: { strategy: 'mean' } }, { minMax: {} }] });
    expect(everything(data.train).inputs).toEqual([[0], [0.5], [1]]);
    expect(everything(data.validation!).inputs).toEqual([[0.5], [49.5]]);
  });
});

describe('columns', () => {
  const numbers = 'a,b,y\n0,5,0\n1,5,0\n2,5,0\n3,5,0\n100,5,0';
  test.each<[string, TransformConfig[], number[][]]>([
    ['minMax; a constant feature becomes the lower end', [{ minMax: { to: [-1, 1] } }], [[-1, -1], [-0.98, -1], [-0.96, -1], [-0.94, -1], [1, -1]]],
    ['log of one column', [{ log: { columns: ['a'], offset: 1 } }], [0, 1, 2, 3, 100].map((x) => [Math.log1p(x), 5])],
    ['clip to limits', [{ clip: { low: 1, high: 3 } }], [[1, 3], [1, 3], [2, 3], [3, 3], [3, 3]]],
    // Quantiles of 0 1 2 3 100: 0.25 -> 1, 0.75 -> 3.
    ['clip to quantiles', [{ clip: { columns: ['a'], quantiles: [0.25, 0.75] } }], [[1, 5], [1, 5], [2, 5], [3, 5], [3, 5]]],
    ['bucket by edges', [{ bucket: { columns: ['a'], edges: [1, 3] } }], [[0, 5], [1, 5], [1, 5], [2, 5], [2, 5]]],
    ['bucket by count: the median parts', [{ bucket: { columns: ['a'], count: 2 } }], [[0, 5], [0, 5], [1, 5], [1, 5], [1, 5]]],
    ['bucket, then oneHot', [{ bucket: { columns: ['a'], edges: [2] } }, { oneHot: { columns: ['a'] } }], [[1, 0, 5], [1, 0, 5], [0, 1, 5], [0, 1, 5], [0, 1, 5]]],
  ])('%s', async (_, transforms, expected) => {
    const { rows } = await inputs(numbers, ...transforms);
    // Results in float32 of values up to 100: 1e-5.
    rows.flat().forEach((value, i) => expect(Math.abs(value - expected.flat()[i])).toBeLessThan(1e-5));
    expect(rows.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  });

  test('buckets are named by their edges', async () => {
    expect((await inputs(numbers, { bucket: { columns: ['a'], edges: [1, 3] } }, { oneHot: { columns: ['a'] } })).columns).toEqual(['a=1 to 3', 'a=< 1', 'a=>= 3', 'b']);
  });

  test('categories have the same ids in every source, and one of their own for the unknown', async () => {
    const files = { 't.csv': 'c,y\nz,0\nx,1\nz,1', 'v.csv': 'c,y\nw,0\nx,1\nz,0' };
    const data: DataConfig = { train: { csv: 't.csv', label: 'y' }, validation: { csv: 'v.csv', label: 'y' }, transforms: [{ categories: { columns: ['c'], unknown: 'own' } }] };
    const { train, validation } = await load(files, data);
    expect(everything(train).inputs).toEqual([[2], [1], [2]]);
    expect(everything(validation!).inputs).toEqual([[0], [1], [2]]);
    await expect(load(files, { ...data, transforms: [{ categories: { columns: ['c'] } }] })).rejects.toThrow('v.csv:2:1: column "c" holds "w", a category that the training part does not have ("x", "z"); "unknown": "own" gives such a category of their own.');
  });
});

test.each<[string, string, TransformConfig[], string]>([
  ['a blank cell of another column', table, [{ impute: { columns: ['a'] } }], 't.csv:3:3: column "b" is blank; fill the cell, leave such rows out with "dropRowsWith": [""], or let the transform impute fill it in.'],
  ['a missing label', 'a,y\n1,0\n2,?', [{ impute: {} }], 't.csv:3:3: column "y" holds "?", which counts as missing; fill the cell, or leave such rows out with "dropRowsWith": ["?"].'],
  ['nothing to go by', 'a,y\n?,0\n?,1', [{ impute: {} }], 't.csv: column "a" has no value in the training part that the transform impute could go by; leave it out of "columns".'],
  ['no constant', table, [{ impute: { strategy: 'constant' } }], 't.csv: the transform impute with the strategy constant needs a value.'],
  ['a constant that no number is', table, [{ impute: { strategy: 'constant', value: 'x' } }], 't.csv: the transform impute fills column "a", which holds numbers, with "x".'],
  ['a constant for the median', table, [{ impute: { value: 1 } }], 't.csv: the transform impute has a value, which the strategy median does not take.'],
  ['the logarithm of 0', 'a,y\n1,0\n0,1', [{ log: {} }], 't.csv:3:1: column "a" holds 0, which has no logarithm; "offset": 1 takes that of value + 1.'],
  ['limits the wrong way round', 'a,y\n1,0\n0,1', [{ clip: { low: 2, high: 1 } }], 't.csv: the transform clip has low 2 above high 1.'],
  ['no limits', 'a,y\n1,0\n0,1', [{ clip: {} }], 't.csv: the transform clip needs low, high or quantiles.'],
  ['edges that fall', 'a,y\n1,0\n0,1', [{ bucket: { columns: ['a'], edges: [2, 1] } }], 't.csv: the edges of the transform bucket must rise: 2, 1.'],
  ['edges and count', 'a,y\n1,0\n0,1', [{ bucket: { columns: ['a'], edges: [2], count: 2 } }], 't.csv: the transform bucket needs either edges or count.'],
  ['a date', 'a,y\n2024-02-29 12:00,0\n0,1', [], 't.csv:2:1: column "a" holds the date 2024-02-29 12:00; what a date means to a model is not guessed: write it as numbers (days since a start, month, weekday) or leave the column out of "columns".'],
  ...[{ resize: 4 }, { centerCrop: 1 }, { randomCrop: 1 }, { horizontalFlip: {} }, { verticalFlip: {} }, { rotate: 3 }, { colorJitter: {} }, { cutout: 1 }].map((transform): [string, string, TransformConfig[], string] => {
    const [name] = Object.keys(transform);
    return [`${name} of a table`, 'a,y\n1,0\n0,1', [transform], `t.csv: the transform ${name} needs images [channels, height, width], a sample has the dims [1]; "reshape" changes them.`];
  }),
  ['oneHot of an id', `a,y\n${Array.from({ length: 10_001 }, (_, i) => `k${i},0`).join('\n')}`, [{ oneHot: { columns: ['a'] } }], 't.csv: column "a" has 10001 categories; oneHot takes at most 10000.'],
])('%s', async (_, text, transforms, message) => {
  const error: unknown = await loadCsv(text, { missing: ['', '?'] }, 'mse', transforms).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toBe(message);
});
