import { describe, expect, test } from 'vitest';
import type { DataConfig } from '../../engine/data/schema';
import { everything, load } from './folder';

/** 100 rows, the row number as feature, classes of 80, 15 and 5, a column that tells three parts. */
const text = `a,part,y\n${Array.from({ length: 100 }, (_, i) => `${i},${i % 10 < 7 ? 'fit' : i % 10 < 9 ? 'val' : 'test'},${i < 80 ? 'x' : i < 95 ? 'y' : 'z'}`).join('\n')}`;
const train = { csv: 't.csv', label: 'y', columns: ['a'] };
const parts = async (data: Omit<DataConfig, 'train'>, seed = 0, source: object = train) => {
  const loaded = await load({ 't.csv': text }, { train: source as typeof train, ...data }, { loss: 'crossEntropy', seed });
  return Object.fromEntries(Object.entries(loaded).map(([role, dataset]) => [role, everything(dataset)]));
};
const ids = (part: { inputs: number[][] }) => part.inputs.map(([id]) => id);
const counts = (part: { labels: number[] }) => [0, 1, 2].map((id) => part.labels.filter((label) => label === id).length);

describe('splits', () => {
  test('stratified: every class in the same share', async () => {
    const { train: fit, validation } = await parts({ validation: { fraction: 0.2, stratify: true } });
    expect([counts(fit), counts(validation)]).toEqual([[64, 12, 4], [16, 3, 1]]);
    expect([...ids(fit), ...ids(validation)].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(ids((await parts({ validation: { fraction: 0.2, stratify: true } }, 1)).validation)).not.toEqual(ids(validation));
  });

  test.each([[false], [true]])('folds are disjoint and together all of the data; stratify: %s', async (stratify) => {
    const folds = await Promise.all([0, 1, 2, 3, 4].map((fold) => parts({ validation: { folds: 5, fold, stratify } })));
    expect(folds.flatMap(({ validation }) => ids(validation)).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    for (const { train: fit, validation } of folds) {
      expect(ids(fit).filter((id) => ids(validation).includes(id))).toEqual([]);
      if (stratify) expect(counts(validation)).toEqual([16, 3, 1]);
    }
  });

  test('by column; the column is no feature', async () => {
    const { train: fit, validation, test: last } = await parts({ validation: { column: 'part', values: ['val'] }, test: { column: 'part', values: ['test'] } }, 0, { csv: 't.csv', label: 'y' });
    const rows = (from: number, to: number) => Array.from({ length: 100 }, (_, i) => i).filter((i) => i % 10 >= from && i % 10 < to);
    expect([fit, validation, last].map(ids)).toEqual([rows(0, 7), rows(7, 9), rows(9, 10)]);
    expect(fit.inputs[0]).toHaveLength(1);
  });

  test('a column and a share of the rest', async () => {
    const { train: fit, validation, test: last } = await parts({ validation: 0.5, test: { column: 'part', values: ['test', 'val'] } });
    expect([fit, validation, last].map(({ inputs }) => inputs.length)).toEqual([35, 35, 30]);
  });

  test.each<[string, Omit<DataConfig, 'train'>, string]>([
    ['a value that no row has', { validation: { column: 'part', values: ['dev'] } }, 't.csv: no row belongs to validation: the column "part" holds "fit", "val", "test", not "dev".'],
    ['no such column', { validation: { column: 'set', values: ['dev'] } }, 't.csv:1:1: the column to split by is "set", but there is no such column; the columns are "a", "part", "y".'],
    ['two columns', { validation: { column: 'part', values: ['val'] }, test: { column: 'a', values: ['1'] } }, 't.csv: validation is told by the column "part", test by "a"; one column tells all parts.'],
    ['a fold too many', { validation: { folds: 3, fold: 3 } }, 't.csv: fold is 3; 3 folds are 0 to 2.'],
  ])('%s', async (_, data, message) => {
    await expect(parts(data)).rejects.toThrow(message);
  });

  test('numbers cannot be stratified', async () => {
    await expect(load({ 't.csv': 'a,y\n1,2\n3,4' }, { train: { csv: 't.csv', label: 'y' }, validation: { fraction: 0.5, stratify: true } })).rejects.toThrow('t.csv: stratify needs one class for each sample; the labels are others.');
  });
});
