/** Format and size of an image from its first bytes: known before memory is asked for. */

export type ImageFormat = 'png' | 'jpeg' | 'webp';

export interface ImageHeader {
  format: ImageFormat;
  width: number;
  height: number;
}

/** Most pixels of an image that is decoded: 4 bytes each. */
const mostPixels = 1 << 26;

/** Throws an Error with half a sentence where the bytes are no image, or one too large. */
export function readHeader(bytes: Uint8Array): ImageHeader {
  if (bytes.length === 0) throw new Error('is empty');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  const header = attempt(() => {
    if (text(0, 8) === '\x89PNG\r\n\x1a\n') return { format: 'png' as const, width: view.getUint32(16), height: view.getUint32(20) };
    if (view.getUint16(0) === 0xffd8) return { format: 'jpeg' as const, ...jpegSize(view) };
    if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return { format: 'webp' as const, ...webpSize(view, text(12, 16)) };
    return undefined;
  });
  if (!header) throw new Error('is no PNG, JPEG or WebP image');
  const { format, width, height } = header;
  if (width === 0 || height === 0) throw new Error(`is a ${format} image of ${width} x ${height} pixels`);
  if (width * height > mostPixels) throw new Error(`declares ${width} x ${height} pixels; at most ${mostPixels} are decoded`);
  return header;
}

/** Reading beyond the end is what a cut header leads to. */
function attempt<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw new Error('ends inside its header');
  }
}

/** Segments up to the frame header (SOF0 to SOF15 without DHT, JPG and DAC; ITU T.81, B.2.2). */
function jpegSize(view: DataView): { width: number; height: number } {
  for (let at = 2; ;) {
    const marker = view.getUint16(at);
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    if (marker < 0xff00) throw new Error('no marker');
    at += marker === 0xffff ? 1 : marker === 0xff01 || (marker >= 0xffd0 && marker <= 0xffd8) ? 2 : 2 + view.getUint16(at + 2);
  }
}

/** https://developers.google.com/speed/webp/docs/riff_container */
function webpSize(view: DataView, chunk: string): { width: number; height: number } {
  if (chunk === 'VP8X') return { width: 1 + (view.getUint32(24, true) & 0xffffff), height: 1 + (view.getUint32(26, true) >>> 8 & 0xffffff) };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}
