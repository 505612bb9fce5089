/** NumPy's .npy format, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
import { InputError, oneOf } from '../errors';
import { elements } from './samples';
import { type FileType, fileTypes } from './sources/fileTypes';

const kinds = {
  b1: 'bool', u1: 'uint8', i1: 'int8', u2: 'uint16', i2: 'int16', u4: 'uint32', i4: 'int32', u8: 'uint64', i8: 'int64', f4: 'float32', f8: 'float64',
} as const satisfies Record<string, FileType>;

export type NpyData = InstanceType<(typeof fileTypes)[FileType]['array']>;

export interface NpyArray {
  type: FileType;
  dims: number[];
  /** Row-major. */
  data: NpyData;
  /** Where the values start in the file, in bytes. */
  start: number;
}

const magic = '\x93NUMPY';

/** What the header of an array says. */
export interface ArrayHeader {
  type: FileType;
  dims: number[];
  start: number;
  bigEndian: boolean;
  /** The last index runs slowest. */
  fortran?: boolean;
}

/** Longest header, and so how much of a file `npyHeader` needs. */
export const longestHeader = 65536;

/** `head`: the start of a file of `length` bytes. */
export function npyHeader(head: Uint8Array, length: number, file: string): ArrayHeader {
  const fail = (message: string): never => {
    throw new InputError(message, { file });
  };
  const ascii = (from: number, to: number): string => String.fromCharCode(...head.subarray(from, to));
  if (ascii(0, 6) !== magic) fail('byte 0: is not a .npy file (it must start with \\x93NUMPY).');
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const wide = head[6] >= 2;
  if (length < 12) fail(`byte ${length}: the file ends inside its header.`);
  if (head[6] < 1 || head[6] > 3) fail(`byte 6: version ${head[6]} of the .npy format is not supported; 1, 2 and 3 are.`);
  const first = wide ? 12 : 10;
  const start = first + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (start > length) fail(`byte 8: the header is said to end at byte ${start}, the file has ${length} bytes.`);
  // NumPy pads the header to less than 128 bytes more than it needs; a long one is no array's.
  if (start > longestHeader) fail(`byte 8: the header is said to have ${start - first} bytes; at most ${longestHeader} are read.`);

  const header = new TextDecoder('latin1').decode(head.subarray(first, start));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (!/'descr'/.test(header) || fortran === undefined || shape === undefined)
    return fail(`byte ${first}: the header is damaged; descr, fortran_order and shape are expected.`);
  const type = descr !== undefined && /^[<>|=]/.test(descr) ? (kinds as Record<string, FileType>)[descr.slice(1)] : undefined;
  if (!type) return fail(`byte ${first}: arrays of type ${descr ?? 'record'} are not supported; ${oneOf(Object.values(kinds))} are.`);
  const dims = shape.split(',').map((part) => part.trim()).filter(Boolean).map(Number);
  const size = elements(dims) * fileTypes[type].bytes;
  if (size > length - start) fail(`byte ${start}: shape (${shape.trim()}) of ${type} needs ${size} bytes, the file has ${length - start} left.`);
  return { type, dims, start, bigEndian: descr!.startsWith('>'), fortran: fortran === 'True' };
}

/** Reads an array; column-major ("Fortran order") and big-endian ones are converted. `data` is a view on `bytes` where it can be. */
export function readNpy(bytes: Uint8Array<ArrayBufferLike>, file: string): NpyArray {
  const { type, dims, start, bigEndian, fortran } = npyHeader(bytes, bytes.length, file);
  const data = typedArray(bytes, { type, dims, start, bigEndian });
  return { type, dims, data: fortran ? rowMajor(data, dims) : data, start };
}

/** The values behind a header, in this machine's byte order; a view on `bytes` where it can be. */
export function typedArray(bytes: Uint8Array<ArrayBufferLike>, { type, dims, start, bigEndian }: ArrayHeader): NpyData {
  const { array, bytes: width } = fileTypes[type];
  const count = elements(dims);
  let raw: Uint8Array<ArrayBufferLike> = bytes.subarray(start, start + count * width);
  if (bigEndian && width > 1) raw = swapped(raw, width);
  if (raw.byteOffset % width !== 0) raw = new Uint8Array(raw); // a copy; slice() of a Buffer is none
  return new array(raw.buffer as ArrayBuffer, raw.byteOffset, count) as NpyData;
}

/** The bytes of a .npy file (version 1.0, little-endian, row-major). */
export function writeNpy({ type, dims, data }: { type: string; dims: readonly number[]; data: NpyData }): Uint8Array<ArrayBuffer> {
  const [code] = Object.entries(kinds).find(([, kind]) => kind === type) ?? [];
  if (code === undefined) throw new RangeError(`no .npy type for ${type}`);
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const descr = fileTypes[type as FileType].bytes === 1 ? `|${code}` : `<${code}`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length + data.byteLength);
  bytes.set(Buffer.from(magic, 'latin1'));
  bytes.set([1, 0, (length - 10) & 0xff, (length - 10) >> 8], 6);
  bytes.set(Buffer.from(`${text.padEnd(length - 11)}\n`, 'latin1'), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), length);
  return bytes;
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const copy = Buffer.from(bytes);
  return width === 2 ? copy.swap16() : width === 4 ? copy.swap32() : copy.swap64();
}

function rowMajor(data: NpyData, dims: number[]): NpyData {
  const result = data.slice();
  const strides = dims.map((_, axis) => elements(dims.slice(0, axis)));
  const index = dims.map(() => 0);
  for (let to = 0, from = 0; to < data.length; to++) {
    result[to] = data[from];
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < dims[axis]) break;
      from -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
  return result;
}
