/** Training set-ups described in Keras' terms: a folder with `cases.json` and `data/`. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../engine/errors';

/** What Keras writes: a name, or an object with its class and options. */
export type KerasObject = string | ({ class?: string; class_name?: string; config?: Record<string, unknown> } & Record<string, unknown>);
export type KerasLayer = { type: string } & Record<string, unknown>;

export interface Case {
  id: string;
  source: string;
  dataset: { name: string; preprocess: string; n_train: number; n_val: number; file: string };
  layers: KerasLayer[];
  optimizer: KerasObject;
  loss: string;
  batchSize: number;
  epochs: number;
  faulty: boolean;
  /** The published symptoms, in the names of our rules. */
  expected: string[];
  labelledBy: string;
  configInferred: boolean;
}

/** Throws InputError where a case lacks a field. */
export function readCases(folder: string): Case[] {
  const file = path.join(folder, 'cases.json');
  if (!existsSync(file)) throw new InputError('the file does not exist', { file });
  const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];
  if (!Array.isArray(cases)) throw new InputError('a list of cases is expected', { file });
  for (const [i, one] of cases.entries()) {
    const missing = ['id', 'dataset', 'layers', 'optimizer', 'loss', 'batchSize', 'epochs', 'faulty', 'expected'].find((key) => !(key in one));
    if (missing) throw new InputError(`case ${i} (${one.id ?? 'without id'}) has no "${missing}"`, { file });
  }
  return cases;
}

/** A data file of a case: in `data/` of the folder, or relative to the folder. */
export function dataFile(folder: string, name: string): string {
  const found = [path.join(folder, 'data', name), path.resolve(folder, name)].find((candidate) => existsSync(candidate));
  if (!found) throw new InputError(`the data file ${name} does not exist`, { file: folder });
  return found;
}
