import { describe, expect, it } from 'vitest';
import type { RunHeader, RunRecord, StepRecord } from '../../engine/run/record';
import { without, type Change } from '../../engine/verification/fix/change';
import { Stored } from '../../engine/verification/fix/contender';
import { affordable, stagesOf } from '../../engine/verification/fix/race';

/** Whole runs that the stages take together. */
const cost = (stages: ReturnType<typeof stagesOf>): number => stages.reduce((sum, { share, runners }, i) => sum + runners * (share - (stages[i - 1]?.share ?? 0)), 0);

describe('the stages of a race', () => {
  it.each([[8, 1], [8, 1.5], [16, 3], [60, 12], [60, 24], [5, 30]])('of %i candidates take no more than %d whole runs', (candidates, runs) =>
    expect(cost(stagesOf(candidates, runs))).toBeLessThanOrEqual(runs * 1.0001));
  it('end with whole runs where as many candidates are tried as can be afforded', () => {
    for (const runs of [3, 6, 12, 24]) expect(stagesOf(affordable(runs), runs).at(-1)!.share).toBeGreaterThan(0.95);
  });
  it('bring several candidates to the end where there are runs to spare', () => expect(stagesOf(10, 10).at(-1)).toEqual({ share: 1, runners: 6 }));
  it('stop before the end of a run where there are too few', () => expect(stagesOf(8, 0.5).at(-1)!.share).toBeLessThan(0.5));
});

/** A run of ten epochs of ten steps, with these validation losses and accuracies. */
function record(validations: [loss: number, accuracy: number][], loss = 1): RunRecord {
  const steps = Array.from({ length: 10 * validations.length }, (_, i): Partial<StepRecord> => {
    const [value, metric] = validations[Math.floor(i / 10)];
    return { step: i + 1, loss, ...(i % 10 === 9 && { validation: { loss: value, metric } }) };
  });
  return { header: { totalSteps: 100, metric: 'accuracy', config: {} } as RunHeader, steps: steps as StepRecord[] };
}
const stored = (run: RunRecord): Stored => new Stored({ text: '', changes: [] }, run);

describe('a run that is known', () => {
  const run = stored(record([[2, 0.5], [1, 0.7], [1.5, 0.9], [0.5, 0.8]]));
  it('is as good as the weights with the smallest validation loss so far', () => {
    expect(run.score(0.2)).toMatchObject({ loss: 1, error: 1 - 0.7 });
    expect(run.score(0.3)).toMatchObject({ loss: 1, error: 1 - 0.7 });
    expect(run.score(1).loss).toBe(0.5);
  });
  it('is as good as its first validation where it had none yet', () => expect(run.score(0.01).loss).toBe(2));
  it('has a level that half a point of accuracy moves', () => expect(run.level(0.2) - run.level(1)).toBe(20));
  it('is no good where it diverged', () => {
    const wild = stored(record([[2, 0.5], [1, 0.7]], Infinity));
    expect([wild.diverged, wild.score(1).loss, wild.level(1)]).toEqual([true, Infinity, Infinity]);
  });
});

describe('changes without one of them', () => {
  const change = (...paths: string[]): Change => ({ title: paths.join(), because: '', edits: paths.map((path) => ({ path, value: 1 })) });
  const changes = [change('data.transforms'), change('model.layers.2'), change('optimizer.type'), change('model.layers.3')];
  it('are the others', () => expect(without(changes, 2)!.map(({ title }) => title)).toEqual(['data.transforms', 'model.layers.2', 'model.layers.3']));
  it('may lack the last one that moves layers', () => expect(without(changes, 3)).toHaveLength(3));
  it('are none where it moved the layers that a later one names', () => expect(without(changes, 1)).toBeUndefined());
});
