import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, it } from 'vitest';
import { Random } from '../../engine/random';
import { readCheckpoint, writeCheckpoint, type Checkpoint } from '../../engine/run/checkpoint';
import { readSafetensors, writeSafetensors, type SavedTensor } from '../../engine/run/safetensors';
import { damage, refusedOr, temporaryFolder } from './storage';

const random = new Random(1, 'checkpoint');
const tensor = (...dims: number[]): SavedTensor => ({ dims, data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal()) });

const checkpoint = (): Checkpoint => ({
  progress: { step: 120, epoch: 3, bestValue: NaN, patience: 2, seconds: 1.5, bestStep: -Infinity },
  parameters: { 'conv1.weight': tensor(4, 3, 3, 3), 'conv1.bias': tensor(4), 'scale': tensor(), 'empty': tensor(0, 5) },
  buffers: { 'batchNorm1.running_mean': tensor(4) },
  optimizer: { 'exp_avg/conv1.weight': tensor(4, 3, 3, 3), 'exp_avg_sq/conv1.weight': tensor(4, 3, 3, 3) },
});

const file = (): string => path.join(temporaryFolder(), 'last.safetensors');

it('gives a checkpoint back as it was', () => {
  const written = checkpoint();
  const name = file();
  writeCheckpoint(name, written);
  expect(readCheckpoint(name)).toEqual(written);
});

it('is a safetensors file as the format says', () => {
  const name = file();
  const odd: Record<string, SavedTensor> = {
    b: { dims: [3], data: Uint8Array.of(1, 2, 255) },
    a: { dims: [2], data: BigInt64Array.of(-1n, 2n ** 62n) },
    'é "quoted"': { dims: [1, 2], data: Float32Array.of(1.5, NaN) },
    d: { dims: [2], data: Float64Array.of(1e-310, -0) },
    i: { dims: [1], data: new Int32Array([7, 8, 9]).subarray(1, 2) },
  };
  writeSafetensors(name, odd, { note: 'x' });
  // The layout is read here by hand: length, header, data back to back in the order of the offsets, each aligned to its element.
  const bytes = readFileSync(name);
  const length = Number(bytes.readBigUInt64LE(0));
  expect(length % 8).toBe(0);
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  expect(header.__metadata__).toEqual({ note: 'x', checksum: expect.stringMatching(/^[0-9a-f]{8}$/) });
  expect(header.a).toEqual({ dtype: 'I64', shape: [2], data_offsets: [0, 16] });
  expect(header.d).toEqual({ dtype: 'F64', shape: [2], data_offsets: [16, 32] });
  expect(header.i).toEqual({ dtype: 'I32', shape: [1], data_offsets: [32, 36] });
  expect(header['é "quoted"']).toEqual({ dtype: 'F32', shape: [1, 2], data_offsets: [36, 44] });
  expect(header.b).toEqual({ dtype: 'U8', shape: [3], data_offsets: [44, 47] });
  expect(bytes.readInt32LE(8 + length + 32)).toBe(8);
  expect(bytes.length).toBe(8 + length + 47);
  expect(readSafetensors(name)).toEqual({ tensors: odd, metadata: { note: 'x' } });
});

it.each(Array.from({ length: 20 }, (_, seed) => [seed]))('round trip of random tensors (seed %i)', (seed) => {
  const draw = new Random(seed, 'tensors');
  const tensors = Object.fromEntries(Array.from({ length: draw.below(8) }, (_, i) => [`t${draw.below(1000)}.${i}`, tensor(...Array.from({ length: draw.below(4) }, () => draw.below(6)))]));
  const name = file();
  writeSafetensors(name, tensors);
  expect(readSafetensors(name)).toEqual({ tensors, metadata: {} });
});

it('is refused or read right when cut or changed anywhere', () => {
  const name = file();
  const written = checkpoint();
  writeCheckpoint(name, written);
  const outcome = { cut: { refused: 0, read: 0 }, flip: { refused: 0, read: 0 } };
  const same = (read: Checkpoint): void => expect(isDeepStrictEqual(read, written)).toBe(true);
  damage(name, 7, (kind) => outcome[kind][refusedOr(name, () => readCheckpoint(name), same)]++);
  expect(outcome.cut.read).toBe(0);
  // What can change without a trace is the padding of the header, blank for blank.
  expect(outcome.flip.read).toBeLessThan(3);
});

it.each([
  ['', 'it has 0 bytes, a safetensors file has at least 8'],
  ['1234567', 'it has 7 bytes, a safetensors file has at least 8'],
  ['\x02\0\0\0\0\0\0\0{}', 'it has no checksum'],
  ['\x02\0\0\0\0\0\0\0[]', 'its header is not a JSON object'],
  ['\x02\0\0\0\0\0\0\0{x', 'its header is not JSON'],
  ['\xff\0\0\0\0\0\0\0{}', 'its header says that it is 255 bytes long, the file has 2 after it'],
  ['\x0a\0\0\0\0\0\0\0{"a":null}', 'its header describes "a" wrongly'],
])('refuses %j', (bytes, what) => {
  const name = file();
  writeFileSync(name, Buffer.from(bytes, 'latin1'));
  expect(() => readSafetensors(name)).toThrow(`${name}: the file is damaged: ${what}`);
});

it('refuses a file that is not there', () => {
  const name = file();
  expect(() => readCheckpoint(name)).toThrow(`${name}: the file does not exist`);
});
