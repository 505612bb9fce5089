import { clearPadding, clip, isClipped } from './lanes';
import { clearTotals, measureAfter, measureBefore, scan } from './measure';
import { BLOCK, UPDATE } from './memory';

/** torch.optim.SGD for one parameter. `buffer` is 0 without momentum; `fresh` is true at the first step, which fills the buffer. */
export function sgd(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool,
  buffer: usize, fresh: bool, learningRate: f32, weightDecay: f32, momentum: f32, gradientRate: f32, nesterov: bool,
): void {
  const scales = f32x4.splat(scale), high = f32x4.splat(limit), low = f32x4.splat(-limit), weightDecays = f32x4.splat(weightDecay);
  const momenta = f32x4.splat(momentum), gradientRates = f32x4.splat(gradientRate), learningRates = f32x4.splat(learningRate);
  const clipped = isClipped(scale, limit);
  const c = f32.load(weight);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, b = buffer ? buffer + start : 0;
    scan(g, bytes);
    if (measured) measureBefore(g, w, b, bytes, c);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(w + i);
      let slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      if (weightDecay !== 0) slope = f32x4.add(slope, f32x4.mul(weightDecays, value));
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
