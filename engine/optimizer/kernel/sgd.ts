import { clearPadding, clip, flag, isClipped, splat } from './lanes';
import { clearTotals, measureAfter, measureBefore, scan } from './measure';
import { BLOCK, UPDATE } from './memory';

/** torch.optim.SGD for one parameter. `buffer` is 0 without momentum; `fresh` is true at the first step, which fills the buffer. */
export function sgd(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, center: f32,
  buffer: usize, fresh: bool, learningRate: f32, weightDecay: f32, momentum: f32, gradientRate: f32, nesterov: bool,
): void {
  const scales = splat(scale), high = splat(limit), low = splat(-limit), weightDecays = splat(weightDecay);
  const momenta = splat(momentum), gradientRates = splat(gradientRate), learningRates = splat(learningRate);
  const clipped = flag(isClipped(scale, limit)), decayed = flag(weightDecay !== 0);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, b = buffer ? buffer + start : 0;
    scan(g, bytes);
    if (measured) measureBefore(g, w, b, bytes, center);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(w + i);
      let slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      if (decayed) slope = f32x4.add(slope, f32x4.mul(weightDecays, value));
      if (b) {
        const moment = fresh ? slope : f32x4.add(f32x4.mul(v128.load(b + i), momenta), f32x4.mul(gradientRates, slope));
        v128.store(b + i, moment);
        slope = nesterov ? f32x4.add(slope, f32x4.mul(momenta, moment)) : moment;
      }
      const update = f32x4.mul(learningRates, slope);
      v128.store(UPDATE + i, update);
      v128.store(w + i, f32x4.sub(value, update));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      if (b) clearPadding(b, elements);
      clearPadding(UPDATE, elements);
    }
    if (measured) measureAfter(g, b, 0, bytes);
  }
}
