/** Images for tests: PNG written out byte by byte, JPEG and WebP by Squoosh's encoders. */
import { deflateSync, crc32 } from 'node:zlib';
import encodeJpeg, { init as initJpeg } from '@jsquash/jpeg/encode.js';
import jpegWasm from '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm';
import encodeWebp, { init as initWebp } from '@jsquash/webp/encode.js';
import webpWasm from '@jsquash/webp/codec/enc/webp_enc.wasm';

export interface Picture {
  width: number;
  height: number;
  /** Red, green, blue of each pixel. */
  data: Uint8Array;
}

/** A picture of a colour for each pixel. */
export const picture = (width: number, height: number, colour: (x: number, y: number) => [number, number, number]): Picture =>
  ({ width, height, data: Uint8Array.from(Array.from({ length: width * height }, (_, i) => colour(i % width, Math.floor(i / width))).flat()) });

const chunk = (name: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
};

/** 8 bits, colour type 2, no filter. `declared`: the size that the header claims. */
export function png({ width, height, data }: Picture, declared: [number, number] = [width, height]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(declared[0], 0);
  header.writeUInt32BE(declared[1], 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Array.from({ length: height }, (_, y) => Buffer.concat([Buffer.from([0]), data.subarray(3 * y * width, 3 * (y + 1) * width)]));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', new Uint8Array())]);
}

const rgba = ({ width, height, data }: Picture) => ({ width, height, colorSpace: 'srgb' as const, data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : data[3 * (i >> 2) + (i % 4)])) });

export async function jpeg(image: Picture): Promise<Uint8Array> {
  await initJpeg(await WebAssembly.compile(jpegWasm as BufferSource));
  return new Uint8Array(await encodeJpeg(rgba(image) as never, { quality: 95 }));
}

export async function webp(image: Picture): Promise<Uint8Array> {
  await initWebp(await WebAssembly.compile(webpWasm as BufferSource));
  return new Uint8Array(await encodeWebp(rgba(image) as never, { lossless: 1, exact: 1 }));
}
