import { realpathSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../errors';

export interface Folders {
  /** Relative paths start here: the folder of the run file. */
  directory: string;
  /** Files must lie inside this folder; absent: anywhere. */
  root?: string;
}

/** The absolute path of a file that a run file names; an InputError if it leaves `root`, be it through a symbolic link. */
export function resolvePath(relative: string, { directory, root }: Folders): string {
  const file = path.resolve(directory, relative);
  if (root !== undefined && !(isInside(file, path.resolve(root)) && isInside(real(file), real(path.resolve(root)))))
    throw new InputError(`lies outside the folder ${root}; files that a run uses must stay inside it.`, { file: relative });
  return file;
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** The path with symbolic links resolved, as far as it exists. */
function real(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(real(parent), path.basename(file));
  }
}
