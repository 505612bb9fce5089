import { describe, expect, test, vi } from 'vitest';
import type { RunResult } from '../../engine/host/protocol';
import { RunStore, type RunChange } from '../../extension/runs/runStore';
import { explosion, header, run, steps } from './syntheticRun';

const folder = run().folder;
const result = (change: Partial<RunResult> = {}): RunResult => ({ run: folder, status: 'finished', reason: 'all 5 epochs done', epochs: 5, steps: 225, train: { loss: 0.2 }, findings: [], ...change });

function store(load = vi.fn(async () => ({ steps: steps(5), findings: explosion }))) {
  const made = new RunStore(load);
  const changes: RunChange[] = [];
  made.onDidChange((change) => changes.push(change));
  return { store: made, changes, load, kinds: () => changes.map(({ kind }) => kind) };
}

describe('run store', () => {
  test('follows a run from start to end', () => {
    const { store: runs, kinds, changes } = store();
    runs.apply({ type: 'started', run: folder, header: header(), steps: [] });
    runs.apply({ type: 'steps', run: folder, steps: steps(3) });
    runs.apply({ type: 'steps', run: folder, steps: steps(5).slice(3) });
    runs.apply({ type: 'findings', run: folder, findings: explosion });
    expect(runs.get(folder)).toMatchObject({ status: 'training', findings: explosion });
    runs.apply({ type: 'ended', run: folder, result: result({ status: 'diverged', reason: 'loss is NaN' }) });
    expect(runs.get(folder)).toMatchObject({ status: 'diverged', reason: 'loss is NaN', findings: [] });
    expect(runs.get(folder)!.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(kinds()).toEqual(['added', 'steps', 'steps', 'findings', 'findings', 'status']);
    expect(changes.filter((change) => change.kind === 'steps').map((change) => change.from)).toEqual([0, 3]);
  });

  test('steps that come again replace the tail', () => {
    const { store: runs, changes } = store();
    runs.apply({ type: 'started', run: folder, header: header(), steps: steps(10) });
    runs.apply({ type: 'steps', run: folder, steps: steps(9).slice(7) });
    expect(runs.get(folder)!.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(changes.at(-1)).toMatchObject({ kind: 'steps', from: 7 });
  });

  test('a resumed run keeps its name and starts over with what the engine says', () => {
    const { store: runs, kinds } = store();
    runs.addStored([run({ title: 'my run', status: 'stopped', loaded: false, steps: [] })]);
    runs.apply({ type: 'started', run: folder, header: header(), steps: steps(4) });
    expect(runs.get(folder)).toMatchObject({ title: 'my run', status: 'training', loaded: true });
    expect(runs.get(folder)!.steps).toHaveLength(4);
    expect(kinds()).toEqual(['added', 'loaded', 'status']);
  });

  test('reads a stored run once, however many ask', async () => {
    const { store: runs, load } = store();
    runs.addStored([run({ loaded: false, steps: [] })]);
    await Promise.all([runs.ensureLoaded(runs.get(folder)!), runs.ensureLoaded(runs.get(folder)!)]);
    await runs.ensureLoaded(runs.get(folder)!);
    expect(load).toHaveBeenCalledTimes(1);
    expect(runs.get(folder)).toMatchObject({ loaded: true, findings: explosion });
  });

  test('a damaged run is asked for again, and says so each time', async () => {
    const { store: runs } = store(vi.fn(async () => Promise.reject(new Error('steps.arrow: the file is damaged'))));
    runs.addStored([run({ loaded: false })]);
    for (let i = 0; i < 2; i++) await expect(runs.ensureLoaded(runs.get(folder)!)).rejects.toThrow('damaged');
  });

  test('a dead engine fails only a run that was training', () => {
    const { store: runs } = store();
    runs.apply({ type: 'started', run: folder, header: header(), steps: [] });
    runs.fail(folder, 'the engine ended unexpectedly by signal SIGKILL');
    expect(runs.get(folder)).toMatchObject({ status: 'failed', reason: expect.stringContaining('SIGKILL') });
    runs.apply({ type: 'ended', run: folder, result: result() });
    runs.fail(folder, 'later');
    expect(runs.get(folder)!.status).toBe('finished');
  });

  test('an outcome written by the command line replaces what was not known', () => {
    const { store: runs, kinds } = store();
    runs.addStored([run({ loaded: false, status: 'stopped' })]);
    runs.addStored([run({ loaded: false, status: 'finished', summary: { loss: 0.1, epochs: 5, steps: 225 } })]);
    expect(runs.get(folder)).toMatchObject({ status: 'finished', summary: { loss: 0.1 } });
    expect(kinds()).toEqual(['added', 'status']);
  });

  test('newest first, and the newest of a run file', () => {
    const { store: runs } = store();
    const at = (name: string, startedAt: string, runFile: string) => run({ folder: name, header: header({ startedAt, runFile }) });
    runs.addStored([at('a', '2026-01-01T00:00:00Z', '/x/one.train.json'), at('b', '2026-01-03T00:00:00Z', '/x/two.train.json'), at('c', '2026-01-02T00:00:00Z', '/x/../x/one.train.json')]);
    expect(runs.all().map((stored) => stored.folder)).toEqual(['b', 'c', 'a']);
    expect(runs.latestOf('/x/one.train.json')?.folder).toBe('c');
    expect(runs.latestOf('/x/none.train.json')).toBeUndefined();
  });
});
