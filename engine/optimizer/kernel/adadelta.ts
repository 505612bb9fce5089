import { clearPadding, clip, flag, isClipped, splat } from './lanes';
import { clearTotals, measureAfter, measureBefore, scan } from './measure';
import { BLOCK, UPDATE } from './memory';

/** torch.optim.Adadelta for one parameter (Zeiler 2012); `delta` is the running mean of the squared updates. */
export function adadelta(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, center: f32,
  second: usize, delta: usize, learningRate: f32, weightDecay: f32, rho: f32, rate: f32, epsilon: f32,
): void {
  const scales = splat(scale), high = splat(limit), low = splat(-limit), weightDecays = splat(weightDecay);
  const rhos = splat(rho), rates = splat(rate), epsilons = splat(epsilon), learningRates = splat(learningRate);
  const clipped = flag(isClipped(scale, limit)), decayed = flag(weightDecay !== 0);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, v = second + start, d = delta + start;
    scan(g, bytes);
    if (measured) measureBefore(g, w, 0, bytes, center);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(w + i), last = v128.load(d + i);
      let slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      if (decayed) slope = f32x4.add(slope, f32x4.mul(weightDecays, value));
      const square = f32x4.add(f32x4.mul(v128.load(v + i), rhos), f32x4.mul(f32x4.mul(rates, slope), slope));
      const root = f32x4.sqrt(f32x4.add(square, epsilons));
      const change = f32x4.mul(f32x4.div(f32x4.sqrt(f32x4.add(last, epsilons)), root), slope);
      v128.store(v + i, square);
      v128.store(d + i, f32x4.add(f32x4.mul(last, rhos), f32x4.mul(f32x4.mul(rates, change), change)));
      const update = f32x4.mul(learningRates, change);
      v128.store(UPDATE + i, update);
      v128.store(w + i, f32x4.sub(value, update));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      clearPadding(v, elements);
      clearPadding(d, elements);
      clearPadding(UPDATE, elements);
    }
    if (measured) measureAfter(g, 0, v, bytes);
  }
}
