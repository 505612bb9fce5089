import { crc32, deflateSync } from 'node:zlib';

/** An 8-bit PNG (ISO/IEC 15948) of [height, width] grey values or [3, height, width] colours, each image stretched to its own range. */
export function png(values: ArrayLike<number>, channels: 1 | 3, height: number, width: number): Buffer {
  const list = Array.from({ length: channels * height * width }, (_, i) => values[i]);
  const [low, high] = [list.reduce((a, b) => Math.min(a, b)), list.reduce((a, b) => Math.max(a, b))];
  const byte = (value: number): number => Math.round((255 * (value - low)) / (high - low || 1));
  const rows = Buffer.alloc(height * (1 + channels * width));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) rows[y * (1 + channels * width) + 1 + x * channels + c] = byte(list[(c * height + y) * width + x]);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
