/** NumPy's .npy format, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
import { InputError, oneOf } from '../errors';
import { elements } from './samples';

const kinds = {
  b1: { type: 'bool', array: Uint8Array },
  u1: { type: 'uint8', array: Uint8Array },
  i1: { type: 'int8', array: Int8Array },
  u2: { type: 'uint16', array: Uint16Array },
  i2: { type: 'int16', array: Int16Array },
  u4: { type: 'uint32', array: Uint32Array },
  i4: { type: 'int32', array: Int32Array },
  u8: { type: 'uint64', array: BigUint64Array },
  i8: { type: 'int64', array: BigInt64Array },
  f4: { type: 'float32', array: Float32Array },
  f8: { type: 'float64', array: Float64Array },
} as const;

type Kinds = typeof kinds;
export type NpyType = Kinds[keyof Kinds]['type'];
export type NpyData = InstanceType<Kinds[keyof Kinds]['array']>;

export interface NpyArray {
  type: NpyType;
  dims: number[];
  /** Row-major. */
  data: NpyData;
  /** Where the values start in the file, in bytes. */
  start: number;
}

const magic = '\x93NUMPY';

/** Reads an array; column-major ("Fortran order") and big-endian ones are converted. `data` is a view on `bytes` where it can be. */
export function readNpy(bytes: Uint8Array<ArrayBufferLike>, file: string): NpyArray {
  const fail = (message: string): never => {
    throw new InputError(message, { file });
  };
  const ascii = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  if (ascii(0, 6) !== magic) fail('byte 0: is not a .npy file (it must start with \\x93NUMPY).');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6] >= 2;
  if (bytes.length < 12) fail(`byte ${bytes.length}: the file ends inside its header.`);
  if (bytes[6] < 1 || bytes[6] > 3) fail(`byte 6: version ${bytes[6]} of the .npy format is not supported; 1, 2 and 3 are.`);
  const first = wide ? 12 : 10;
  const start = first + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  if (start > bytes.length) fail(`byte 8: the header is said to end at byte ${start}, the file has ${bytes.length} bytes.`);
  // NumPy pads the header to less than 128 bytes more than it needs; a long one is no array's.
  if (start > 65536) fail(`byte 8: the header is said to have ${start - first} bytes; at most 65536 are read.`);

  const header = new TextDecoder('latin1').decode(bytes.subarray(first, start));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (!/'descr'/.test(header) || fortran === undefined || shape === undefined)
    return fail(`byte ${first}: the header is damaged; descr, fortran_order and shape are expected.`);
  const kind = descr !== undefined && /^[<>|=]/.test(descr) ? (kinds as Record<string, Kinds[keyof Kinds]>)[descr.slice(1)] : undefined;
  if (!kind)
    return fail(`byte ${first}: arrays of type ${descr ?? 'record'} are not supported; ${oneOf(Object.values(kinds).map(({ type }) => type))} are.`);
  const dims = shape.split(',').map((part) => part.trim()).filter(Boolean).map(Number);
  const size = elements(dims) * kind.array.BYTES_PER_ELEMENT;
  if (size > bytes.length - start)
    fail(`byte ${start}: shape (${shape.trim()}) of ${kind.type} needs ${size} bytes, the file has ${bytes.length - start} left.`);

  let raw: Uint8Array<ArrayBufferLike> = bytes.subarray(start, start + size);
  if (descr!.startsWith('>') && kind.array.BYTES_PER_ELEMENT > 1) raw = swapped(raw, kind.array.BYTES_PER_ELEMENT);
  if (raw.byteOffset % kind.array.BYTES_PER_ELEMENT !== 0) raw = new Uint8Array(raw); // a copy; slice() of a Buffer is none
  const data = new kind.array(raw.buffer as ArrayBuffer, raw.byteOffset, elements(dims)) as NpyData;
  return { type: kind.type, dims, data: fortran === 'True' ? rowMajor(data, dims) : data, start };
}

/** The bytes of a .npy file (version 1.0, little-endian, row-major). */
export function writeNpy({ type, dims, data }: { type: string; dims: readonly number[]; data: NpyData }): Uint8Array<ArrayBuffer> {
  const [code] = Object.entries(kinds).find(([, kind]) => kind.type === type) ?? [];
  if (code === undefined) throw new RangeError(`no .npy type for ${type}`);
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const descr = (kinds as Record<string, Kinds[keyof Kinds]>)[code].array.BYTES_PER_ELEMENT === 1 ? `|${code}` : `<${code}`;
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
