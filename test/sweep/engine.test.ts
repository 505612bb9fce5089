import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EngineClient, startEngine } from '../../engine/host/client';
import type { SweepRequest, SweepResult } from '../../engine/host/protocol';
import { newestSweep, openTrials, readSweep, rowsOf } from '../../engine/sweep/folder';
import { root } from '../shared';
import { temporaryFolder, writeRunFile } from '../training/run';

const folder = temporaryFolder();
const runFile = writeRunFile({
  model: { layers: [{ dense: 8 }, 'tanh', { dense: 1 }] }, data: { train: { simulated: 'linear', samples: 200, features: 4, noise: 0.1 }, validation: 0.25 },
  loss: 'mse', optimizer: { type: 'adam' }, batchSize: 10, epochs: 4, diagnose: { level: 'off' },
}, folder);

function sweepFile(config: object, name = 'rates'): string {
  const file = path.join(folder, `${name}.sweep.json`);
  writeFileSync(file, JSON.stringify({ runFile: path.basename(runFile), ...config }));
  return file;
}

/** Asks an engine as the editor does. */
async function sweep(request: SweepRequest, hear: (result: SweepResult, engine: EngineClient) => void = () => {}): Promise<SweepResult> {
  const engine = startEngine({ script: path.join(root, 'dist/engine.js'), events: { event: (event) => { if (event.type === 'sweep') hear(event.result, engine); }, log: () => {} } });
  return engine.functions.sweep(request).finally(() => engine.dispose());
}

const statuses = ({ trials }: SweepResult): string[] => trials.toSorted((a, b) => a.number - b.number).map(({ status }) => status);
const scores = ({ trials }: SweepResult): (number | undefined)[] => trials.toSorted((a, b) => a.number - b.number).map(({ score }) => score);

describe('a sweep in the engine', () => {
  it('says what trains, what has ended and what waits; stopped, it goes on and ends with the same table', async () => {
    const file = sweepFile({ parameters: { 'optimizer.learningRate': [0.001, 0.01, 0.1] } });
    const told: string[][] = [];
    const whole = await sweep({ file, out: path.join(temporaryFolder(), 'whole') }, (result) => {
      expect(result.status).toBe('training');
      told.push(statuses(result));
    });
    expect(told[0]).toEqual(['waiting', 'waiting', 'waiting']);
    expect(told).toContainEqual(['finished', 'training', 'waiting']);
    expect(statuses(whole)).toEqual(['finished', 'finished', 'finished']);

    const stopped = await sweep({ file }, (result, engine) => { if (statuses(result)[1] === 'training') engine.functions.stop().catch(() => {}); });
    expect(stopped.status).toBe('stopped');
    expect(statuses(stopped)[0]).toBe('finished');
    expect(statuses(stopped)[2]).toBe('waiting');
    expect(newestSweep(file, runFile)).toBe(stopped.sweep);
    const open = (): number[] => openTrials(readSweep(stopped.sweep), rowsOf(stopped.sweep, readSweep(stopped.sweep))).open.map(({ number }) => number);
    expect(open().at(-1)).toBe(3);
    const resumed = await sweep({ file: stopped.sweep });
    expect({ ...resumed, sweep: '', trials: scores(resumed) }).toEqual({ ...whole, sweep: '', trials: scores(whole) });
    expect(open()).toEqual([]);
  });

  it('a file that only has its name in common has no sweep', () => expect(newestSweep(path.join(folder, 'other.sweep.json'), runFile)).toBeUndefined());

  it('keeps to the folder that the editor allows', async () => {
    const inner = path.join(folder, 'inner');
    mkdirSync(inner, { recursive: true });
    const file = path.join(inner, 'outside.sweep.json');
    writeFileSync(file, JSON.stringify({ runFile: '../test.train.json', parameters: { seed: [1] } }));
    await expect(sweep({ file, root: inner })).rejects.toMatchObject({ name: 'InputError', message: `../test.train.json: lies outside the folder ${inner}; files that a run uses must stay inside it.` });
  });
});
