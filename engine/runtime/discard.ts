import { MessageChannel } from 'node:worker_threads';

/** Less than this is left to the garbage collector. */
const worthwhile = 1 << 16;

let closed: MessageChannel['port1'] | undefined;

/**
 * Gives the memory of arrays back at once; they are empty afterwards. The garbage collector would come for them when they are many, and a gradient of
 * hundreds of megabytes in every step would fill the machine first. What is transferred to a closed port is freed with the message.
 */
export function discard(arrays: readonly ArrayBufferView[]): void {
  const buffers = arrays.filter(({ byteLength }) => byteLength >= worthwhile).map(({ buffer }) => buffer as ArrayBuffer);
  if (buffers.length === 0) return;
  if (!closed) {
    closed = new MessageChannel().port1;
    closed.close();
  }
  closed.postMessage(undefined, buffers);
}
