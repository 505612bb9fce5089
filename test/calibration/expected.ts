/** What the stored records must give: written by the calibration, checked by the tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Verdict } from './judge';
import { recordsFolder } from './stored';
import { rowsOf } from './table';
import { rules } from '../../engine/diagnosis/rules';

export interface Expected {
  /** Stored runs with the rule's fault in which it speaks. */
  hits: number;
  /** Stored healthy runs in which it warns. */
  falseAlarms: number;
}

const file = path.join(recordsFolder, 'expected.json');

export const expectedOf = (verdicts: readonly Verdict[]): Record<string, Expected> =>
  Object.fromEntries(rowsOf(verdicts, rules.map(({ id }) => id)).map(({ rule, hits, falseAlarms }) => [rule, { hits, falseAlarms }]));

export const writeExpected = (verdicts: readonly Verdict[]): void => writeFileSync(file, `${JSON.stringify(expectedOf(verdicts), null, 2)}\n`);

export const readExpected = (): Record<string, Expected> => JSON.parse(readFileSync(file, 'utf8')) as Record<string, Expected>;
