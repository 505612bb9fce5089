import { clearPadding, clip, flag, isClipped, lerp, splat } from './lanes';
import { clearTotals, measureAfter, measureBefore, measureSecond, scan } from './measure';
import { BLOCK, INVERSE, UPDATE } from './memory';

/**
 * torch.optim.Adam, AdamW, NAdam and RAdam for one parameter (Kingma & Ba 2015; Loshchilov & Hutter 2019; Dozat 2016; Liu et al. 2020),
 * operation for operation as the single-tensor implementation but for one: torch divides by the root, here the update is multiplied by its
 * reciprocal, which is measured as well. `maximum` is 0 without AMSGrad; `decay` is 1 - lr weightDecay where that is decoupled, else 1.
 * `gradientSize` is what of the gradient itself enters the step (NAdam), 0 elsewhere. With a `rootCorrection` of Infinity and an `epsilon`
 * of 1 nothing divides the update (RAdam's first steps). `floor` is the least second moment that `Total.relative` divides by.
 */
export function adam(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, center: f32,
  first: usize, second: usize, maximum: usize,
  weightDecay: f32, decay: f32, firstRate: f32, beta2: f32, secondRate: f32,
  stepSize: f32, gradientSize: f32, rootCorrection: f32, epsilon: f32, floor: f32,
): void {
  const scales = splat(scale), high = splat(limit), low = splat(-limit), decays = splat(decay), weightDecays = splat(weightDecay);
  const rates = splat(firstRate), rests = splat(<f32>1 - firstRate), beta2s = splat(beta2), secondRates = splat(secondRate);
  const stepSizes = splat(stepSize), gradientSizes = splat(gradientSize), rootCorrections = splat(rootCorrection), epsilons = splat(epsilon), one = splat(1);
  const clipped = flag(isClipped(scale, limit)), decayed = flag(weightDecay !== 0), decoupled = flag(decay !== 1), near = flag(firstRate < 0.5), direct = flag(gradientSize !== 0);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, m = first + start, v = second + start, x = maximum ? maximum + start : 0;
    scan(g, bytes);
    if (measured) measureBefore(g, w, m, bytes, center);
    for (let i: usize = 0; i < bytes; i += 16) {
      let value = v128.load(w + i), slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      if (decayed) slope = f32x4.add(slope, f32x4.mul(weightDecays, value));
      if (decoupled) value = f32x4.mul(value, decays);
      const moment = lerp(v128.load(m + i), slope, near, rates, rests);
      let square = f32x4.add(f32x4.mul(v128.load(v + i), beta2s), f32x4.mul(f32x4.mul(secondRates, slope), slope));
      v128.store(m + i, moment);
      v128.store(v + i, square);
      if (x) {
        square = f32x4.max(v128.load(x + i), square);
        v128.store(x + i, square);
      }
      const inverse = f32x4.div(one, f32x4.add(f32x4.div(f32x4.sqrt(square), rootCorrections), epsilons));
      v128.store(INVERSE + i, inverse);
      let numerator = f32x4.mul(stepSizes, moment);
      if (direct) numerator = f32x4.add(numerator, f32x4.mul(gradientSizes, slope));
      const update = f32x4.mul(numerator, inverse);
      v128.store(UPDATE + i, update);
      v128.store(w + i, f32x4.sub(value, update));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      clearPadding(m, elements);
      clearPadding(v, elements);
      if (x) clearPadding(x, elements);
      clearPadding(UPDATE, elements);
      clearPadding(INVERSE, elements);
    }
    if (measured) {
      measureAfter(g, m, 0, bytes);
      measureSecond(g, x ? x : v, bytes, scale, limit, floor);
    }
  }
}
