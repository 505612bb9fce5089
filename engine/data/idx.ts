/** The IDX format of MNIST: two zero bytes, a type code, the number of dims, the dims, the values; all big-endian. */
import { InputError, oneOf } from '../errors';
import { type ArrayHeader, type NpyArray, typedArray } from './npy';
import { elements } from './samples';
import { type FileType, fileTypes } from './sources/fileTypes';

const kinds = { 0x08: 'uint8', 0x09: 'int8', 0x0b: 'int16', 0x0c: 'int32', 0x0d: 'float32', 0x0e: 'float64' } as const satisfies Record<number, FileType>;

/** `head`: the start of a file of `length` bytes. */
export function idxHeader(head: Uint8Array, length: number, file: string): ArrayHeader {
  const fail = (message: string): never => {
    throw new InputError(message, { file });
  };
  if (head[0] !== 0 || head[1] !== 0) fail('byte 0: is not an IDX file (it must start with two zero bytes).');
  if (length < 4) fail(`byte ${length}: the file ends inside its header.`);
  const type = kinds[head[2] as keyof typeof kinds];
  if (!type) return fail(`byte 2: type code 0x${head[2].toString(16).padStart(2, '0')} is not an IDX type; ${oneOf(Object.entries(kinds).map(([code, name]) => `0x${Number(code).toString(16).padStart(2, '0')} (${name})`))} are.`);
  const rank = head[3];
  const start = 4 + 4 * rank;
  if (rank === 0) fail('byte 3: declares no dims; at least one is expected.');
  if (start > length) fail(`byte ${length}: the file ends inside its header.`);
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = elements(dims) * fileTypes[type].bytes;
  if (size > length - start) fail(`byte ${start}: dims ${dims.join(' x ')} of ${type} need ${size} bytes, the file has ${length - start} left.`);
  return { type, dims, start, bigEndian: true };
}

/** Reads an array; bytes are a view on `bytes`. */
export function readIdx(bytes: Uint8Array<ArrayBufferLike>, file: string): NpyArray {
  const header = idxHeader(bytes, bytes.length, file);
  const { type, dims, start } = header;
  return { type, dims, data: typedArray(bytes, header), start };
}
