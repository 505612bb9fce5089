import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readRun } from '../../engine/run/folder';
import type { RunRecord } from '../../engine/run/record';
import { trainNew } from '../../engine/training/run';
import type { Case, RunFile } from './case';
import { csvOf, tables } from './data';

/** The file of the case's data in `folder`, made where it is missing. */
export function writeData({ config }: Pick<Case, 'config'>, folder: string): void {
  const { csv } = (config.data as { train: RunFile }).train;
  if (typeof csv !== 'string') return;
  const file = path.join(folder, csv);
  if (existsSync(file)) return;
  if (csv === 'digits.csv') copyFileSync(path.join('samples', 'digits', csv), file);
  else writeFileSync(file, csvOf(tables[csv.replace(/\.csv$/, '')]()));
}

/** Trains in this process and hands over the run's folder, which is removed afterwards; data and runs lie in `folder`. */
export async function withRun<T>(entry: Case, folder: string, use: (run: string) => T | Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  writeData(entry, folder);
  const out = mkdtempSync(path.join(folder, 'run-'));
  try {
    const runFile = path.join(folder, `${entry.name}.train.json`);
    await trainNew({ runFile, text: JSON.stringify(entry.config), out }, { event: () => {}, log: () => {} }, () => {});
    return await use(out);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

export const train = (entry: Case, folder: string): Promise<RunRecord> => withRun(entry, folder, (run) => {
  const { header, steps } = readRun(run);
  return { header, steps };
});
