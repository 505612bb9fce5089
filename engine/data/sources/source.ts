/** Where the numbers of the samples lie: a fixed count per row, any row at any time. Structured-cloneable, so that worker threads open the same source. */
import { readSync } from 'node:fs';
import { InputError } from '../../errors';
import { type FileType, fileTypes } from './fileTypes';
import { type ImageSource, openImages } from './images';

export type NumericArray = Uint8Array | Float32Array | Float64Array | Int32Array;

/** Row i is the `width` values from `offset + i * stride`. */
export interface MemorySource {
  kind: 'memory';
  data: NumericArray;
  width: number;
  /** Default: `width`. */
  stride?: number;
  /** Default: 0. */
  offset?: number;
}

/** Rows of a file that stays on the disk. Threads of a process share file descriptors. */
export interface FileSource {
  kind: 'file';
  /** What errors call it. */
  name: string;
  descriptor: number;
  /** Byte of the first row. */
  start: number;
  rows: number;
  type: FileType;
  bigEndian?: boolean;
  width: number;
}

export type Source = MemorySource | FileSource | ImageSource;

/** Copies the values of a row to `target` from `at` on. */
export type ReadRow = (row: number, target: NumericArray, at: number) => void;

const openers: { [K in Source['kind']]: (source: Extract<Source, { kind: K }>) => ReadRow } = { memory: openMemory, file: openFile, images: openImages };

export const openSource = (source: Source): ReadRow => (openers[source.kind] as (source: Source) => ReadRow)(source);

function openMemory({ data, width, stride = width, offset = 0 }: MemorySource): ReadRow {
  if (width === 1) return (row, target, at) => void (target[at] = data[offset + row * stride]);
  return (row, target, at) => target.set(data.subarray(offset + row * stride, offset + row * stride + width), at);
}

function openFile({ name, descriptor, start, type, bigEndian, width }: FileSource): ReadRow {
  const { array, bytes } = fileTypes[type];
  const buffer = Buffer.alloc(width * bytes);
  const values = new array(buffer.buffer as ArrayBuffer, buffer.byteOffset, width) as ArrayLike<number | bigint>;
  const swap = bigEndian && bytes > 1 ? ({ 2: () => buffer.swap16(), 4: () => buffer.swap32(), 8: () => buffer.swap64() } as Record<number, () => void>)[bytes] : undefined;
  return (row, target, at) => {
    const position = start + row * buffer.length;
    for (let done = 0; done < buffer.length;) {
      const read = readSync(descriptor, buffer, done, buffer.length - done, position + done);
      if (read === 0) throw new InputError(`byte ${position + done}: the file ends inside sample ${row}; it has become shorter since it was opened.`, { file: name });
      done += read;
    }
    swap?.();
    for (let i = 0; i < width; i++) target[at + i] = Number(values[i]);
  };
}
