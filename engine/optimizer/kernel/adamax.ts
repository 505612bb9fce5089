import { clearPadding, clip, flag, isClipped, lerp, magnitudeMask, splat } from './lanes';
import { addSquares, clearTotals, measureAfter, measureBefore, scan } from './measure';
import { BLOCK, Total, UPDATE } from './memory';

/** torch.optim.Adamax for one parameter (Kingma & Ba 2015, section 7.1); `infinity` is the decaying maximum of |g|. */
export function adamax(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, center: f32,
  first: usize, infinity: usize, weightDecay: f32, firstRate: f32, beta2: f32, stepSize: f32, epsilon: f32,
): void {
  const scales = splat(scale), high = splat(limit), low = splat(-limit), weightDecays = splat(weightDecay), magnitude = magnitudeMask();
  const rates = splat(firstRate), rests = splat(<f32>1 - firstRate), beta2s = splat(beta2), stepSizes = splat(stepSize), epsilons = splat(epsilon);
  const clipped = flag(isClipped(scale, limit)), decayed = flag(weightDecay !== 0), near = flag(firstRate < 0.5);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, m = first + start, x = infinity + start;
    scan(g, bytes);
    if (measured) measureBefore(g, w, m, bytes, center);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(w + i);
      let slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      if (decayed) slope = f32x4.add(slope, f32x4.mul(weightDecays, value));
      const moment = lerp(v128.load(m + i), slope, near, rates, rests);
      const largest = f32x4.max(f32x4.mul(v128.load(x + i), beta2s), f32x4.add(v128.and(slope, magnitude), epsilons));
      v128.store(m + i, moment);
      v128.store(x + i, largest);
      const update = f32x4.div(f32x4.mul(stepSizes, moment), largest);
      v128.store(UPDATE + i, update);
      v128.store(w + i, f32x4.sub(value, update));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      clearPadding(m, elements);
      clearPadding(x, elements);
      clearPadding(UPDATE, elements);
    }
    if (measured) {
      measureAfter(g, m, 0, bytes);
      addSquares(Total.second, x, bytes);
    }
  }
}
