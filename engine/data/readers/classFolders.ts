import { readdirSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors';
import { fileFault } from '../file';
import { type RawLabels, selectedRows } from '../samples';

/** Files of samples, by their path below the folder, and the class of each. */
export interface ClassFolders {
  files: string[];
  labels: RawLabels[];
}

/** A folder with one folder per class in it, as torchvision's ImageFolder. Classes are sorted by name. `name` is what errors call it. */
export function readClassFolders(name: string, folder: string, selection: { offset?: number; limit?: number }, { extension, what, otherwise = '' }: { extension: RegExp; what: string; otherwise?: string }): ClassFolders {
  const list = (inner: string): string[] => {
    try {
      return readdirSync(path.join(folder, inner), { recursive: inner !== '', encoding: 'utf8' }).sort();
    } catch (error) {
      const fault = error as NodeJS.ErrnoException;
      throw new InputError(fault.code === 'ENOTDIR' ? `is a file; a folder of ${what.split(' ')[0]} is expected.` : fileFault(fault, folder), { file: name });
    }
  };
  const classes = foldersIn(folder, list(''));
  const all = classes.flatMap((inner, id) => list(inner).filter((file) => extension.test(file)).map((file) => ({ file: path.join(inner, file), id })));
  if (all.length === 0) throw new InputError(`holds no ${what} in ${classes.length === 0 ? 'folders; there is one folder per class' : `its ${classes.length} folders`}${otherwise}.`, { file: name });
  const [start, end] = selectedRows(all.length, selection, name);
  const chosen = all.slice(start, end);
  return { files: chosen.map(({ file }) => file), labels: [{ dims: [], data: Int32Array.from(chosen, ({ id }) => id), texts: classes }] };
}

function foldersIn(folder: string, names: string[]): string[] {
  const folders = new Set(readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map((entry) => entry.name));
  return names.filter((name) => folders.has(name) && !name.startsWith('.'));
}
