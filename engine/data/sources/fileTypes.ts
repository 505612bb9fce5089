/** Element types of arrays in files, by NumPy's names. */
export const fileTypes = {
  bool: { array: Uint8Array, bytes: 1 },
  uint8: { array: Uint8Array, bytes: 1 },
  int8: { array: Int8Array, bytes: 1 },
  uint16: { array: Uint16Array, bytes: 2 },
  int16: { array: Int16Array, bytes: 2 },
  uint32: { array: Uint32Array, bytes: 4 },
  int32: { array: Int32Array, bytes: 4 },
  uint64: { array: BigUint64Array, bytes: 8 },
  int64: { array: BigInt64Array, bytes: 8 },
  float32: { array: Float32Array, bytes: 4 },
  float64: { array: Float64Array, bytes: 8 },
} as const;

export type FileType = keyof typeof fileTypes;
