/** The records kept with the tests: `<name>.<key of its run file>.rec`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunRecord } from '../../engine/run/record';
import { type Case, keyOf } from './case';
import { unpack } from './pack';
import { cases } from './sets';

export const recordsFolder = path.resolve('test', 'records');

/** Those of one seed: the table is of all. */
export const kept = cases.filter(({ seed }) => seed === 0);

export const recordFile = (entry: Case): string => path.join(recordsFolder, `${entry.name}.${keyOf(entry)}.rec`);

export const readRecord = (entry: Case): RunRecord => unpack(readFileSync(recordFile(entry)));

/** Makes the folder hold exactly these. */
export function keep(packed: ReadonlyMap<Case, Buffer>): void {
  mkdirSync(recordsFolder, { recursive: true });
  const names = new Set([...packed.keys()].map((entry) => path.basename(recordFile(entry))));
  for (const name of readdirSync(recordsFolder)) if (name.endsWith('.rec') && !names.has(name)) rmSync(path.join(recordsFolder, name));
  for (const [entry, bytes] of packed) {
    const file = recordFile(entry);
    if (!existsSync(file) || !readFileSync(file).equals(bytes)) writeFileSync(file, bytes);
  }
}
