import { unzipSync } from 'fflate';
import { InputError } from '../errors';
import { type NpyArray, readNpy } from './npy';
import { list } from './samples';

/** Deflate's best ratio; what claims to unpack to more is damaged or hostile (https://zlib.net/zlib_tech.html). */
const bestRatio = 1032;

/** The named arrays of a .npz archive; a missing key is an error that lists those there are. */
export function readNpz(bytes: Uint8Array, keys: readonly string[], file: string): NpyArray[] {
  const names: string[] = [];
  const lie = { name: '' };
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(bytes, {
      filter: ({ name, size, originalSize, compression }) => {
        names.push(name.replace(/\.npy$/, ''));
        const honest = size <= bytes.length && originalSize <= (compression === 0 ? size : size * bestRatio + 1024);
        if (!honest) lie.name ||= name;
        return honest && keys.some((key) => name === `${key}.npy` || name === key);
      },
    });
  } catch (error) {
    throw new InputError(`the zip archive is damaged (${(error as Error).message}).`, { file });
  }
  if (lie.name) throw new InputError(`the zip archive is damaged (the size of ${lie.name} cannot be true).`, { file });
  return keys.map((key) => {
    const entry = entries[`${key}.npy`] ?? entries[key];
    if (!entry) throw new InputError(`there is no array ${JSON.stringify(key)}; the archive holds ${list(names, 100) || 'nothing'}.`, { file });
    return readNpy(entry, `${file}/${key}`);
  });
}
