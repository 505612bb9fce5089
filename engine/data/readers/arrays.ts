import { readSync } from 'node:fs';
import { InputError } from '../../errors';
import { fileSize, isGzip, openFile, readBytes } from '../file';
import { idxHeader, readIdx } from '../idx';
import { type ArrayHeader, longestHeader, type NpyArray, type NpyData, npyHeader, readNpy } from '../npy';
import { readNpz } from '../npz';
import { resolvePath } from '../path';
import { type Location, type Samples, elements, failAt, reshaped, selectedRows } from '../samples';
import type { IdxConfig, NpyConfig, NpzConfig } from '../schema';
import { type FileType, fileTypes } from '../sources/fileTypes';
import type { NumericArray, Source } from '../sources/source';
import { type ByOutput, perTarget } from '../targets';
import type { TableOptions } from './table';

/** An array of a file: its values, or where in the file they stay. */
interface Stored {
  /** What errors call it. */
  file: string;
  type: FileType;
  dims: number[];
  start: number;
  data?: NpyData;
  descriptor?: number;
  bigEndian?: boolean;
}

interface Format {
  read(bytes: Uint8Array, file: string): NpyArray;
  header(head: Uint8Array, length: number, file: string): ArrayHeader;
}

const npy: Format = { read: readNpy, header: npyHeader };
const idx: Format = { read: readIdx, header: idxHeader };

export async function readNpySource(source: NpyConfig, options: TableOptions): Promise<Samples> {
  return paired(await openArray(npy, source.npy, options), await readAll(npy, source.labels, options), source, options);
}

export async function readNpzSource(source: NpzConfig, options: TableOptions): Promise<Samples> {
  const keys = [source.inputs, ...perTarget(source.labels, options.targets)];
  const arrays = readNpz(await readBytes(source.npz, options), keys, source.npz);
  const [inputs, ...labels] = arrays.map((array, i) => ({ ...array, file: `${source.npz}/${keys[i]}` }));
  return paired(inputs, labels, source, options);
}

export async function readIdxSource(source: IdxConfig, options: TableOptions): Promise<Samples> {
  const inputs = await openArray(idx, source.idx, options);
  // Grayscale images come without a channel.
  if (inputs.dims.length === 3) inputs.dims.splice(1, 0, 1);
  return paired(inputs, await readAll(idx, source.labels, options), source, options);
}

const readAll = (format: Format, files: ByOutput<string>, options: TableOptions): Promise<(Stored & { data: NpyData })[]> =>
  Promise.all(perTarget(files, options.targets).map((file) => readArray(format, file, options)));

const readArray = async ({ read }: Format, file: string, options: TableOptions): Promise<Stored & { data: NpyData }> => ({ ...read(await readBytes(file, options), file), file });

/** Leaves the values of a large file on the disk. Packed or column-major ones allow no access to single samples and are read. */
async function openArray(format: Format, file: string, options: TableOptions): Promise<Stored> {
  const size = fileSize(file, options);
  if (size <= options.memory || isGzip(resolvePath(file, options))) return readArray(format, file, options);
  const { descriptor, bytes } = openFile(file, options);
  const head = Buffer.alloc(Math.min(bytes, longestHeader));
  readSync(descriptor, head, 0, head.length, 0);
  const header = format.header(head, bytes, file);
  return header.fortran && header.dims.length > 1 ? readArray(format, file, options) : { ...header, file, descriptor };
}

/** `labels`: of each target. */
function paired(inputs: Stored, labels: (Stored & { data?: NpyData })[], source: NpyConfig | NpzConfig | IdxConfig, { targets }: TableOptions): Samples {
  for (const { dims, file } of [inputs, ...labels]) {
    if (dims.length === 0) throw new InputError('holds a single number; an array with the samples first is expected.', { file });
    if (elements(dims) === 0) throw new InputError(`holds no values (dims ${dims.join(' x ')}).`, { file });
  }
  for (const { dims, file } of labels) if (inputs.dims[0] !== dims[0]) throw new InputError(`holds ${dims[0]} labels, but ${inputs.file} holds ${inputs.dims[0]} samples.`, { file });
  const [start, end] = selectedRows(inputs.dims[0], source, inputs.file);
  const type = source.inputType ?? (isInteger(inputs) && fileTypes[inputs.type].bytes > 1 ? 'int32' : 'float32');
  const locate = (sample: number, { file, start: first, dims, type: stored }: Stored, element: number): Location => {
    const index = (start + sample) * elements(dims.slice(1)) + element;
    return { place: { file }, what: `byte ${first + index * fileTypes[stored].bytes}: sample ${start + sample}` };
  };
  const read = (part: Stored): NumericArray => {
    const size = elements(part.dims.slice(1));
    return numeric(part.data!.subarray(start * size, end * size), (i) => locate(Math.floor(i / size), part, i % size));
  };
  const width = elements(inputs.dims.slice(1));
  const rows: Source = inputs.descriptor === undefined
    ? { kind: 'memory', data: read(inputs), width }
    : { kind: 'file', name: inputs.file, descriptor: inputs.descriptor, start: inputs.start + start * width * fileTypes[inputs.type].bytes, rows: end - start, type: inputs.type, bigEndian: inputs.bigEndian, width };
  return {
    count: end - start,
    features: { type, dims: reshaped(inputs.dims.slice(1).length > 0 ? inputs.dims.slice(1) : [1], source.reshape, inputs.file), source: rows, steps: [] },
    labels: labels.map((own, i) => ({
      output: targets[i].output,
      // A column of labels [n, 1] is a list of labels.
      dims: own.dims.length === 2 && own.dims[1] === 1 ? [] : own.dims.slice(1),
      data: read(own),
    })),
    classes: source.classes,
    locate(sample, part, element) {
      if (part === 'input') return locate(sample, inputs, element);
      for (const own of labels) {
        const size = elements(own.dims.slice(1));
        if (element < size) return locate(sample, own, element);
        element -= size;
      }
      throw new RangeError(`no label has element ${element}`);
    },
  };
}

const isInteger = ({ type }: Stored): boolean => !type.startsWith('float');

/** The types that the rest works with: bytes and floats as they are, other integers as int32, or as float64 where they are too wide for it. */
function numeric(data: NpyData, locate: (index: number) => Location): NumericArray {
  if (data instanceof Uint8Array || data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array) return data;
  if (data instanceof Uint32Array) return Float64Array.from(data);
  if (!(data instanceof BigInt64Array || data instanceof BigUint64Array)) return Int32Array.from(data);
  const result = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    result[i] = Number(data[i]);
    if (BigInt(result[i]) !== data[i]) failAt(locate(i), `holds ${data[i]}, beyond the range of int32 (-2147483648 to 2147483647).`);
  }
  return result;
}
