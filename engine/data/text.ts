import { createReadStream, readFileSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream';
import zlib from 'node:zlib';
import { InputError } from '../errors';
import { fileFault, gzipFault, isGzip } from './file';
import { type Folders, resolvePath } from './path';

/** Bytes decoded at once: few enough that what is made of them dies young in the garbage collector. */
const pieceLength = 1 << 17;

/** The text of a file, unpacked if it is gzip, piece by piece; an InputError where it is empty or no UTF-8. */
export async function* textPieces(name: string, folders: Folders): AsyncGenerator<string> {
  const file = resolvePath(name, folders);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let bytes = 0;
  for await (const chunk of unpacked(name, file)) {
    bytes += chunk.length;
    yield decode(decoder, chunk, name);
  }
  if (bytes === 0) throw new InputError('is empty.', { file: name });
  yield decode(decoder, undefined, name);
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, name: string): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new InputError('is not UTF-8 text; save it as UTF-8.', { file: name });
  }
}

async function* unpacked(name: string, file: string): AsyncGenerator<Uint8Array> {
  const { size, packed } = inspect(name, file);
  if (size === 0) return;
  const stream = createReadStream(file, { highWaterMark: pieceLength });
  // The error of either stream ends the iteration below.
  const source = packed ? pipeline(stream, zlib.createGunzip({ chunkSize: pieceLength }), () => {}) : stream;
  try {
    for await (const chunk of source) yield chunk as Buffer;
  } catch (error) {
    const fault = error as NodeJS.ErrnoException;
    throw new InputError(fault.syscall ? fileFault(fault, file) : gzipFault(fault), { file: name });
  } finally {
    stream.destroy();
  }
}

function inspect(name: string, file: string): { size: number; packed: boolean } {
  try {
    return { size: statSync(file).size, packed: isGzip(file) };
  } catch (error) {
    throw new InputError(fileFault(error as NodeJS.ErrnoException, file), { file: name });
  }
}

/** Longest text that is read once more, whole, to tell where in it a mistake is. */
const longest = 2 ** 29 - 32;

/** The whole text, to find a place in it for an error; undefined where it is too long. */
export function readTextSync(file: string): string | undefined {
  if (statSync(file).size > longest) return undefined;
  try {
    const bytes = isGzip(file) ? zlib.gunzipSync(readFileSync(file), { maxOutputLength: longest }) : readFileSync(file);
    return new TextDecoder('utf-8').decode(bytes);
  } catch {
    return undefined;
  }
}
