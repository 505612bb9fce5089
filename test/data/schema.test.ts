import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { dataSchema } from '../../engine/data/schema';

const csv = { csv: 't.csv', label: 'y' };

describe('accepted', () => {
  test.each<[object]>([
    [{ train: csv }],
    [{ train: csv, validation: 0.2, shuffle: false }],
    [{ train: csv, validation: csv, test: { ...csv, header: 'auto', delimiter: ';', columns: ['a', 3], dropRowsWith: [''] } }],
    [{ train: { ...csv, label: ['a', 1], reshape: [1, 8, 8], limit: 10, offset: 0 } }],
    [{ train: { npy: 'x.npy', labels: 'y.npy', inputType: 'int32' } }],
    [{ train: { npz: 'a.npz', inputs: 'x', labels: 'y' } }],
    [{ train: { idx: 'x.gz', labels: 'y.gz', classes: ['cat', 'dog'] } }],
    [{ train: { simulated: 'linear', samples: 100, features: 10, noise: 0.1, seed: 1 } }],
    [{ train: csv, transforms: [{ standardize: {} }, { standardize: { per: 'channel', mean: [1, 2, 3], std: 2 } }, { scale: 0.5 }, { scale: { from: [0, 255], to: [0, 1] } }, { oneHot: { columns: ['a'], unknown: 'zero' } }] }],
  ])('%j', (data) => expect(Value.Check(dataSchema, data)).toBe(true));
});

describe('refused', () => {
  test.each<[object]>([
    [{}],
    [{ train: { csv: 't.csv' } }],
    [{ train: { ...csv, labels: 'y' } }],
    [{ train: csv, validation: 0.95 }],
    [{ train: csv, validation: -0.1 }],
    [{ train: { ...csv, label: -1 } }],
    [{ train: { ...csv, limit: 0 } }],
    [{ train: csv, transforms: [{ standardize: {}, scale: 2 }] }],
    [{ train: csv, transforms: [{ standardize: { std: 0 } }] }],
    [{ train: csv, transforms: [{ scale: { from: [0], to: [0, 1] } }] }],
  ])('%j', (data) => expect(Value.Check(dataSchema, data)).toBe(false));
});

test('every key has a description, which the editor shows', () => {
  const missing: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (Array.isArray(schema)) return schema.forEach((item) => visit(item, path));
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties')
        for (const [name, property] of Object.entries(value as Record<string, { description?: string }>)) if (!property.description) missing.push(`${path}.${name}`);
      visit(value, key === 'properties' ? path : `${path}.${key}`);
    }
  };
  visit(dataSchema, 'data');
  expect(missing).toEqual([]);
});
