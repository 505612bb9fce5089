import { describe, expect, it } from 'vitest';
import { diagnose } from '../../engine/diagnosis/diagnose';
import { readRun } from '../../engine/run/folder';
import { stateful, train, weights } from './run';

const asked = { diagnose: { oneBatch: true } };
/** More features than the 16 samples: a straight line goes through all of them. */
const linear = { ...stateful, model: { layers: [{ dense: 1 }] }, data: { train: { simulated: 'linear', samples: 150, features: 40, noise: 0.1 } }, optimizer: { type: 'sgd', learningRate: 0.02 }, schedule: undefined, epochs: 1 };
/** What comes before the output is always 0: all that is left to learn is the mean of the labels. */
const cut = { ...linear, model: { layers: [{ dense: { units: 8, biasInitializer: { constant: -100 } } }, 'relu', { dense: 1 }] } };

describe('learning one batch by heart', () => {
  it('does not change the run', async () => {
    const { run } = await train({ ...stateful, ...asked });
    expect(readRun(run).header.oneBatch).toMatchObject({ samples: 16 });
    expect(weights(run)).toEqual(weights((await train(stateful)).run));
  });

  it('goes as far as the samples allow: to nothing on a straight line through all of them', async () => {
    const record = readRun((await train({ ...linear, ...asked })).run);
    const { first, least, step, loss } = record.header.oneBatch!;
    expect(least).toBeLessThan(0.01 * first);
    expect(loss.at(-1)).toBe(least);
    expect(step).toEqual([...step].sort((a, b) => a - b));
    expect(diagnose(record).map(({ rule }) => rule)).not.toContain('cannot-overfit-one-batch');
  });

  it('and no further than the variance of the labels where nothing of the inputs arrives', async () => {
    const record = readRun((await train({ ...cut, ...asked })).run);
    const { first, least } = record.header.oneBatch!;
    expect(least).toBeGreaterThan(0.2 * first);
    expect(diagnose(record).find(({ rule }) => rule === 'cannot-overfit-one-batch')).toMatchObject({ severity: 'warning', step: 0 });
  });

  it('is left out where nothing asks for it', async () => expect(readRun((await train(linear)).run).header.oneBatch).toBeUndefined());
});
