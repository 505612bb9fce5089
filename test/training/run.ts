import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { rmSync } from 'node:fs';
import type { RunEvent, RunResult, TrainRequest } from '../../engine/host/protocol';
import { trainNew } from '../../engine/training/run';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { runFiles } from '../../engine/run/folder';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'adamscope-test-'));
  folders.push(folder);
  return folder;
}

/** A small run with everything that has state: batch normalisation, dropout, moments, a smaller last batch, shuffling. */
export const stateful = {
  model: { layers: [{ dense: 12 }, 'batchNorm', 'relu', { dropout: 0.3 }, { dense: 1 }] },
  data: { train: { simulated: 'linear', samples: 150, features: 6, noise: 0.1 }, validation: 0.2 },
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 0.01, amsgrad: true },
  schedule: { type: 'cosine', warmupSteps: 5 },
  batchSize: 32,
  epochs: 4,
};

export function writeRunFile(config: object, folder = temporaryFolder(), name = 'test.train.json'): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify(config, null, 2));
  return file;
}

/** Trains in this process. */
export async function train(config: object | string, request: Partial<TrainRequest> = {}, events: (event: RunEvent) => void = () => {}): Promise<RunResult> {
  const runFile = typeof config === 'string' ? config : writeRunFile(config);
  return trainNew({ runFile, out: path.join(temporaryFolder(), 'run'), ...request }, { event: events, log: () => {} }, () => {});
}

/** Every tensor of a run's last checkpoint, as bytes. */
export function weights(run: string): Record<string, Buffer> {
  const { parameters, buffers, optimizer } = readCheckpoint(runFiles(run).last);
  const all = { ...parameters, ...buffers, ...Object.fromEntries(Object.entries(optimizer).map(([key, tensor]) => [`optimizer/${key}`, tensor])) };
  return Object.fromEntries(Object.entries(all).map(([name, { data }]) => [name, Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)]));
}
