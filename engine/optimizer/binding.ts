import { kernelWasm } from './generated/kernel';

/** Arguments that every update starts with: addresses in bytes, elements, the clipping, whether to fill the totals, and a number near the weights. */
export type Common = readonly [weight: number, gradient: number, length: number, scale: number, limit: number, measured: boolean, center: number];

/** What engine/optimizer/kernel exports; addresses are bytes from the start of its memory, 0 for an array that is not there. */
export interface Kernel {
  adam(
    ...o: [
      ...Common, first: number, second: number, maximum: number,
      weightDecay: number, decay: number, firstRate: number, beta2: number, secondRate: number,
      stepSize: number, gradientSize: number, rootScale: number, epsilon: number, floor: number,
    ]
  ): void;
  adamax(...o: [...Common, first: number, infinity: number, weightDecay: number, firstRate: number, beta2: number, stepSize: number, epsilon: number]): void;
  adadelta(...o: [...Common, second: number, delta: number, learningRate: number, weightDecay: number, rho: number, rate: number, epsilon: number]): void;
  lion(...o: [...Common, first: number, decay: number, learningRate: number, mixRate: number, firstRate: number]): void;
  /** The first of two passes: renews the moments and sums what the size of the step follows from. */
  moments(...o: [...Common, first: number, second: number, firstRate: number, beta2: number, secondRate: number, ...direction: Direction]): void;
  /** The second: takes the step. */
  descend(
    ...o: [
      weight: number, gradient: number, length: number, scale: number, limit: number, measured: boolean,
      first: number, second: number, decay: number, stepSize: number, ...direction: Direction,
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
  /** target = a x + b y. */
  combine(target: number, a: number, x: number, b: number, y: number, length: number): void;
  /** sum x y. */
  dot(x: number, y: number, length: number): number;
  /** Adds the gradient of the penalty l1 |w| + l2 / 2 w^2. */
  penalize(gradient: number, weight: number, length: number, l1: number, l2: number): void;
  /** Totals of a step from the weights `before` it to those of now. */
  measureStep(weight: number, gradient: number, length: number, measured: boolean, center: number, before: number): void;
}

/** The direction m momentSize / (rootScale sqrt(v) + epsilon) + weightDecay w. */
type Direction = [weightDecay: number, momentSize: number, rootScale: number, epsilon: number, floor: number];

let compiled: Promise<WebAssembly.Module> | undefined;

export async function loadKernel(memory: WebAssembly.Memory): Promise<Kernel> {
  compiled ??= WebAssembly.compile(Buffer.from(kernelWasm, 'base64'));
  const instance = await WebAssembly.instantiate(await compiled, { env: { memory } });
  return instance.exports as unknown as Kernel;
}
