/** A sweep on disk: `.adamscope/sweeps/<time>-<name>/` beside the run file, with `sweep.json` and a folder of runs. What was done is read from the runs. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors';
import { metricInfo, type Scores } from '../metrics/names';
import { readCheckedJson, readHeader, readResult, readRun, runFiles, type StoredResult, timedFolder, writeCheckedJson } from '../run/folder';
import { type RunRecord, scoresOf } from '../run/record';
import { advance, type Progress, rungsOf } from './plan';
import type { SweepConfig } from './schema';
import { type Trial, trialsOf } from './space';

/** What is fixed when a sweep starts. */
export interface StoredSweep {
  name: string;
  startedAt: string;
  /** Absolute path of the sweep file; absent where there was none. */
  file?: string;
  /** Absolute path of the run file, and its text then: an edit since does not change what is left of the sweep. */
  runFile: string;
  source: string;
  config: SweepConfig;
  /** Of the run file with the sweep's `set`. */
  epochs: number;
  /** Threads of each run: results may depend on how many there are. */
  threads: number;
}

const sweepFile = (folder: string): string => path.join(folder, 'sweep.json');

export const isSweep = (folder: string): boolean => existsSync(sweepFile(folder));

export const runFolder = (folder: string, { number }: Trial): string => path.join(folder, 'runs', String(number).padStart(4, '0'));

/** Where the sweeps of a run file lie. */
const sweepsFolder = (runFile: string): string => path.join(path.dirname(runFile), '.adamscope', 'sweeps');

/** The folder of the newest sweep that was begun from a sweep file; damaged ones count for nothing. */
export function newestSweep(file: string, runFile: string): string | undefined {
  const parent = sweepsFolder(runFile);
  return (existsSync(parent) ? readdirSync(parent) : []).sort().reverse().map((name) => path.join(parent, name)).find((folder) => {
    try {
      return readSweep(folder).file === file;
    } catch {
      return false;
    }
  });
}

export function createSweep(sweep: StoredSweep, out?: string): string {
  const folder = timedFolder({ parent: sweepsFolder(sweep.runFile), name: sweep.name, out, what: 'sweep' });
  writeCheckedJson(sweepFile(folder), { sweep });
  return folder;
}

export function readSweep(folder: string): StoredSweep {
  if (!isSweep(folder)) throw new InputError('the folder is not a sweep: it has no sweep.json', { file: folder });
  return readCheckedJson(sweepFile(folder)).sweep as StoredSweep;
}

/** What came of one trial so far. */
export interface Row {
  trial: Trial;
  /** Absolute. */
  run: string;
  /** Undefined while it has not ended, or not begun. */
  result?: StoredResult;
}

export const rowsOf = (folder: string, sweep: StoredSweep): Row[] =>
  trialsOf(sweep.config).map((trial) => {
    const run = runFolder(folder, trial);
    return { trial, run, result: existsSync(run) ? readResult(run) : undefined };
  });

/** The value that a sweep compares by, where the run has one: of the model that is kept. */
export function scoreOf({ result }: Row, metric: SweepConfig['metric']): number | undefined {
  if (!result || result.status === 'diverged') return undefined;
  const value = result.validation?.[metric] ?? (metric === 'loss' ? result.train.loss : undefined);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Smaller is better. */
export const costOf = (value: number | undefined, metric: SweepConfig['metric']): number =>
  (value === undefined ? Infinity : metric !== 'loss' && metricInfo(metric).better === 'higher' ? -value : value);

/** Best first; what has no value last; ties in the order of the trials. */
export const byCost = (metric: SweepConfig['metric']) => (a: Row, b: Row): number => {
  const [x, y] = [a, b].map((row) => costOf(scoreOf(row, metric), metric));
  return x === y ? a.trial.number - b.trial.number : x < y ? -1 : 1;
};

/** How far a run on disk is; one that was interrupted counts as not begun, and goes on from its checkpoint. */
function progressOf({ run, result }: Row, metric: SweepConfig['metric']): Progress {
  if (!result) return { epochs: 0, ended: false, cost: () => Infinity };
  return {
    epochs: result.epochs,
    ended: result.status !== 'stopped',
    cost: (epochs) => (result.status === 'diverged' ? Infinity : bestWithin(readRun(run), epochs, metric)),
  };
}

/** The runs that are to be made next, and how far; none where the sweep is at its end. What has `failed` is left out. */
export function openTrials({ config, epochs: most }: StoredSweep, rows: readonly Row[], failed: ReadonlyMap<number, string> = new Map()): { open: Trial[]; epochs: number } {
  const trials = rows.map(({ trial }) => trial);
  const { open, epochs } = advance(rungsOf(config.search, trials.length, most), trials, ({ number }) => (failed.has(number) ? { epochs: 0, ended: true, cost: () => Infinity } : progressOf(rows[number - 1], config.metric)));
  return { open: open.filter(({ number }) => !failed.has(number)), epochs };
}

/** Of the validations of the first epochs; without validation data the mean training loss of the last of them. */
function bestWithin({ header, steps }: RunRecord, epochs: number, metric: SweepConfig['metric']): number {
  const within = steps.filter(({ epoch }) => epoch < epochs);
  const validated = within.flatMap(({ validation }) => (validation ? [{ loss: validation.loss, ...scoresOf(header, validation) }] : []));
  if (validated.length > 0) return Math.min(...validated.map((scores) => costOf((scores as Scores & { loss: number })[metric], metric)));
  const last = within.filter(({ epoch }) => epoch === within.at(-1)!.epoch).map(({ loss }) => loss);
  return last.reduce((a, b) => a + b, 0) / last.length;
}

/** Whether anything of a run is on disk. */
export const hasBegun = (run: string): boolean => existsSync(runFiles(run).header);

/** Whether training can go on in the folder; where it was ended while it was being made there is nothing to go on from. */
export function canResume(run: string): boolean {
  if (!hasBegun(run)) return false;
  readHeader(run);
  return true;
}
