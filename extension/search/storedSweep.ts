import path from 'node:path';
import type { TextDocument } from 'vscode';
import { hasBegun, newestSweep, openTrials, readSweep, rowsOf } from '../../engine/sweep/folder';
import { type SweepResult, sweepResult } from '../../engine/sweep/table';
import { valueAt } from '../editor/runFile';

/** The newest sweep of a sweep file, as it is on disk. */
export interface SweepOnDisk {
  folder: string;
  /** Whether runs are left to make. */
  open: boolean;
  result: SweepResult;
}

/** Undefined where nothing was begun. Throws an InputError that names a damaged file. */
export function storedSweep(document: TextDocument): SweepOnDisk | undefined {
  const runFile = valueAt(document.getText(), 'runFile');
  const file = document.uri.fsPath;
  const folder = typeof runFile === 'string' ? newestSweep(file, path.resolve(path.dirname(file), runFile)) : undefined;
  if (folder === undefined) return undefined;
  const sweep = readSweep(folder);
  const rows = rowsOf(folder, sweep);
  const open = openTrials(sweep, rows).open.length > 0;
  return { folder, open, result: sweepResult(folder, sweep, rows, { status: open ? 'stopped' : 'finished', begun: hasBegun }) };
}
