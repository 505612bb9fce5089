import { mostBlocks, philox } from './philox';

/**
 * Counter-based random numbers (Philox4x32-10; Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a value depends
 * only on (seed, place, step, index), so that a resumed run draws exactly what the uninterrupted one would have drawn.
 */
export class Random {
  private readonly key: [number, number];
  private readonly step: number;
  /** Blocks drawn so far; whoever draws much gets ever more of them at once. */
  private block = 0;
  private buffer: Uint32Array = new Uint32Array(0);
  private at = 0;

  /** `place` names what draws ("shuffle", "initialize/conv1.weight"); `step` is the epoch or step it draws for, `item` the sample. */
  constructor(seed: number, place: string, step = 0, private readonly item = 0) {
    this.key = [seed >>> 0, hash(place)];
    this.step = step;
  }

  /** An unsigned 32-bit integer. */
  next(): number {
    if (this.at === this.buffer.length) {
      const blocks = Math.min(mostBlocks, Math.max(1, this.block));
      this.buffer = philox(blocks, this.block, this.step, this.item, this.key);
      this.block += blocks;
      this.at = 0;
    }
    return this.buffer[this.at++];
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
      const x = this.next();
      const low = Math.imul(x, bound) >>> 0;
      // A double holds the product to within 2^10: what is left of a multiple of 2^32 is rounded away.
      if (low >= rejected) return Math.round((x * bound - low) / 4294967296);
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
