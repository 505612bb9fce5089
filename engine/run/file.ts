import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import * as zlib from 'node:zlib';
import { InputError } from '../errors';

/** CRC-32 (ISO 3309) of the bytes, going on from that of the bytes before. zlib answers 0 for no bytes, whatever came before. */
export const crc32 = (data: string | NodeJS.ArrayBufferView, before = 0): number =>
  (typeof data === 'string' || data.byteLength > 0 ? zlib.crc32(data, before) : before);

/** As it is written in files: eight hexadecimal digits. */
export const hex = (crc: number): string => crc.toString(16).padStart(8, '0');
export const checksum = (data: string | NodeJS.ArrayBufferView): string => hex(crc32(data));

/**
 * Replaces a file so that whoever reads it, even after a crash or a power cut, finds the old or the new content whole:
 * a temporary file in the same folder, synced, renamed over the old one, and the folder synced.
 */
export const writeAtomically = (file: string, bytes: string | Uint8Array): void =>
  replaceFile(file, (write) => write(typeof bytes === 'string' ? Buffer.from(bytes) : bytes));

/** The same for content that is written in parts; nothing changes if `fill` throws. */
export function replaceFile(file: string, fill: (write: (bytes: Uint8Array) => void) => void): void {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
  const handle = openSync(temporary, 'wx');
  try {
    try {
      fill((bytes) => writeFully(handle, bytes));
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(path.dirname(file));
}

/** One call moves at most 2^31 - 1 bytes, and may move fewer than it was asked to. */
const most = 1 << 30;

export function writeFully(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) at += writeSync(handle, bytes, at, Math.min(bytes.byteLength - at, most));
}

/** The bytes from `position` on, in a buffer of their own so that typed arrays over it are aligned; shorter than asked at the end of the file. */
export function readFully(handle: number, position: number, length: number): Buffer<ArrayBuffer> {
  const buffer = Buffer.from(new ArrayBuffer(length));
  let at = 0;
  for (let count = -1; at < length && count !== 0; at += count) count = readSync(handle, buffer, at, Math.min(length - at, most), position + at);
  return buffer.subarray(0, at);
}

/** Opens a file for reading; an InputError says why it cannot be read. */
export function openFile(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(code === 'ENOENT' ? 'the file does not exist' : `the file cannot be read (${code})`, { file });
  }
}

/** The file's bytes; an InputError says why it cannot be read. */
export function readWhole(file: string): Buffer<ArrayBuffer> {
  const handle = openFile(file);
  try {
    return readFully(handle, 0, fstatSync(handle).size);
  } catch (error) {
    throw new InputError(`the file cannot be read (${(error as NodeJS.ErrnoException).code})`, { file });
  } finally {
    closeSync(handle);
  }
}

/** Makes a rename durable. Windows cannot open a folder and needs no such call. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
