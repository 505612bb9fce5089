/** Decoders of Squoosh as WebAssembly (mozjpeg, image-png, libwebp): the same bytes give the same pixels on every machine. */
import { initEmscriptenModule } from '@jsquash/jpeg/utils.js';
import createJpeg from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import jpegWasm from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import createPng, { decode as decodePng } from '@jsquash/png/codec/pkg/squoosh_png.js';
import * as pngBytes from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';
import createWebp from '@jsquash/webp/codec/dec/webp_dec.js';
import webpWasm from '@jsquash/webp/codec/dec/webp_dec.wasm';
import { type ImageFormat, readHeader } from './header';

/** Red, green, blue and alpha of each pixel, row by row. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The package types the module as what it exports when instantiated. */
const pngWasm = (pngBytes as unknown as { default: Uint8Array }).default;

type Decode = (bytes: Uint8Array) => Pixels | null | undefined;

let decoders: Record<ImageFormat, Decode> | undefined;
/** What the decoders complained of since the last image. */
const complaints: string[] = [];

/** What the browser has and the decoders make. */
class DecodedImage implements Pixels {
  constructor(readonly data: Uint8ClampedArray, readonly width: number, readonly height: number) {}
}

/** To be awaited once in every thread that decodes. */
export async function prepareDecoders(): Promise<void> {
  if (decoders) return;
  (globalThis as { ImageData?: unknown }).ImageData ??= DecodedImage;
  const printErr = (line: string): void => void complaints.push(line);
  const compile = (bytes: Uint8Array): Promise<WebAssembly.Module> => WebAssembly.compile(bytes as BufferSource);
  const [jpeg, webp] = await Promise.all([
    initEmscriptenModule(createJpeg, await compile(jpegWasm), { printErr }),
    initEmscriptenModule(createWebp, await compile(webpWasm), { printErr }),
    createPng(await compile(pngWasm)),
  ]);
  decoders = {
    jpeg: (bytes) => jpeg.decode(bytes as never, true),
    png: (bytes) => decodePng(bytes),
    webp: (bytes) => webp.decode(bytes as never),
  };
}

/** Throws an Error with half a sentence ("is cut off") where the bytes are no whole image. */
export function decodeImage(bytes: Uint8Array): Pixels {
  const { format, width, height } = readHeader(bytes);
  complaints.length = 0;
  let pixels: Pixels | null | undefined;
  try {
    pixels = decoders![format](bytes);
  } catch {
    pixels = undefined;
  }
  if (complaints.some((line) => /premature end/i.test(line))) throw new Error(`is cut off: the ${format} data ends too early`);
  if (!pixels) throw new Error(`is damaged: the ${format} data cannot be decoded`);
  // Width and height change places where the image was turned by its orientation tag.
  if (pixels.width * pixels.height !== width * height) throw new Error(`is damaged: ${width} x ${height} pixels are declared, ${pixels.width} x ${pixels.height} decoded`);
  return pixels;
}
