/** The records kept with the tests: `<name>.<key of its run file and data>.rec`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunRecord } from '../../engine/run/record';
import { type Case, keyOf } from './case';
import { unpack } from './pack';
import { cases } from './sets';

export const recordsFolder = path.resolve('test', 'records');

/** Of the first seed, and no large ones: the score is of all. */
const largest = 36_000;
export const isKept = ({ seed }: Case, packed: Buffer): boolean => seed === 0 && packed.length <= largest;

const nameOf = (entry: Case): string => `${entry.name}.${keyOf(entry)}.rec`;
const storedNames = (): string[] => (existsSync(recordsFolder) ? readdirSync(recordsFolder).filter((name) => name.endsWith('.rec')) : []);

/** Of the cases as they are written; whatever else lies in the folder is `unknown`. */
export function readRecords(): { records: { entry: Case; record: RunRecord }[]; unknown: string[]; bytes: number } {
  const known = new Map(cases.filter(({ seed }) => seed === 0).map((entry) => [nameOf(entry), entry]));
  const names = storedNames();
  const files = names.map((name) => ({ entry: known.get(name), bytes: readFileSync(path.join(recordsFolder, name)) }));
  return {
    records: files.flatMap(({ entry, bytes }) => (entry ? [{ entry, record: unpack(bytes) }] : [])),
    unknown: names.filter((name) => !known.has(name)),
    bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  };
}

/** Makes the folder hold exactly these. */
export function keep(packed: ReadonlyMap<Case, Buffer>): void {
  mkdirSync(recordsFolder, { recursive: true });
  const wanted = new Set([...packed.keys()].map(nameOf));
  for (const name of storedNames()) if (!wanted.has(name)) rmSync(path.join(recordsFolder, name));
  for (const [entry, bytes] of packed) writeFileSync(path.join(recordsFolder, nameOf(entry)), bytes);
}
