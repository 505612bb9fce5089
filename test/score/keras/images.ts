/** Folders of images in the formats they are published in, as one array: training part first. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError } from '../../../engine/errors';
import { readIdx } from '../../../engine/data/idx';

export interface Images {
  /** Channels first: [channels, height, width]. */
  dims: number[];
  /** Bytes, images in order. */
  pixels: Uint8Array;
  labels: Uint8Array;
}

const read = (file: string): Uint8Array => (file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file));
const joined = (parts: Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** "train..." before all others. */
const ordered = (folder: string, pattern: RegExp): string[] =>
  readdirSync(folder).filter((name) => pattern.test(name)).sort((a, b) => Number(/train/.test(b)) - Number(/train/.test(a)) || (a < b ? -1 : 1)).map((name) => path.join(folder, name));

export function readImages(folder: string): Images {
  const idx = ordered(folder, /images.*ubyte(\.gz)?$/);
  if (idx.length > 0) return fromIdx(idx, ordered(folder, /labels.*ubyte(\.gz)?$/));
  const records = ordered(folder, /\.bin(\.gz)?$/);
  if (records.length > 0) return fromRecords(records.map(read));
  throw new InputError('the folder holds neither IDX files nor CIFAR records', { file: folder });
}

function fromIdx(images: string[], labels: string[]): Images {
  const arrays = images.map((file) => readIdx(read(file), file));
  const [height, width] = arrays[0].dims.slice(1);
  return { dims: [1, height, width], pixels: joined(arrays.map(({ data }) => data as Uint8Array)), labels: joined(labels.map((file) => readIdx(read(file), file).data as Uint8Array)) };
}

/** CIFAR-10's binary records: a label byte, then 3,072 pixels, channels first. */
function fromRecords(files: Uint8Array[]): Images {
  const size = 3 * 32 * 32;
  const bytes = joined(files);
  const count = bytes.length / (size + 1);
  const [pixels, labels] = [new Uint8Array(count * size), new Uint8Array(count)];
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * (size + 1)];
    pixels.set(bytes.subarray(i * (size + 1) + 1, (i + 1) * (size + 1)), i * size);
  }
  return { dims: [3, 32, 32], pixels, labels };
}
