import { zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../engine/data/npy';
import { bytesOf, everything, idx, load, npy } from './folder';

const swap = (bytes: Uint8Array, width: 16 | 32 | 64): Buffer => {
  const copy = Buffer.from(bytes);
  return width === 16 ? copy.swap16() : width === 32 ? copy.swap32() : copy.swap64();
};

const read = (name: string, file: Buffer, type: string, dims: number[], values: (number | bigint)[]) =>
  test(name, () => {
    const array = readNpy(file, 'x.npy');
    expect([array.type, array.dims, [...array.data]]).toEqual([type, dims, values]);
  });

describe('npy', () => {
  read('float32', npy('<f4', '(2, 2)', bytesOf(Float32Array.of(1, 2, 3, 4))), 'float32', [2, 2], [1, 2, 3, 4]);
  read('big-endian float64', npy('>f8', '(2,)', swap(bytesOf(Float64Array.of(1.5, -2)), 64)), 'float64', [2], [1.5, -2]);
  read('big-endian int16', npy('>i2', '(2,)', swap(bytesOf(Int16Array.of(300, -2)), 16)), 'int16', [2], [300, -2]);
  read('int64', npy('<i8', '(2,)', bytesOf(BigInt64Array.of(2n ** 40n, -1n))), 'int64', [2], [2n ** 40n, -1n]);
  read('bool', npy('|b1', '(3,)', Uint8Array.of(1, 0, 1)), 'bool', [3], [1, 0, 1]);
  read('a scalar', npy('<i4', '()', bytesOf(Int32Array.of(7))), 'int32', [], [7]);
  // Column-major 2 x 3: element (i, j) is number i + 2 j.
  read('Fortran order', npy('<i4', '(2, 3)', bytesOf(Int32Array.of(0, 1, 2, 3, 4, 5)), 'True'), 'int32', [2, 3], [0, 2, 4, 1, 3, 5]);
  // 2 x 2 x 2: element (i, j, k) is number i + 2 j + 4 k.
  read('Fortran order in three dims', npy('<i4', '(2, 2, 2)', bytesOf(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7)), 'True'), 'int32', [2, 2, 2], [0, 4, 2, 6, 1, 5, 3, 7]);

  test('version 2 has a longer length', () => {
    const one = npy('<f4', '(1,)', bytesOf(Float32Array.of(3)));
    const two = Buffer.concat([one.subarray(0, 6), Buffer.from([2, 0, 118, 0, 0, 0]), one.subarray(10)]);
    expect([...readNpy(two, 'x.npy').data]).toEqual([3]);
  });

  test('values at an odd address are copied', () => {
    const file = npy('<f4', '(1,)', bytesOf(Float32Array.of(3)));
    const shifted = new Uint8Array(file.length + 1);
    shifted.set(file, 1);
    expect([...readNpy(shifted.subarray(1), 'x.npy').data]).toEqual([3]);
  });

  test.each([
    { type: 'float32', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 2n) },
    { type: 'uint8', dims: [], data: Uint8Array.of(9) },
  ])('writeNpy $type', (array) => {
    const bytes = writeNpy(array);
    // The format wants the values to start at a multiple of 64.
    expect((bytes.length - array.data.byteLength) % 64).toBe(0);
    expect(readNpy(bytes, 'x.npy')).toMatchObject(array);
  });
});

const x = npy('<f4', '(3, 2)', bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6)));
const y = npy('<i8', '(3,)', bytesOf(BigInt64Array.of(0n, 1n, 2n)));
const arrays = { npy: 'x.npy', labels: 'y.npy' };

describe('array sources', () => {
  test('npy', async () => {
    const { train } = await load({ 'x.npy': x, 'y.npy': y }, { train: arrays }, { loss: 'crossEntropy' });
    expect(everything(train)).toEqual({ inputs: [[1, 2], [3, 4], [5, 6]], labels: [0, 1, 2] });
    expect(train.labels).toEqual({ type: 'int32', dims: [] });
  });

  test('npy with offset and limit', async () => {
    const { train } = await load({ 'x.npy': x, 'y.npy': y }, { train: { ...arrays, offset: 1, limit: 2 } });
    expect(everything(train)).toEqual({ inputs: [[3, 4], [5, 6]], labels: [1, 2] });
    expect(train.labels).toEqual({ type: 'float32', dims: [1] });
  });

  test.each([true, false])('npz, compressed: %s', async (compressed) => {
    const { train } = await load({ 'a.npz': zipSync({ 'x.npy': x, 'y.npy': y }, { level: compressed ? 6 : 0 }) }, { train: { npz: 'a.npz', inputs: 'x', labels: 'y' } });
    expect(everything(train)).toEqual({ inputs: [[1, 2], [3, 4], [5, 6]], labels: [0, 1, 2] });
  });

  test('integers are int32 inputs, sequences of labels keep their ids', async () => {
    const ids = npy('<i8', '(2, 3)', bytesOf(BigInt64Array.of(5n, 6n, 7n, 6n, 7n, 5n)));
    const { train } = await load({ 'x.npy': ids, 'y.npy': ids }, { train: arrays }, { loss: 'crossEntropy' });
    expect(train.inputs).toEqual([{ type: 'int32', dims: [3] }]);
    expect(train.labels).toEqual({ type: 'int32', dims: [3] });
    expect(everything(train)).toEqual({ inputs: [[5, 6, 7], [6, 7, 5]], labels: [5, 6, 7, 6, 7, 5] });
    expect(train.classes).toHaveLength(8);
  });

  test('integers as float32 on request', async () => {
    const { train } = await load({ 'x.npy': npy('<i4', '(2, 1)', bytesOf(Int32Array.of(3, 4))), 'y.npy': npy('<i4', '(2,)', bytesOf(Int32Array.of(0, 1))) },
      { train: { ...arrays, inputType: 'float32' }, transforms: [{ scale: 0.5 }] });
    expect(everything(train).inputs).toEqual([[1.5], [2]]);
  });

  test('idx images have one channel and keep their bytes', async () => {
    const { train } = await load({ 'x.idx': idx(8, [2, 2, 3], [0, 1, 2, 3, 4, 255, 6, 7, 8, 9, 10, 11]), 'y.idx': idx(8, [2], [1, 0]) }, { train: { idx: 'x.idx', labels: 'y.idx' } }, { loss: 'crossEntropy' });
    expect(train.inputs).toEqual([{ type: 'float32', dims: [1, 2, 3] }]);
    expect(everything(train)).toEqual({ inputs: [[0, 1, 2, 3, 4, 255], [6, 7, 8, 9, 10, 11]], labels: [1, 0] });
  });

  test('big-endian idx', async () => {
    const values = swap(bytesOf(Int16Array.of(-300, 300, 5, 7)), 16);
    const { train } = await load({ 'x.idx': idx(0x0b, [2, 2], values), 'y.idx': idx(8, [2], [1, 0]) }, { train: { idx: 'x.idx', labels: 'y.idx', inputType: 'float32' } });
    expect(everything(train).inputs).toEqual([[-300, 300], [5, 7]]);
  });
});
