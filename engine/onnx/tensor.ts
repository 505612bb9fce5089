import { create } from '@bufbuild/protobuf';
import { type TensorProto, TensorProtoSchema, TensorProto_DataLocation, TensorProto_DataType as DataType } from './generated/onnx_pb';

/** Element types by their onnxruntime names, with the ONNX number, the array that holds them and the TensorProto field used when not raw. */
const elementTypes = {
  float32: { number: DataType.FLOAT, array: Float32Array, field: 'floatData' },
  uint8: { number: DataType.UINT8, array: Uint8Array, field: 'int32Data' },
  int8: { number: DataType.INT8, array: Int8Array, field: 'int32Data' },
  uint16: { number: DataType.UINT16, array: Uint16Array, field: 'int32Data' },
  int16: { number: DataType.INT16, array: Int16Array, field: 'int32Data' },
  int32: { number: DataType.INT32, array: Int32Array, field: 'int32Data' },
  int64: { number: DataType.INT64, array: BigInt64Array, field: 'int64Data' },
  bool: { number: DataType.BOOL, array: Uint8Array, field: 'int32Data' },
  float16: { number: DataType.FLOAT16, array: Uint16Array, field: 'int32Data' },
  float64: { number: DataType.DOUBLE, array: Float64Array, field: 'doubleData' },
  uint32: { number: DataType.UINT32, array: Uint32Array, field: 'uint64Data' },
  uint64: { number: DataType.UINT64, array: BigUint64Array, field: 'uint64Data' },
} as const;

export type ElementType = keyof typeof elementTypes;
export type TensorData =
  | Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array | BigInt64Array | BigUint64Array;

export interface Tensor {
  type: ElementType;
  dims: number[];
  /** Row-major. */
  data: TensorData;
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((product, n) => product * n, 1);

export const bytesOf = ({ type, dims }: Pick<Tensor, 'type' | 'dims'>): number => sizeOf(dims) * elementTypes[type].array.BYTES_PER_ELEMENT;

export const elementNumber = (type: ElementType): number => elementTypes[type].number;

/** float16 is what graphs compute with (`mixedPrecision.ts`), its elements here are bits: no file is read that stores it. */
const readable = (Object.keys(elementTypes) as ElementType[]).filter((type) => type !== 'float16');

/** The element type of an ONNX number; undefined for strings, complex and sub-32-bit floats. */
export const elementType = (number: number): ElementType | undefined => readable.find((type) => elementTypes[type].number === number);

export const newArray = (type: ElementType, values: number | ArrayLike<number>): TensorData => {
  const { array } = elementTypes[type];
  if (typeof values === 'number') return new array(values);
  return array === BigInt64Array || array === BigUint64Array
    ? array.from(Array.from(values, (value) => BigInt(value)))
    : (array as Int32ArrayConstructor).from(values);
};

export const numbers = (tensor: Tensor): number[] => Array.from(tensor.data as ArrayLike<number | bigint>, Number);

/** Data is always written raw (little-endian), as every exporter does. */
export const toProto = (name: string, { type, dims, data }: Tensor): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: elementTypes[type].number,
    rawData: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
  });

/** Throws a plain Error saying what is wrong with the tensor; the reader adds the file. */
export function fromProto(proto: TensorProto): Tensor {
  const name = `tensor "${proto.name}"`;
  const type = elementType(proto.dataType);
  if (!type) throw new Error(`${name} has the element type ${DataType[proto.dataType] ?? proto.dataType}; allowed are ${readable.join(', ')}`);
  if (proto.dataLocation === TensorProto_DataLocation.EXTERNAL) throw new Error(`${name} keeps its data in another file; save the model as one file`);
  const dims = proto.dims.map(Number);
  if (dims.some((n) => !Number.isSafeInteger(n) || n < 0)) throw new Error(`${name} has the dimensions [${dims.join(', ')}]`);
  const { array, field } = elementTypes[type];
  const size = sizeOf(dims);
  const values = proto[field] as ArrayLike<number | bigint>;
  if (values.length === 0) {
    const expected = size * array.BYTES_PER_ELEMENT;
    if (proto.rawData.byteLength !== expected) throw new Error(`${name} of dimensions [${dims.join(', ')}] holds ${proto.rawData.byteLength} bytes instead of ${expected}`);
    return { type, dims, data: new array(proto.rawData.slice().buffer as ArrayBuffer) };
  }
  if (values.length !== size) throw new Error(`${name} of dimensions [${dims.join(', ')}] holds ${values.length} values instead of ${size}`);
  const data = type === 'int64' || type === 'uint64' ? (array as BigInt64ArrayConstructor).from(values as ArrayLike<bigint>) : newArray(type, Array.from(values, Number));
  return { type, dims, data };
}
