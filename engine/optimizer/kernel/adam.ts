import { clearPadding, clip, isClipped, lerp } from './lanes';
import { clearTotals, measureAfter, measureBefore, measureSecond, scan } from './measure';
import { BLOCK, ROOT, UPDATE } from './memory';

/**
 * torch.optim.Adam and AdamW for one parameter (Kingma & Ba 2015; Loshchilov & Hutter 2019), operation for operation as the
 * single-tensor implementation. `maximum` is 0 without AMSGrad; `decay` is 1 - lr weightDecay for AdamW, else 1.
 * `floor` is the least second moment that `Total.relative` divides by.
 */
export function adam(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool,
  first: usize, second: usize, maximum: usize,
  weightDecay: f32, decay: f32, firstRate: f32, beta2: f32, secondRate: f32,
  stepSize: f32, rootCorrection: f32, epsilon: f32, floor: f32,
): void {
  const scales = f32x4.splat(scale), high = f32x4.splat(limit), low = f32x4.splat(-limit), decays = f32x4.splat(decay), weightDecays = f32x4.splat(weightDecay);
  const beta2s = f32x4.splat(beta2), secondRates = f32x4.splat(secondRate);
  const stepSizes = f32x4.splat(stepSize), rootCorrections = f32x4.splat(rootCorrection), epsilons = f32x4.splat(epsilon);
  const denominator = maximum ? maximum : second;
  const clipped = isClipped(scale, limit);
  const c = f32.load(weight);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, m = first + start, v = second + start;
    scan(g, bytes);
    if (measured) measureBefore(g, w, m, bytes, c);
    for (let i: usize = 0; i < bytes; i += 16) {
      let value = v128.load(w + i), slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      if (weightDecay !== 0) slope = f32x4.add(slope, f32x4.mul(weightDecays, value));
      if (decay !== 1) value = f32x4.mul(value, decays);
      const moment = lerp(v128.load(m + i), slope, firstRate);
      let square = f32x4.add(f32x4.mul(v128.load(v + i), beta2s), f32x4.mul(f32x4.mul(secondRates, slope), slope));
      v128.store(m + i, moment);
      v128.store(v + i, square);
      if (maximum) {
        square = f32x4.max(v128.load(maximum + start + i), square);
        v128.store(maximum + start + i, square);
      }
      const root = f32x4.add(f32x4.div(f32x4.sqrt(square), rootCorrections), epsilons);
      v128.store(ROOT + i, root);
      const update = f32x4.div(f32x4.mul(stepSizes, moment), root);
      v128.store(UPDATE + i, update);
      v128.store(w + i, f32x4.sub(value, update));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      clearPadding(m, elements);
      clearPadding(v, elements);
      if (maximum) clearPadding(maximum + start, elements);
      clearPadding(UPDATE, elements);
    }
    if (measured) {
      measureAfter(g, m, denominator + start, bytes);
      measureSecond(g, denominator + start, bytes, scale, limit, floor);
    }
  }
}
