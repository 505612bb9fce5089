/** Where the run file of a repair lies. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors';
import { applyEdits } from './edit';
import { parseRunFile } from './config';
import { originOf, readHeader, runName } from './folder';

/** Keys of a data source that hold a path; the labels of an npz archive are a key in it. */
const fileKeys = ['csv', 'npy', 'npz', 'idx', 'labels'];

/** Writes it beside the run file it came from, as `<name>.fixed.train.json` (-2, -3, ...), or to `out`. Replaces no file. Returns where it is. */
export function writeRepaired(run: string, text: string, out?: string): string {
  const runFile = originOf(run, readHeader(run).runFile);
  const file = out ?? freeName(path.join(path.dirname(runFile), `${runName(runFile)}.fixed`));
  const moved = path.dirname(file) === path.dirname(runFile) ? text : moveTo(text, runFile, path.dirname(file));
  try {
    writeFileSync(file, moved, { flag: 'wx' });
  } catch (error) {
    throw new InputError(`the new run file cannot be written (${(error as NodeJS.ErrnoException).code})`, { file });
  }
  return file;
}

function freeName(base: string): string {
  for (let count = 1; ; count++) {
    const file = `${base}${count === 1 ? '' : `-${count}`}.train.json`;
    if (!existsSync(file)) return file;
  }
}

/** Paths in a run file are relative to it. */
function moveTo(text: string, runFile: string, folder: string): string {
  const { config } = parseRunFile(text, runFile);
  const sources = (['train', 'validation', 'test'] as const).flatMap((role) => {
    const source = config.data[role] as Record<string, unknown> | undefined;
    return fileKeys.filter((key) => key !== 'labels' || source?.npz === undefined).map((key) => ({ key: `data.${role}.${key}`, value: source?.[key] }));
  });
  const all = [...sources, { key: 'model.onnx', value: 'onnx' in config.model ? config.model.onnx : undefined }];
  return applyEdits(text, all.flatMap(({ key, value }) =>
    (typeof value === 'string' && !path.isAbsolute(value) ? [{ path: key, value: path.relative(folder, path.resolve(path.dirname(runFile), value)).replaceAll(path.sep, '/') }] : [])));
}
