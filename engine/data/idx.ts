/** The IDX format of MNIST: two zero bytes, a type code, the number of dims, the dims, the values; all big-endian. */
import { InputError, oneOf } from '../errors';
import type { NpyArray } from './npy';
import { elements } from './samples';

const kinds = {
  0x08: { type: 'uint8', array: Uint8Array },
  0x09: { type: 'int8', array: Int8Array },
  0x0b: { type: 'int16', array: Int16Array },
  0x0c: { type: 'int32', array: Int32Array },
  0x0d: { type: 'float32', array: Float32Array },
  0x0e: { type: 'float64', array: Float64Array },
} as const;

/** Reads an array; bytes are a view on `bytes`. */
export function readIdx(bytes: Uint8Array<ArrayBufferLike>, file: string): NpyArray {
  const fail = (message: string): never => {
    throw new InputError(message, { file });
  };
  if (bytes[0] !== 0 || bytes[1] !== 0) fail('byte 0: is not an IDX file (it must start with two zero bytes).');
  if (bytes.length < 4) fail(`byte ${bytes.length}: the file ends inside its header.`);
  const kind = kinds[bytes[2] as keyof typeof kinds];
  if (!kind) return fail(`byte 2: type code 0x${bytes[2].toString(16).padStart(2, '0')} is not an IDX type; ${oneOf(Object.entries(kinds).map(([code, { type }]) => `0x${Number(code).toString(16).padStart(2, '0')} (${type})`))} are.`);
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (rank === 0) fail('byte 3: declares no dims; at least one is expected.');
  if (start > bytes.length) fail(`byte ${bytes.length}: the file ends inside its header.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const width = kind.array.BYTES_PER_ELEMENT;
  const size = elements(dims) * width;
  if (size > bytes.length - start)
    fail(`byte ${start}: dims ${dims.join(' x ')} of ${kind.type} need ${size} bytes, the file has ${bytes.length - start} left.`);
  const raw = bytes.subarray(start, start + size);
  if (width === 1) return { type: kind.type, dims, data: new kind.array(raw.buffer as ArrayBuffer, raw.byteOffset, size), start };
  const copy = Buffer.from(new ArrayBuffer(size));
  copy.set(raw);
  if (width === 2) copy.swap16();
  else if (width === 4) copy.swap32();
  else copy.swap64();
  return { type: kind.type, dims, data: new kind.array(copy.buffer, 0, elements(dims)), start };
}
