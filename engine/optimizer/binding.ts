import { kernelWasm } from './generated/kernel';

/** Arguments that every update starts with: addresses in bytes, elements, the clipping, whether to fill the totals, and a number near the weights. */
export type Common = readonly [weight: number, gradient: number, length: number, scale: number, limit: number, measured: boolean, center: number];

/** What engine/optimizer/kernel exports; addresses are bytes from the start of its memory, 0 for an array that is not there. */
export interface Kernel {
  adam(
    ...o: [
      ...Common, first: number, second: number, maximum: number,
      weightDecay: number, decay: number, firstRate: number, beta2: number, secondRate: number,
      stepSize: number, rootCorrection: number, epsilon: number, floor: number,
    ]
  ): void;
  sgd(
    ...o: [
      ...Common, buffer: number, fresh: boolean,
      learningRate: number, weightDecay: number, momentum: number, gradientRate: number, nesterov: boolean,
    ]
  ): void;
  rmsprop(
    ...o: [
      ...Common, second: number, average: number, buffer: number,
      learningRate: number, weightDecay: number, alpha: number, rate: number, momentum: number, epsilon: number,
    ]
  ): void;
  adagrad(...o: [...Common, sum: number, learningRate: number, weightDecay: number, epsilon: number]): void;
  /** sum g^2 of one array. */
  gradientSquares(gradient: number, length: number): number;
}

let compiled: Promise<WebAssembly.Module> | undefined;

export async function loadKernel(memory: WebAssembly.Memory): Promise<Kernel> {
  compiled ??= WebAssembly.compile(Buffer.from(kernelWasm, 'base64'));
  const instance = await WebAssembly.instantiate(await compiled, { env: { memory } });
  return instance.exports as unknown as Kernel;
}
