import { readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../errors';
import { decodeImage, type Pixels } from '../images/decode';
import { resampler } from '../images/resample';
import type { ReadRow } from './source';

/** Images in files of their own: bytes, channels first. */
export interface ImageSource {
  kind: 'images';
  folder: string;
  /** Relative to `folder`, as errors name them. */
  files: string[];
  /** What errors call the folder. */
  name: string;
  channels: 1 | 3;
  /** Every image is made this large; else it must be. */
  size: [height: number, width: number];
  resized: boolean;
  width: number;
  /** Decoded images, where they fit in memory, and which of them are there; shared by all threads. */
  cache?: { pixels: SharedArrayBuffer; done: SharedArrayBuffer };
}

export function openImages(source: ImageSource): ReadRow {
  const { folder, files, name, width, cache } = source;
  const pixels = cache && new Uint8Array(cache.pixels);
  const done = cache && new Uint8Array(cache.done);
  const buffer = new Uint8Array(width);
  return (row, target, at) => {
    if (done && Atomics.load(done, row) === 1) return target.set(pixels!.subarray(row * width, (row + 1) * width), at);
    try {
      toPlanes(decodeImage(readFileSync(path.join(folder, files[row]))), source, buffer);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new InputError(`${code ? `cannot be read (${code})` : message}.`, { file: path.join(name, files[row]) });
    }
    target.set(buffer, at);
    if (!done) return;
    pixels!.set(buffer, row * width);
    Atomics.store(done, row, 1);
  };
}

/** The largest part of an image that has the proportions of a size; it is taken from the middle. */
export function partOf(image: { height: number; width: number }, [height, width]: readonly [number, number]): [height: number, width: number] {
  const scale = Math.min(image.height / height, image.width / width);
  return [Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
}

function toPlanes(image: Pixels, { channels, size: [height, width], resized }: ImageSource, target: Uint8Array): void {
  if (!resized && (image.height !== height || image.width !== width))
    throw new Error(`has ${image.width} x ${image.height} pixels, the first image has ${width} x ${height}; "size" makes all images equally large`);
  const planes = channels === 3 ? colour(image) : grey(image);
  if (image.height === height && image.width === width) return target.set(planes);
  const [cutHeight, cutWidth] = partOf(image, [height, width]);
  const part = cut(planes, channels, image, [cutHeight, cutWidth]);
  const result = resampler(channels, [cutHeight, cutWidth], [height, width])(part);
  for (let i = 0; i < target.length; i++) target[i] = Math.round(result[i]);
}

function colour({ width, height, data }: Pixels): Uint8Array {
  const size = width * height;
  const planes = new Uint8Array(3 * size);
  for (let c = 0, at = 0; c < 3; c++) for (let i = c; i < 4 * size; i += 4, at++) planes[at] = data[i];
  return planes;
}

/** Luma of ITU-R BT.601. */
function grey({ width, height, data }: Pixels): Uint8Array {
  const plane = new Uint8Array(width * height);
  for (let at = 0, i = 0; at < plane.length; at++, i += 4) plane[at] = Math.round(0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2]);
  return plane;
}

function cut(planes: Uint8Array, channels: number, { width, height }: Pixels, [newHeight, newWidth]: [number, number]): Uint8Array {
  const top = (height - newHeight) >> 1;
  const left = (width - newWidth) >> 1;
  const result = new Uint8Array(channels * newHeight * newWidth);
  for (let c = 0, at = 0; c < channels; c++) {
    for (let y = 0; y < newHeight; y++, at += newWidth) {
      const from = (c * height + top + y) * width + left;
      result.set(planes.subarray(from, from + newWidth), at);
    }
  }
  return result;
}
