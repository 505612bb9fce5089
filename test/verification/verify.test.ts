import { describe, expect, it } from 'vitest';
import type { Finding } from '../../engine/diagnosis/finding';
import { applyEdits } from '../../engine/run/edit';
import { compare } from '../../engine/verification/compare';
import { DataCache, Fork, storedSource } from '../../engine/verification/fork';
import { planVerification } from '../../engine/verification/verify';
import { stateful, train } from '../training/run';

const remedy = { title: 'Set learningRate to 0.001', edits: [{ path: 'optimizer.learningRate', value: 0.001 }] };
const finding = (step: number, lastStep: number): Finding =>
  ({ id: 'x', rule: 'x', severity: 'warning', confidence: 1, title: '', explanation: '', target: { path: 'optimizer' }, step, lastStep, evidence: [], remedies: [remedy] }) as unknown as Finding;

describe('the plan of a verification', async () => {
  // 4 steps an epoch: 480 in all.
  const { run } = await train({ ...stateful, epochs: 120 });
  it.each<[what: string, step: number, lastStep: number, from: number, steps: number]>([
    ['goes on for a while beyond the last evidence', 10, 60, 0, 160],
    ['trains whole what is wrong from the first to the last step', 0, 480, 0, 480],
    ['starts at a stored state before the first evidence', 300, 330, 256, 174],
    ['ends with the run', 100, 460, 64, 416],
  ])('%s', (_, step, lastStep, from, steps) => {
    expect(planVerification(run, finding(step, lastStep), remedy)).toMatchObject({ from, steps, runs: 10 });
  });
});

describe('a remedy that changes the order of the samples', () => {
  const ordered = (validation: object) => train({ ...stateful, data: { train: stateful.data.train, shuffle: false, ...validation } });
  it.each([['validation loss', { validation: 0.2 }], ['training error', {}]])('is judged by the %s', async (measure, validation) => {
    const { run } = await ordered(validation);
    const source = storedSource(run);
    const shuffled = { ...source, text: applyEdits(source.text, [{ path: 'data.shuffle', value: true }]) };
    const verified = await compare(source, shuffled, { steps: 4, seeds: [0, 1] });
    expect(verified).toMatchObject({ measure });
    expect(verified!.curve.with).not.toEqual(verified!.curve.without);
  });

  it('is judged on the same samples', async () => {
    const source = storedSource((await ordered({ validation: 0.2 })).run);
    const data = new DataCache();
    const open = (value: boolean): Promise<Fork> => Fork.open({ ...source, text: applyEdits(source.text, [{ path: 'data.shuffle', value }]) }, { data });
    const shuffled = await open(true);
    const kept = await open(false);
    expect(shuffled.training.data.validation).toBe(kept.training.data.validation);
  });
});
