/** A run on disk: `.adamscope/runs/<time>-<name>/` beside the run file, in open formats. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../diagnosis/finding';
import { InputError } from '../errors';
import type { RunResult } from '../host/protocol';
import { checksum, readWhole, writeAtomically } from './file';
import { readSteps, stepsFile } from './steps';
import type { RunHeader, RunRecord } from './record';

/** Files of a run folder. */
export const runFiles = (folder: string) => ({
  header: path.join(folder, 'run.json'),
  steps: stepsFile(folder),
  findings: path.join(folder, 'findings.json'),
  result: path.join(folder, 'result.json'),
  /** Which process trains the run; absent while none does. */
  lock: path.join(folder, 'lock.json'),
  last: path.join(folder, 'checkpoints', 'last.safetensors'),
  best: path.join(folder, 'checkpoints', 'best.safetensors'),
  /** State after a step long gone, to verify a remedy from. */
  fork: (step: number) => path.join(folder, 'checkpoints', `step-${step}.safetensors`),
  model: path.join(folder, 'model.onnx'),
  /** What makes ids of texts; absent where the data is none. */
  tokenizer: path.join(folder, 'tokenizer.json'),
});

/** Where the runs of a run file or of a folder lie. */
export const runsFolder = (directory: string): string => path.join(directory, '.adamscope', 'runs');

/** The run file's name without its endings. */
export const runName = (file: string): string => path.basename(file).replace(/(\.train)?\.jsonc?$/i, '');

/**
 * Makes the folder of a new run and its checkpoints folder: at `out`, which must be new or empty, or `<runs>/20261121-091530-<name>`,
 * with -2, -3, ... appended where that exists. Local time.
 */
export function createRunFolder({ runs, name, time = new Date(), out }: { runs: string; name: string; time?: Date; out?: string }): string {
  const folder = timedFolder({ parent: runs, name, time, out, what: 'run' });
  mkdirSync(path.join(folder, 'checkpoints'));
  return folder;
}

/** Makes an empty folder: `out`, or `<parent>/<time>-<name>`. */
export const timedFolder = ({ parent, name, time = new Date(), out, what }: { parent: string; name: string; time?: Date; out?: string; what: string }): string =>
  (out === undefined ? newFolder(parent, `${timestamp(time)}-${safeName(name)}`) : givenFolder(out, what));

/** With its parents. Node's own recursive mkdir never returns where the system answers ENOENT in a folder that exists, as in /proc. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(path.dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another run may have made it in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function newFolder(runs: string, base: string): string {
  makeFolders(runs);
  for (let count = 1; ; count++) {
    const folder = path.join(runs, count === 1 ? base : `${base}-${count}`);
    try {
      // Making it is the test, so that two runs that start at once never share a folder.
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function givenFolder(out: string, what: string): string {
  try {
    makeFolders(out);
    if (readdirSync(out).length === 0) return out;
  } catch (error) {
    throw new InputError(`the folder for the ${what} cannot be made (${(error as NodeJS.ErrnoException).code})`, { file: out });
  }
  throw new InputError(`the folder for the ${what} must be new or empty`, { file: out });
}

function timestamp(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}

/** Letters, digits, dot, dash and underscore of any script; short enough for every file system. */
const safeName = (name: string): string => name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+|[.-]+$/g, '').slice(0, 60) || 'run';

/** The run file a stored run came from; where it has been moved together with its runs, the folder that holds `.adamscope`. */
export function originOf(run: string, runFile: string | undefined): string {
  if (runFile && existsSync(path.dirname(runFile))) return runFile;
  return path.join(path.resolve(run, '../../..'), path.basename(runFile ?? 'run.train.json'));
}

const format = 1;

/** JSON with its own checksum: the text without the key `checksum` is what it is taken of. */
export function writeCheckedJson(file: string, content: Record<string, unknown>): void {
  const plain = { format, ...content };
  writeAtomically(file, `${JSON.stringify({ ...plain, checksum: checksum(JSON.stringify(plain)) }, null, 2)}\n`);
}

export function readCheckedJson(file: string): Record<string, unknown> {
  const text = readWhole(file).toString();
  const damaged = (what: string): InputError => new InputError(`the file is damaged: ${what}`, { file });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('it is not JSON');
  }
  if (typeof value !== 'object' || value === null) throw damaged('it is not a JSON object');
  const { checksum: written, ...plain } = value as Record<string, unknown>;
  const sum = checksum(JSON.stringify(plain));
  if (written !== sum) throw damaged(written === undefined ? 'it has no checksum' : `its checksum is ${sum}, it was written with ${JSON.stringify(written)}`);
  if (plain.format !== format) throw new InputError(`the file has format ${JSON.stringify(plain.format)}, this version reads format ${format}`, { file });
  return plain;
}

export const writeHeader = (folder: string, header: RunHeader): void => writeCheckedJson(runFiles(folder).header, { header });

/** Throws an InputError if the folder is no run or `run.json` is damaged. */
export function readHeader(folder: string): RunHeader {
  const file = runFiles(folder).header;
  if (!existsSync(file)) throw new InputError('the folder is not a run: it has no run.json', { file: folder });
  return readCheckedJson(file).header as RunHeader;
}

/** The header and all steps on disk. Throws an InputError that names the damaged file; the rows of a torn last write are left out. */
export function readRun(folder: string): RunRecord & { /** Rows were lost at the end. */ torn: boolean } {
  const header = readHeader(folder);
  const { steps, torn, columns } = readSteps(runFiles(folder).steps);
  const names = header.parameters.map(({ name }) => name);
  if (JSON.stringify(names) !== JSON.stringify(columns.parameters)) throw new InputError('the steps are those of another run: their parameters differ from those of run.json', { file: runFiles(folder).steps });
  return { header, steps, torn };
}

export const writeFindings = (folder: string, findings: Finding[]): void => writeCheckedJson(runFiles(folder).findings, { findings });

/** Findings follow from the record, so missing or damaged ones are undefined and computed again. */
export const readFindings = (folder: string): Finding[] | undefined => readOptional(runFiles(folder).findings)?.findings as Finding[] | undefined;

/** How a run ended; absent while it lives and after it was killed. */
export type StoredResult = Omit<RunResult, 'run' | 'findings'>;

export const writeResult = (folder: string, { run: _, findings: __, ...result }: RunResult): void => writeCheckedJson(runFiles(folder).result, { result });

/** Undefined where the run has not ended, or the file is damaged: then the run counts as interrupted. */
export const readResult = (folder: string): StoredResult | undefined => readOptional(runFiles(folder).result)?.result as StoredResult | undefined;

function readOptional(file: string): Record<string, unknown> | undefined {
  try {
    return readCheckedJson(file);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

export interface ListedRun {
  folder: string;
  /** Undefined where `run.json` is damaged; `problem` says how. */
  header?: RunHeader;
  problem?: string;
}

/** The runs in a folder, newest first by their start; damaged ones come last, with what is wrong. */
export function listRuns(runs: string): ListedRun[] {
  if (!existsSync(runs)) return [];
  const listed = readdirSync(runs, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(path.join(runs, entry.name, 'run.json')))
    .map((entry): ListedRun => {
      const folder = path.join(runs, entry.name);
      try {
        return { folder, header: readHeader(folder) };
      } catch (error) {
        if (error instanceof InputError) return { folder, problem: error.message };
        throw error;
      }
    });
  const start = ({ header, folder }: ListedRun): string => `${header?.startedAt ?? ''} ${path.basename(folder)}`;
  return listed.sort((a, b) => (start(a) < start(b) ? 1 : -1));
}
