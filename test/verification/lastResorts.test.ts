import { expect, it } from 'vitest';
import { RecordView } from '../../engine/diagnosis/view';
import { lastResorts } from '../../engine/verification/fix/lastResorts';
import { buildRecord } from '../diagnosis/builder';

const adamRates = (std: number | undefined, totalSteps: number): number[] => {
  const labels = std === undefined ? { type: 'classes' as const, counts: [500, 500] } : { type: 'values' as const, mean: 0, std, min: -3 * std, max: 3 * std, distinct: 500, whole: false };
  const view = new RecordView(buildRecord({ totalSteps, classes: 0, data: { labels }, config: { loss: std === undefined ? 'crossEntropy' : 'mse', optimizer: { type: 'sgd', learningRate: 0.01 } } }));
  const edited = lastResorts({ view }, true).flatMap((changes) => changes.flatMap(({ edits }) => edits));
  return edited.flatMap(({ path, value }) => (path === 'optimizer' ? [(value as { learningRate: number }).learningRate] : []));
};

it('values that lie far apart are given an Adam that reaches them within a tenth of the run', () => {
  const ordinary = [0.001, 0.01, 0.003];
  // 143 in 800 steps.
  expect(adamRates(143, 8000)).toEqual([0.001, 0.18, 0.01, 0.003]);
  // The ordinary rates reach values of standard deviation 1.
  expect(adamRates(1, 8000)).toEqual(ordinary);
  // Where a step would have to be larger than 1, another scale of the values is the remedy.
  expect(adamRates(1e5, 8000)).toEqual(ordinary);
  expect(adamRates(undefined, 8000)).toEqual(ordinary);
});
