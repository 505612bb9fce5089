import { MessageChannel } from 'node:worker_threads';

/** Bytes; less is left to the garbage collector: its pages are used again for the next step, where the system would have to give new ones. */
const worthwhile = 1 << 24;

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
