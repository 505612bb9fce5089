import { InputError } from '../../errors';
import { readBytes } from '../file';
import { readIdx } from '../idx';
import { type NpyArray, type NpyData, readNpy } from '../npy';
import { readNpz } from '../npz';
import type { Folders } from '../path';
import { type Location, type NumericArray, type Samples, elements, failAt, reshaped, selectedRows } from '../samples';
import type { IdxConfig, NpyConfig, NpzConfig } from '../schema';

/** An array and the file it came from, as errors name it. */
interface Named extends NpyArray {
  file: string;
}

export async function readNpySource(source: NpyConfig, folders: Folders): Promise<Samples> {
  const [inputs, labels] = await Promise.all([source.npy, source.labels].map(async (file) => ({ ...readNpy(await readBytes(file, folders), file), file })));
  return paired(inputs, labels, source);
}

export async function readNpzSource(source: NpzConfig, folders: Folders): Promise<Samples> {
  const keys = [source.inputs, source.labels];
  const arrays = readNpz(await readBytes(source.npz, folders), keys, source.npz);
  const [inputs, labels] = arrays.map((array, i) => ({ ...array, file: `${source.npz}/${keys[i]}` }));
  return paired(inputs, labels, source);
}

export async function readIdxSource(source: IdxConfig, folders: Folders): Promise<Samples> {
  const [inputs, labels] = await Promise.all([source.idx, source.labels].map(async (file) => ({ ...readIdx(await readBytes(file, folders), file), file })));
  // Grayscale images come without a channel.
  if (inputs.dims.length === 3) inputs.dims.splice(1, 0, 1);
  return paired(inputs, labels, source);
}

function paired(inputs: Named, labels: Named, source: NpyConfig | NpzConfig | IdxConfig): Samples {
  for (const { dims, file } of [inputs, labels]) {
    if (dims.length === 0) throw new InputError('holds a single number; an array with the samples first is expected.', { file });
    if (elements(dims) === 0) throw new InputError(`holds no values (dims ${dims.join(' x ')}).`, { file });
  }
  if (inputs.dims[0] !== labels.dims[0])
    throw new InputError(`holds ${labels.dims[0]} labels, but ${inputs.file} holds ${inputs.dims[0]} samples.`, { file: labels.file });
  const [start, end] = selectedRows(inputs.dims[0], source, inputs.file);
  const type = source.inputType ?? (isInteger(inputs) && inputs.data.BYTES_PER_ELEMENT > 1 ? 'int32' : 'float32');
  const locate: Samples['locate'] = (sample, part, element) => {
    const { file, start: first, dims, data } = part === 'input' ? inputs : labels;
    const index = (start + sample) * elements(dims.slice(1)) + element;
    return { place: { file }, what: `byte ${first + index * data.BYTES_PER_ELEMENT}: sample ${start + sample}` };
  };
  const read = (part: 'input' | 'label', array: Named): NumericArray => {
    const size = elements(array.dims.slice(1));
    return numeric(array.data.subarray(start * size, end * size), (i) => locate(Math.floor(i / size), part, i % size));
  };
  return {
    count: end - start,
    features: {
      type,
      dims: reshaped(inputs.dims.slice(1).length > 0 ? inputs.dims.slice(1) : [1], source.reshape, inputs.file),
      data: read('input', inputs),
    },
    labels: {
      // A column of labels [n, 1] is a list of labels.
      dims: labels.dims.length === 2 && labels.dims[1] === 1 ? [] : labels.dims.slice(1),
      data: read('label', labels),
    },
    classes: source.classes,
    locate,
  };
}

const isInteger = ({ type }: NpyArray): boolean => !type.startsWith('float');

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
