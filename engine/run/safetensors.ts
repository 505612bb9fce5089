/**
 * Tensors in safetensors (https://github.com/huggingface/safetensors): an 8-byte little-endian header length, a JSON header
 * with dtype, shape and data_offsets per tensor, the data. The metadata key `checksum` is the CRC-32 of the header without it and of the data.
 */
import { closeSync, fstatSync } from 'node:fs';
import { InputError } from '../errors';
import { crc32, hex, openFile, readFully, replaceFile } from './file';

/** Element types by their safetensors name. */
const arrays = {
  F32: Float32Array, F64: Float64Array, I8: Int8Array, I16: Int16Array, I32: Int32Array, I64: BigInt64Array, U8: Uint8Array, U16: Uint16Array, U32: Uint32Array, U64: BigUint64Array,
} as const;
type DType = keyof typeof arrays;
export type TensorData = Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | BigInt64Array | Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

export interface SavedTensor {
  dims: number[];
  data: TensorData;
}

interface Entry {
  dtype: DType;
  shape: number[];
  data_offsets: [number, number];
}

const alignment = 8;
/** The format's own limit on the header. */
const maximumHeader = 100_000_000;

/** Writes the tensors atomically, one after the other without a copy of them; larger elements come first so that all are aligned. */
export function writeSafetensors(file: string, tensors: Record<string, SavedTensor>, metadata: Record<string, string> = {}): void {
  const named = Object.entries(tensors)
    .map(([name, tensor]) => ({ name, ...tensor, dtype: dtypeOf(tensor.data) }))
    .sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (a.name < b.name ? -1 : 1));
  const entries: Record<string, Entry> = Object.create(null);
  let offset = 0;
  for (const { name, dims, data, dtype } of named) {
    entries[name] = { dtype, shape: dims, data_offsets: [offset, (offset += data.byteLength)] };
  }
  const bytes = named.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const plain = headerText(metadata, entries);
  const sum = hex(bytes.reduce((crc, part) => crc32(part, crc), crc32(plain)));
  const json = Buffer.from(headerText({ ...metadata, checksum: sum }, entries));
  const header = Buffer.alloc(8 + Math.ceil(json.length / alignment) * alignment, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  json.copy(header, 8);
  replaceFile(file, (write) => [header, ...bytes].forEach(write));
}

const headerText = (metadata: Record<string, string>, entries: Record<string, Entry>): string =>
  JSON.stringify({ __metadata__: metadata, ...entries });

const dtypeOf = (data: TensorData): DType => {
  const dtype = (Object.keys(arrays) as DType[]).find((name) => data instanceof arrays[name]);
  if (!dtype) throw new Error(`no safetensors type for ${(data as object).constructor.name}`);
  return dtype;
};

/** Reads a file of writeSafetensors; with `anySource` also one that another program wrote, which has no checksum. Throws an InputError if it is damaged. */
export function readSafetensors(file: string, { anySource = false } = {}): { tensors: Record<string, SavedTensor>; metadata: Record<string, string> } {
  const handle = openFile(file);
  try {
    const size = fstatSync(handle).size;
    const refuse = (what: string): never => { throw new InputError(`the file is damaged: ${what}`, { file }); };
    if (size < 8) refuse(`it has ${size} bytes, a safetensors file has at least 8`);
    const length = Number(readFully(handle, 0, 8).readBigUInt64LE());
    if (length > Math.min(size - 8, maximumHeader)) refuse(`its header says that it is ${length} bytes long, the file has ${size - 8} after it`);
    const { __metadata__: all = {}, ...entries } = parseHeader(readFully(handle, 8, length).toString(), refuse);
    const start = 8 + length;
    const tensors: Record<string, SavedTensor> = {};
    const { checksum: sum, ...metadata } = all;
    let crc = crc32(headerText(metadata, entries));
    let next = 0;
    for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries).sort((a, b) => a[1].data_offsets[0] - b[1].data_offsets[0])) {
      const width = arrays[dtype].BYTES_PER_ELEMENT;
      if (from !== next || to - from !== shape.reduce((a, b) => a * b, width) || start + to > size) refuse(`the place of ${JSON.stringify(name)} is not within the data`);
      const bytes = readFully(handle, start + from, to - from);
      crc = crc32(bytes, crc);
      tensors[name] = { dims: shape, data: new arrays[dtype](bytes.buffer) };
      next = to;
    }
    if (start + next !== size) refuse(`it has ${size} bytes, its header describes ${start + next}`);
    if (sum !== hex(crc) && !(anySource && sum === undefined)) refuse(sum === undefined ? 'it has no checksum' : `its checksum is ${hex(crc)}, it was written with ${sum}`);
    return { tensors, metadata };
  } finally {
    closeSync(handle);
  }
}

function parseHeader(text: string, refuse: (what: string) => never): { __metadata__?: Record<string, string> } & Record<string, Entry> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    refuse('its header is not JSON');
  }
  if (!isRecord(header)) return refuse('its header is not a JSON object');
  for (const [name, entry] of Object.entries(header)) {
    const valid = name === '__metadata__'
      ? isRecord(entry) && Object.values(entry).every((value) => typeof value === 'string')
      : isRecord(entry) && typeof entry.dtype === 'string' && Object.hasOwn(arrays, entry.dtype) && isCounts(entry.shape) && isCounts(entry.data_offsets) && entry.data_offsets.length === 2;
    if (!valid) refuse(`its header describes ${JSON.stringify(name)} wrongly`);
  }
  return header as ReturnType<typeof parseHeader>;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
