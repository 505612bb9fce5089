import { describe, expect, test, vi } from 'vitest';
import type { EngineEvents, EngineFunctions, RunResult } from '../../engine/host/protocol';
import { Sessions } from '../../extension/engine/sessions';
import { RunStore } from '../../extension/runs/runStore';
import { header, run, steps } from './syntheticRun';

const folder = run().folder;
const runFile = header().runFile!;
const result: RunResult = { run: folder, status: 'stopped', reason: 'stopped by the user', epochs: 1, steps: 3, train: { loss: 1 }, findings: [] };

/** Engines in this process, ended by hand. */
function setUp() {
  const engines: { events: EngineEvents; finish(result: RunResult): void; die(reason: string): void; stop: ReturnType<typeof vi.fn>; dispose: ReturnType<typeof vi.fn> }[] = [];
  const store = new RunStore(async () => ({ steps: [], findings: [] }));
  const log = vi.fn();
  const sessions = new Sessions((events) => {
    let finish!: (result: RunResult) => void, fail!: (error: Error) => void;
    const work = new Promise<RunResult>((resolve, reject) => { finish = resolve; fail = reject; });
    const stop = vi.fn(async () => {}), dispose = vi.fn(async () => {});
    engines.push({ events, finish, die: (reason) => fail(new Error(reason)), stop, dispose });
    const functions = { train: () => work, resume: () => work, stop, export: async () => ({ file: 'x.onnx', bytes: 3 }) } as unknown as EngineFunctions;
    return { functions, dispose };
  }, store, log);
  return { engines, store, sessions, log };
}

describe('sessions', () => {
  test('a training is starting, then training, then gone, and its process with it', async () => {
    const { sessions, engines, store } = setUp();
    const states: string[] = [];
    sessions.onDidChange((session) => states.push(`${session.state} ${sessions.all().length}`));
    const session = sessions.train({ runFile });
    engines[0].events.event({ type: 'started', run: folder, header: header(), steps: [] });
    engines[0].events.event({ type: 'steps', run: folder, steps: steps(3) });
    expect(sessions.ofRun(folder)).toBe(session);
    expect(sessions.ofRunFile(runFile)).toBe(session);
    engines[0].events.event({ type: 'ended', run: folder, result });
    engines[0].finish(result);
    await expect(session.result).resolves.toEqual(result);
    expect(states).toEqual(['starting 1', 'training 1', 'training 0']);
    expect(engines[0].dispose).toHaveBeenCalled();
    expect(store.get(folder)).toMatchObject({ status: 'stopped' });
    expect(store.get(folder)!.steps).toHaveLength(3);
  });

  test('a session has begun once the store knows its run', async () => {
    const { sessions, engines, store } = setUp();
    const session = sessions.train({ runFile });
    let known: boolean | undefined;
    const begun = sessions.begun(session).then(() => { known = store.get(folder) !== undefined; });
    await Promise.resolve();
    expect(known).toBeUndefined();
    engines[0].events.event({ type: 'started', run: folder, header: header(), steps: [] });
    await begun;
    expect(known).toBe(true);
    await sessions.begun(session);
  });

  test('a session that is refused does not keep anyone waiting', async () => {
    const { sessions, engines } = setUp();
    const session = sessions.train({ runFile });
    const begun = sessions.begun(session);
    engines[0].die('bad.train.json:1:1: the file is empty');
    await begun;
    expect(session.run).toBeUndefined();
  });

  test('a process that dies fails its run, with its last words', async () => {
    const { sessions, engines, store } = setUp();
    const session = sessions.train({ runFile });
    engines[0].events.event({ type: 'started', run: folder, header: header(), steps: [] });
    engines[0].die('the engine ended unexpectedly by signal SIGKILL; its last words: memory');
    await expect(session.result).rejects.toThrow('SIGKILL');
    expect(store.get(folder)).toMatchObject({ status: 'failed', reason: expect.stringContaining('last words: memory') });
    expect(sessions.all()).toEqual([]);
  });

  test('stopping waits for the end, and ends a process that does not listen', async () => {
    vi.useFakeTimers();
    try {
      const { sessions, engines } = setUp();
      const session = sessions.train({ runFile });
      engines[0].dispose.mockImplementation(async () => engines[0].die('the engine has ended'));
      const stopped = sessions.stop(session);
      expect(session.state).toBe('stopping');
      await vi.advanceTimersByTimeAsync(19_000);
      expect(engines[0].dispose).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(2_000);
      await stopped;
      expect(engines[0].stop).toHaveBeenCalledTimes(1);
      expect(engines[0].dispose).toHaveBeenCalledWith(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('two trainings have two processes', () => {
    const { sessions, engines } = setUp();
    sessions.train({ runFile });
    sessions.resume({ run: '/other' }, '/folder/other.train.json');
    expect(engines).toHaveLength(2);
    expect(sessions.ofRun('/other')?.runFile).toBe('/folder/other.train.json');
    sessions.dispose();
    for (const engine of engines) expect(engine.dispose).toHaveBeenCalled();
  });

  test('a short request has a process of its own that ends with it', async () => {
    const { sessions, engines } = setUp();
    expect(await sessions.once((engine) => engine.export({ run: folder, out: 'x.onnx' }))).toEqual({ file: 'x.onnx', bytes: 3 });
    expect(engines[0].dispose).toHaveBeenCalled();
    expect(sessions.all()).toEqual([]);
  });
});
