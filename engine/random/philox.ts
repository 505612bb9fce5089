import { kernelWasm } from './generated/kernel';

type Philox = (target: number, blocks: number, block: number, step: number, item: number, seed: number, place: number) => void;

const memory = new WebAssembly.Memory({ initial: 1 });
let kernel: Philox | undefined;

/** Blocks that are made at once at most. */
export const mostBlocks = 256;

/** The next numbers of a stream, four for each block of the counter. Small enough to be compiled where it is first needed, without waiting. */
export function philox(blocks: number, block: number, step: number, item: number, [seed, place]: readonly [number, number]): Uint32Array {
  kernel ??= new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(atob(kernelWasm), (byte) => byte.charCodeAt(0))), { env: { memory } }).exports.philox as Philox;
  kernel(0, blocks, block, step, item, seed, place);
  return new Uint32Array(memory.buffer, 0, 4 * blocks).slice();
}
