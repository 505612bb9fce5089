import { constants } from 'node:buffer';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { InputError } from '../errors';
import { type Folders, resolvePath } from './path';

const gunzip = promisify(zlib.gunzip);

/** Largest file, packed and unpacked: what Node reads in one piece. */
const maximum = Math.min(2 ** 31 - 1, constants.MAX_LENGTH);

/** The bytes of a file, unpacked if they are gzip. `name` is the path as the user wrote it: what errors start with. */
export async function readBytes(name: string, folders: Folders): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readWhole(name, resolvePath(name, folders));
  if (bytes.length === 0) throw new InputError('is empty.', { file: name });
  if (!gzipMagic(bytes)) return bytes;
  try {
    const unpacked = (await gunzip(bytes, { maxOutputLength: maximum, chunkSize: 1 << 20 })) as Buffer<ArrayBuffer>;
    if (unpacked.length > 0) return unpacked;
  } catch (error) {
    throw new InputError(gzipFault(error as NodeJS.ErrnoException), { file: name });
  }
  throw new InputError('is empty.', { file: name });
}

const gzipMagic = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Whether a file starts as gzip does. */
export function isGzip(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(2);
    readSync(descriptor, head, 0, 2, 0);
    return gzipMagic(head);
  } finally {
    closeSync(descriptor);
  }
}

/** In bytes. */
export function fileSize(name: string, folders: Folders): number {
  const file = resolvePath(name, folders);
  try {
    return statSync(file).size;
  } catch (error) {
    throw new InputError(fileFault(error as NodeJS.ErrnoException, file), { file: name });
  }
}

/** A file that stays on the disk: opened for as long as the process lives. */
export function openFile(name: string, folders: Folders): { descriptor: number; bytes: number } {
  const file = resolvePath(name, folders);
  try {
    const { size } = statSync(file);
    const descriptor = openSync(file, 'r');
    readSync(descriptor, Buffer.alloc(1), 0, 1, 0); // a folder opens, but does not read
    return { descriptor, bytes: size };
  } catch (error) {
    throw new InputError(fileFault(error as NodeJS.ErrnoException, file), { file: name });
  }
}

async function readWhole(name: string, file: string): Promise<Buffer<ArrayBuffer>> {
  try {
    const { size } = await stat(file);
    if (size > maximum) throw new InputError(`has ${size} bytes; at most ${maximum} can be read.`, { file: name });
    return (await readFile(file)) as Buffer<ArrayBuffer>;
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(fileFault(error as NodeJS.ErrnoException, file), { file: name });
  }
}

export function fileFault(error: NodeJS.ErrnoException, file: string): string {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR': return `there is no file ${file}; paths are relative to the run file.`;
    case 'EISDIR': return 'is a folder; a file is expected.';
    case 'EACCES':
    case 'EPERM': return 'may not be read: permission denied.';
    default: return `cannot be read (${error.code ?? error.message}).`;
  }
}

export function gzipFault(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'Z_BUF_ERROR': return 'the gzip data ends too early; the file is cut off.';
    case 'ERR_BUFFER_TOO_LARGE': return `unpacks to more than ${maximum} bytes, the most that can be read.`;
    default: return `the gzip data is damaged (${error.message}).`;
  }
}
