import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeAtomically } from '../../engine/run/file';
import { listRuns, readFindings, readResult, readRun, runsFolder, type ListedRun } from '../../engine/run/folder';
import type { Run, RunSummary } from './run';

/** The name that the user has given a run, kept beside the engine's files; without it the run has the name it started with. */
const titleFile = (folder: string): string => path.join(folder, 'title.txt');

const readTitle = (folder: string): Promise<string | undefined> => readFile(titleFile(folder), 'utf8').then((text) => text.trim() || undefined, () => undefined);

export const writeTitle = (folder: string, title: string): void => writeAtomically(titleFile(folder), `${title}\n`);

/** The runs that lie beside run files: `directories` are those of the run files and of the workspace. Damaged ones are left out and reported. */
export async function findStoredRuns(directories: Iterable<string>, report: (problem: string) => void): Promise<Run[]> {
  const listed = [...new Set(directories)].flatMap((directory) => listRuns(runsFolder(directory)));
  const runs = await Promise.all(listed.map((run) => describe(run, report)));
  return runs.filter((run) => run !== undefined);
}

async function describe({ folder, header, problem }: ListedRun, report: (problem: string) => void): Promise<Run | undefined> {
  if (!header) {
    report(problem!);
    return undefined;
  }
  const title = (await readTitle(folder)) ?? header.name;
  const result = readResult(folder);
  const run: Run = { folder, title, header, status: 'stopped', reason: '', steps: [], findings: [], loaded: false };
  if (!result) return run; // interrupted, or trained by another program at this moment
  const { status, reason, epochs, steps, train, validation } = result;
  const summary: RunSummary = { loss: train.loss, metric: validation?.[header.metric], epochs, steps };
  return { ...run, status, reason, summary };
}

/** Everything that is drawn of a run. Throws an InputError that names a damaged file. */
export const loadRun = (folder: string): Pick<Run, 'steps' | 'findings'> => ({ steps: readRun(folder).steps, findings: readFindings(folder) ?? [] });
