import { expect, test } from 'vitest';
import { summarize } from '../../engine/data/summary';
import { everything, load, loadCsv } from './folder';

test('statistics of inputs and counts of classes', async () => {
  const rows = Array.from({ length: 600 }, (_, i) => `${1000 + (i % 13)},${(i * 7) % 5},${['no', 'yes', 'yes'][i % 3]}`);
  const { train } = await loadCsv(`a,b,y\n${rows.join('\n')}`, {}, 'crossEntropy');
  const summary = summarize(train);
  const values = everything(train).inputs.flat();
  const mean = values.reduce((a, b) => a + b) / 1200;
  expect(summary.inputs).toMatchObject({ type: 'float32', dims: [2], min: 0, max: 1012 });
  // Sums of 1,200 float64 values in another order: 1e-9.
  expect(summary.inputs.mean).toBeCloseTo(mean, 9);
  expect(summary.inputs.std).toBeCloseTo(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 1200), 9);
  expect(summary.classes).toEqual([{ name: 'no', count: 200 }, { name: 'yes', count: 400 }]);
});

test('labels that are numbers have statistics and no classes', async () => {
  const { train } = await load({ 't.csv': 'a,y\n1,2\n3,6' }, { train: { csv: 't.csv', label: 'y' } });
  expect(summarize(train)).toEqual({
    samples: 2,
    inputs: { type: 'float32', dims: [1], min: 1, max: 3, mean: 2, std: 1 },
    labels: { type: 'float32', dims: [1], min: 2, max: 6, mean: 4, std: 2 },
  });
});
