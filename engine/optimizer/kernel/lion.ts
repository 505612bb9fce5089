import { clearPadding, clip, flag, isClipped, lerp, splat } from './lanes';
import { clearTotals, measureAfter, measureBefore, scan } from './measure';
import { BLOCK, UPDATE } from './memory';

/** Lion for one parameter (Chen et al. 2023, algorithm 2): the sign of a gradient mixed into its running mean; `decay` is 1 - lr weightDecay. */
export function lion(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, center: f32,
  first: usize, decay: f32, learningRate: f32, mixRate: f32, firstRate: f32,
): void {
  const scales = splat(scale), high = splat(limit), low = splat(-limit), decays = splat(decay), zero = f32x4.splat(0);
  const mixes = splat(mixRate), mixRests = splat(<f32>1 - mixRate), rates = splat(firstRate), rests = splat(<f32>1 - firstRate);
  const up = splat(learningRate), down = splat(-learningRate);
  const clipped = flag(isClipped(scale, limit)), mixNear = flag(mixRate < 0.5), near = flag(firstRate < 0.5);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, m = first + start;
    scan(g, bytes);
    if (measured) measureBefore(g, w, m, bytes, center);
    for (let i: usize = 0; i < bytes; i += 16) {
      const moment = v128.load(m + i);
      let slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      const mixed = lerp(moment, slope, mixNear, mixes, mixRests);
      v128.store(m + i, lerp(moment, slope, near, rates, rests));
      // sign(NaN) is NaN: what is not a number must not look like a step.
      const sign = v128.or(v128.and(f32x4.gt(mixed, zero), up), v128.and(f32x4.lt(mixed, zero), down));
      const update = v128.bitselect(sign, mixed, f32x4.eq(mixed, mixed));
      v128.store(UPDATE + i, update);
      v128.store(w + i, f32x4.sub(f32x4.mul(v128.load(w + i), decays), update));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      clearPadding(m, elements);
      clearPadding(UPDATE, elements);
    }
    if (measured) measureAfter(g, m, 0, bytes);
  }
}
