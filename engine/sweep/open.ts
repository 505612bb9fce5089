/** From what the user names to a sweep on disk: a sweep file, a run file with options, or the folder of a sweep that goes on. */
import { readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { resolvePath } from '../data/path';
import { InputError } from '../errors';
import { check, Fault } from '../run/check';
import { runName } from '../run/folder';
import { createSweep, isSweep, readSweep, type StoredSweep } from './folder';
import { parseSweepFile, type SweepConfig, sweepFileSchema } from './schema';
import { trialsOf } from './space';
import { checkTrials, inSweepFile, placed, share } from './sweep';

export interface SweepRequest {
  /** Sweep file, run file or folder of a sweep. */
  file: string;
  /** Text of the sweep file where the editor holds a newer one. */
  text?: string;
  /** Keys of the sweep file that override it, or make one of a run file. */
  options?: Partial<Omit<SweepConfig, 'runFile' | 'name'>>;
  out?: string;
  cores?: number;
  /** The run file and what it names must lie inside this folder; absent: anywhere. */
  root?: string;
}

/** Makes the folder of a new sweep after everything in it was checked, or finds that of an old one. Throws InputError. */
export function openSweep({ file, text, options = {}, out, cores = os.availableParallelism(), root }: SweepRequest): { folder: string; sweep: StoredSweep } {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    if (!isSweep(file)) throw new InputError('the folder is not a sweep: it has no sweep.json', { file });
    if (Object.keys(options).length > 0) throw new InputError(`a sweep goes on as it was begun; ${Object.keys(options)[0]} cannot be changed`, { file });
    return { folder: file, sweep: readSweep(file) };
  }
  const isFile = /\.sweep\.jsonc?$/i.test(file);
  const own = isFile ? text ?? read(file) : undefined;
  const written = own === undefined ? undefined : parseSweepFile(own, file);
  if (!written && !options.parameters) throw new InputError('--grid is missing: it names a key of the run file and the values to try, such as optimizer.learningRate=1e-4,1e-3');
  const config = checked({ ...(written ?? { runFile: path.basename(file) }), ...options, ...(written && options.set && { set: { ...written.set, ...options.set } }) });
  const place = (key: string): InputError['place'] => {
    const [first, ...rest] = key.split('.');
    const option = { parameters: `--grid ${rest.join('.')}`, set: `--set ${rest.join('.')}` }[first] ?? `--${first}`;
    return own === undefined || Object.hasOwn(options, first) ? { file: option } : inSweepFile(own, file)(key);
  };
  const runFile = resolvePath(config.runFile, { directory: path.dirname(file), root });
  const source = placedRead(runFile, () => place('runFile'), isFile);
  const name = config.name ?? (isFile ? path.basename(file).replace(/\.sweep\.jsonc?$/i, '') : runName(file));
  const { epochs, threads = Infinity } = placed(place, () => {
    trialsOf(config);
    return checkTrials({ config, source, runFile }, place);
  });
  const sweep: StoredSweep = { name, startedAt: new Date().toISOString(), ...(isFile && { file: path.resolve(file) }), runFile, source, config, epochs, threads: Math.min(share(config, cores).threads, threads) };
  return { folder: createSweep(sweep, out), sweep };
}

function checked(config: unknown): SweepConfig {
  try {
    return check(sweepFileSchema, config) as SweepConfig;
  } catch (error) {
    throw error instanceof Fault ? new InputError(error.message, { file: `--${error.path[0] === 'search' ? 'runs' : error.path[0]}` }) : error;
  }
}

const read = (file: string): string => placedRead(file, () => ({ file }), false);

function placedRead(file: string, place: () => InputError['place'], named: boolean): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    throw named ? new InputError(`the run file ${file} ${reason}`, place()) : new InputError(`the file ${reason}`, { file });
  }
}
