/**
 * The messages of an Arrow IPC stream: a marker of four 0xff, the length of the metadata, the metadata (a flatbuffer and padding), a body.
 * Each message is sealed: the last eight bytes of its padding, which other programs skip, are the CRC-32 of what comes before the body. Damaged
 * metadata must not reach a flatbuffer reader, which would follow its offsets and lengths anywhere.
 */
import { Message } from 'apache-arrow';
import { checksum } from './file';

const sealLength = 8;

/** A message as Arrow writes it, with its seal. */
export function seal(message: Uint8Array): Uint8Array {
  const source = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const length = source.readInt32LE(4);
  const head = Buffer.from(source.subarray(0, 8 + length));
  head.writeInt32LE(length + sealLength, 4);
  return Buffer.concat([head, Buffer.from(checksum(head)), source.subarray(8 + length)]);
}

export class Damage extends Error {}

/** Finds where the last whole message ends. `torn`: something that is not whole follows; `ended`: the end of the stream does. Throws Damage. */
export function walkMessages(bytes: Buffer): { end: number; torn: boolean; ended: boolean } {
  let at = 0;
  let batchLength = 0;
  while (at < bytes.length) {
    const torn = { end: at, torn: true, ended: false };
    if (bytes.length - at >= 4 && bytes.readInt32LE(at) !== -1) throw new Damage(`no message starts at byte ${at}`);
    if (bytes.length - at < 8) return torn;
    const length = bytes.readInt32LE(at + 4);
    if (length === 0) {
      if (bytes.length > at + 8) throw new Damage(`something follows its end at byte ${at}`);
      return { end: at, torn: false, ended: true };
    }
    if (length < sealLength || (batchLength > 0 && length !== batchLength)) throw new Damage(`the message at byte ${at} has no valid length`);
    const start = at + 8 + length;
    const size = start <= bytes.length ? bodyLength(bytes.subarray(at, start), at) : 0;
    if (start + size > bytes.length) {
      // The schema is written atomically, and nothing whole can follow a torn message.
      if (at === 0 || (batchLength > 0 && startsWithin(bytes, at + 8, batchLength))) throw new Damage(`the message at byte ${at} is not whole`);
      return torn;
    }
    if (at > 0) batchLength = length;
    at = start + size;
  }
  if (at === 0) throw new Damage('it is empty');
  return { end: at, torn: false, ended: false };
}

function bodyLength(head: Buffer, at: number): number {
  const sealed = head.length - sealLength;
  if (head.toString('latin1', sealed) !== checksum(head.subarray(0, sealed))) throw new Damage(`the message at byte ${at} does not have the checksum that it was written with`);
  return Message.decode(head.subarray(8)).bodyLength;
}

/** Whether another batch starts after `from`: all batches of a file have metadata of one length, which gives them away. */
function startsWithin(bytes: Buffer, from: number, length: number): boolean {
  for (let at = from; at + 8 <= bytes.length; at += 8) {
    if (bytes.readInt32LE(at) === -1 && bytes.readInt32LE(at + 4) === length) return true;
  }
  return false;
}
