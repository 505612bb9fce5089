import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EngineClient, startEngine } from '../../engine/host/client';
import type { RunEvent, RunResult } from '../../engine/host/protocol';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { readRun, runFiles } from '../../engine/run/folder';
import { root } from '../shared';
import { stateful, temporaryFolder, train, weights, writeRunFile } from '../training/run';

const engine = (event: (event: RunEvent, engine: EngineClient) => void = () => {}): EngineClient => {
  const client = startEngine({ script: path.join(root, 'dist/engine.js'), events: { event: (e) => event(e, client), log: () => {} } });
  return client;
};

/** A checkpoint after every other step: most of the time goes into writing them, so that most kills hit one being written. */
const config = { ...stateful, epochs: 50, checkpoint: { everySteps: 2 }, diagnose: { sharpness: { everySteps: 60 } } };
const steps = 4 * config.epochs;

/** Trains or goes on in a process that is killed some milliseconds after its first step; false if it was done by then. */
async function killed(start: (client: EngineClient) => Promise<unknown>, delay: number): Promise<boolean> {
  let due = false;
  const client = engine((event) => {
    if (due || event.type !== 'steps') return;
    due = true;
    setTimeout(() => client.process.kill('SIGKILL'), delay);
  });
  const failure: unknown = await start(client).then(() => undefined, (error: unknown) => error);
  if (failure) expect((failure as Error).message).toMatch(/ended unexpectedly by signal SIGKILL.*can be resumed/);
  await client.ended;
  return failure !== undefined;
}

async function resumed(run: string, epochs?: number): Promise<RunResult> {
  const client = engine();
  const result = await client.functions.resume({ run, epochs });
  await client.dispose();
  return result;
}

describe('a run that was killed and resumed ends like one that was not', () => {
  let whole: RunResult;
  beforeAll(async () => {
    whole = await train(config);
  });

  const plain = (folder: string) => readRun(folder).steps.map(({ seconds: _, ...row }) => row);
  function same(run: string): void {
    expect(weights(run)).toEqual(weights(whole.run));
    expect(plain(run)).toEqual(plain(whole.run));
    expect(readFileSync(runFiles(run).model).equals(readFileSync(runFiles(whole.run).model))).toBe(true);
    // What was being written when the process died is left under a temporary name, never under the file's own.
    for (const file of ['last', 'best'] as const) expect(readCheckpoint(runFiles(run)[file]).progress.step).toBe(readCheckpoint(runFiles(whole.run)[file]).progress.step);
  }

  it.each([0, 1, 3, 8, 30, 120])('killed %i ms after its first step', async (delay) => {
    const run = path.join(temporaryFolder(), 'run');
    const hit = await killed((client) => client.functions.train({ runFile: writeRunFile(config), out: run }), delay);
    // 200 steps and 100 checkpoints take longer than that anywhere.
    if (delay < 10) expect(hit).toBe(true);
    expect(await resumed(run)).toMatchObject({ status: 'finished', steps, validation: whole.validation });
    same(run);
  });

  it('killed again and again', async () => {
    const run = path.join(temporaryFolder(), 'run');
    await killed((client) => client.functions.train({ runFile: writeRunFile(config), out: run }), 2);
    for (const delay of [5, 12]) await killed((client) => client.functions.resume({ run }), delay);
    await resumed(run);
    same(run);
  });

  it('with a record and a checkpoint that were being written', async () => {
    const run = path.join(temporaryFolder(), 'run');
    await killed((client) => client.functions.train({ runFile: writeRunFile(config), out: run }), 10);
    const files = runFiles(run);
    // The first bytes of a message.
    appendFileSync(files.steps, Buffer.from('ffffffff40', 'hex'));
    writeFileSync(path.join(path.dirname(files.last), '.last.safetensors.1-00000000.tmp'), 'half');
    await resumed(run);
    same(run);
  });

  it('stopped by the user in the middle of an epoch', async () => {
    const out = path.join(temporaryFolder(), 'run');
    const client = engine((event) => {
      if (event.type === 'steps' && event.steps.at(-1)!.step >= 10) void client.functions.stop().catch(() => {});
    });
    const stopped = await client.functions.train({ runFile: writeRunFile(config), out });
    await client.dispose();
    expect(stopped).toMatchObject({ status: 'stopped', reason: 'stopped by the user' });
    expect(stopped.steps).toBeLessThan(steps);
    await resumed(out);
    same(out);
  });

  it('and more epochs can be asked for', async () => {
    const { run } = await train({ ...stateful, schedule: undefined });
    const result = await resumed(run, 6);
    expect(result).toMatchObject({ status: 'finished', epochs: 6, steps: 24 });
    expect(weights(run)).toEqual(weights((await train({ ...stateful, schedule: undefined, epochs: 6 })).run));
  });
});

describe("the engine's death is told", () => {
  it('a mistake of the user is an InputError of one sentence', async () => {
    const client = engine();
    await expect(client.functions.resume({ run: temporaryFolder() })).rejects.toMatchObject({ name: 'InputError', message: expect.stringMatching(/not a run: it has no run.json$/) });
    await client.dispose();
  });

  it('a script that is not there', async () => {
    const client = startEngine({ script: path.join(root, 'dist/no-engine.js'), events: { event: () => {}, log: () => {} } });
    await expect(client.functions.devices()).rejects.toThrow(/ended unexpectedly with exit code 1/);
  });

  it('the engine ends when the program that started it goes away', async () => {
    const client = engine();
    await client.functions.devices();
    client.process.disconnect();
    expect(await client.ended).toBeUndefined();
  });
});
