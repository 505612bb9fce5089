import { clearPadding, clip, flag, isClipped, lerp, splat } from './lanes';
import { clearTotals, measureAfter, measureBefore, scan } from './measure';
import { BLOCK, UPDATE } from './memory';

/** torch.optim.RMSprop for one parameter. `average` (of g) is 0 unless centered, `buffer` is 0 without momentum. */
export function rmsprop(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, center: f32,
  second: usize, average: usize, buffer: usize,
  learningRate: f32, weightDecay: f32, alpha: f32, rate: f32, momentum: f32, epsilon: f32,
): void {
  const scales = splat(scale), high = splat(limit), low = splat(-limit), weightDecays = splat(weightDecay);
  const alphas = splat(alpha), rates = splat(rate), rests = splat(<f32>1 - rate), momenta = splat(momentum);
  const epsilons = splat(epsilon), learningRates = splat(learningRate);
  const first = buffer ? buffer : average;
  const clipped = flag(isClipped(scale, limit)), decayed = flag(weightDecay !== 0), near = flag(rate < 0.5);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, v = second + start;
    const a = average ? average + start : 0, b = buffer ? buffer + start : 0, m = first ? first + start : 0;
    scan(g, bytes);
    if (measured) measureBefore(g, w, m, bytes, center);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(w + i);
      let slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      if (decayed) slope = f32x4.add(slope, f32x4.mul(weightDecays, value));
      const square = f32x4.add(f32x4.mul(v128.load(v + i), alphas), f32x4.mul(f32x4.mul(rates, slope), slope));
      v128.store(v + i, square);
      let variance = square;
      if (a) {
        const mean = lerp(v128.load(a + i), slope, near, rates, rests);
        v128.store(a + i, mean);
        variance = f32x4.sub(square, f32x4.mul(mean, mean));
      }
      const root = f32x4.add(f32x4.sqrt(variance), epsilons);
      let update: v128;
      if (b) {
        const moment = f32x4.add(f32x4.mul(v128.load(b + i), momenta), f32x4.div(slope, root));
        v128.store(b + i, moment);
        update = f32x4.mul(learningRates, moment);
      } else {
        update = f32x4.div(f32x4.mul(learningRates, slope), root);
      }
      v128.store(UPDATE + i, update);
      v128.store(w + i, f32x4.sub(value, update));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      clearPadding(v, elements);
      if (a) clearPadding(a, elements);
      if (b) clearPadding(b, elements);
      clearPadding(UPDATE, elements);
    }
    if (measured) measureAfter(g, m, v, bytes);
  }
}
