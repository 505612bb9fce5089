import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../engine/run/edit';
import { readRun, runFiles } from '../../engine/run/folder';
import { forkPoints, isForkPoint } from '../../engine/training/forkPoints';
import { checkpointBefore, Fork, storedSource } from '../../engine/verification/fork';
import { stateful, train } from '../training/run';

const config = { ...stateful, epochs: 20 };
const losses = (steps: readonly { step: number; loss: number }[], from = 0, to = Infinity): number[] => steps.filter(({ step }) => step > from && step <= to).map(({ loss }) => loss);

describe('states to fork from', () => {
  it('are 64 times the powers of 4', () => {
    expect(Array.from({ length: 20_000 }, (_, i) => i).filter(isForkPoint)).toEqual([64, 256, 1024, 4096, 16384]);
    expect(forkPoints(5000)).toEqual([4096, 1024, 256, 64]);
    expect(forkPoints(63)).toEqual([]);
  });
});

describe('a fork', async () => {
  const { run } = await train(config);
  const { steps } = readRun(run);

  it('repeats the run from the untrained model, bit by bit', async () => {
    const fork = await Fork.open(storedSource(run));
    await fork.advance(30);
    expect(losses(fork.steps)).toEqual(losses(steps, 0, 30));
    await fork.release();
  });

  it('repeats it from a stored state, and in pieces', async () => {
    const checkpoint = checkpointBefore(run, 75)!;
    expect(checkpoint.progress.step).toBe(64);
    const fork = await Fork.open(storedSource(run), { from: checkpoint });
    for (const until of [65, 70, 77]) await fork.advance(until);
    expect(losses(fork.steps)).toEqual(losses(steps, 64, 77));
    fork.begin();
    await fork.advance(70);
    expect(losses(fork.steps)).toEqual(losses(steps, 64, 70));
    await fork.release();
  });

  it('draws another order with another seed, from the same weights', async () => {
    const fork = await Fork.open(storedSource(run));
    fork.begin(7);
    await fork.advance(4);
    expect(losses(fork.steps)).not.toEqual(losses(steps, 0, 4));
    const again = await Fork.open(storedSource(run));
    again.begin(7);
    await again.advance(4);
    expect(losses(again.steps)).toEqual(losses(fork.steps));
  });

  it('starts untrained where the state has other tensors', async () => {
    const source = storedSource(run);
    const text = applyEdits(source.text, [{ path: 'model.layers.0', value: { dense: 13 } }]);
    expect((await Fork.open({ ...source, text }, { from: checkpointBefore(run, 75) })).start).toBe(0);
  });

  it('has the end of the run it came from', async () => {
    const fork = await Fork.open(storedSource(run));
    await fork.advance(Infinity);
    expect(fork.outcome?.status).toBe('finished');
    expect(fork.step).toBe(steps.at(-1)!.step);
    expect((await fork.score()).loss).toBe(steps.at(-1)!.validation!.loss);
  });

  it('writes nothing', () => {
    expect(readdirSync(path.join(run, 'checkpoints')).sort()).toEqual(['best.safetensors', 'last.safetensors', 'step-64.safetensors']);
    expect(existsSync(runFiles(run).fork(64))).toBe(true);
  });
});
