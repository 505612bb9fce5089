/**
 * Counter-based random numbers (Philox4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a value depends
 * only on (seed, place, step, index), so that a resumed run draws exactly what the uninterrupted one would have drawn.
 */
export class Random {
  private readonly key: [number, number];
  private readonly step: number;
  private block = 0;
  private buffer: number[] = [];

  /** `place` names what draws ("shuffle", "initialize/conv1.weight"); `step` is the epoch or step it draws for, `item` the sample. */
  constructor(seed: number, place: string, step = 0, private readonly item = 0) {
    this.key = [seed >>> 0, hash(place)];
    this.step = step;
  }

  /** An unsigned 32-bit integer. */
  next(): number {
    if (this.buffer.length === 0) this.buffer = philox([this.block++, this.step >>> 0, this.item >>> 0, 0], this.key);
    return this.buffer.pop()!;
  }

  /** In [0, 1), 53 bits. */
  uniform(): number {
    return ((this.next() >>> 5) * 67108864 + (this.next() >>> 6)) / 9007199254740992;
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Natural logarithm of a gamma variate with scale 1 (Marsaglia & Tsang 2000; below shape 1 by their last section), which does not underflow for small shapes. */
  logGamma(shape: number): number {
    if (shape < 1) return this.logGamma(shape + 1) + Math.log(1 - this.uniform()) / shape;
    const d = shape - 1 / 3;
    for (;;) {
      const x = this.normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < x * x / 2 + d - d * v + d * Math.log(v)) return Math.log(d * v);
    }
  }

  /** Beta distributed with both parameters `shape`: X / (X + Y) of two gamma variates. */
  beta(shape: number): number {
    return 1 / (1 + Math.exp(-this.logGamma(shape) + this.logGamma(shape)));
  }

  /** In [0, bound), without modulo bias (Lemire 2019); bound is below 2^32. */
  below(bound: number): number {
    const rejected = 4294967296 % bound;
    for (;;) {
      const [high, low] = multiply(this.next(), bound);
      if (low >= rejected) return high;
    }
  }

  /** A permutation of 0..n-1 (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  }
}

/** FNV-1a. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function philox(counter: number[], key: [number, number]): number[] {
  let [a, b, c, d] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiply(0xd2511f53, a);
    const [high1, low1] = multiply(0xcd9e8d57, c);
    [a, b, c, d] = [(high1 ^ b ^ k0) >>> 0, low1, (high0 ^ d ^ k1) >>> 0, low0];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [a, b, c, d];
}

/** The 64-bit product of two unsigned 32-bit integers as [high, low]. */
function multiply(x: number, y: number): [number, number] {
  const xl = x & 0xffff, xh = x >>> 16, yl = y & 0xffff, yh = y >>> 16;
  const low = xl * yl;
  const middle = xh * yl + (low >>> 16);
  const middle2 = xl * yh + (middle & 0xffff);
  const high = xh * yh + Math.floor(middle / 65536) + (middle2 >>> 16);
  return [high >>> 0, Math.imul(x, y) >>> 0];
}
