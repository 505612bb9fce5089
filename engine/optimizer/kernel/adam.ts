import { addLanes, clearPadding, clip, flag, isClipped, lerp, splat, tailMask } from './lanes';
import { clearTotals, measureAfterAdam, measureBefore, scan } from './measure';
import { BLOCK, Total, UPDATE } from './memory';

/**
 * torch.optim.Adam, AdamW, NAdam and RAdam for one parameter (Kingma & Ba 2015; Loshchilov & Hutter 2019; Dozat 2016; Liu et al. 2020),
 * operation for operation as the single-tensor implementation but for two: torch divides by the root and the root by its correction, here both
 * are multiplied by reciprocals, of which one is the same for all elements: division and root are what the update takes its time for, and what it costs
 * is two roundings more, 6e-8 each. `maximum` is 0 without AMSGrad; `decay` is 1 - lr weightDecay where that is decoupled, else 1.
 * `gradientSize` is what of the gradient itself enters the step (NAdam), 0 elsewhere. With a `rootScale` of 0 and an `epsilon`
 * of 1 nothing divides the update (RAdam's first steps). `floor` is the least second moment that `Total.relative` divides by.
 */
export function adam(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, center: f32,
  first: usize, second: usize, maximum: usize,
  weightDecay: f32, decay: f32, firstRate: f32, beta2: f32, secondRate: f32,
  stepSize: f32, gradientSize: f32, rootScale: f32, epsilon: f32, floor: f32,
): void {
  const plain = !isClipped(scale, limit) && !maximum && weightDecay === 0 && firstRate < 0.5 && gradientSize === 0;
  if (plain && measured) pass(true, true, weight, gradient, length, scale, limit, center, first, second, maximum, weightDecay, decay, firstRate, beta2, secondRate, stepSize, gradientSize, rootScale, epsilon, floor);
  else if (plain) pass(true, false, weight, gradient, length, scale, limit, center, first, second, maximum, weightDecay, decay, firstRate, beta2, secondRate, stepSize, gradientSize, rootScale, epsilon, floor);
  else if (measured) pass(false, true, weight, gradient, length, scale, limit, center, first, second, maximum, weightDecay, decay, firstRate, beta2, secondRate, stepSize, gradientSize, rootScale, epsilon, floor);
  else pass(false, false, weight, gradient, length, scale, limit, center, first, second, maximum, weightDecay, decay, firstRate, beta2, secondRate, stepSize, gradientSize, rootScale, epsilon, floor);
}

/**
 * The one definition, compiled for each value of its first two arguments: `plain` is the usual case, without clipping and whatever else is tested for. The tests, and constants that
 * no longer find room in registers, would keep the divider waiting; two vectors at a time fill it.
 */
// @ts-ignore: decorator
@inline
function pass(
  plain: bool, measured: bool, weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, center: f32,
  first: usize, second: usize, maximum: usize,
  weightDecay: f32, decay: f32, firstRate: f32, beta2: f32, secondRate: f32,
  stepSize: f32, gradientSize: f32, rootScale: f32, epsilon: f32, floor: f32,
): void {
  const scales = splat(scale), high = splat(limit), low = splat(-limit), decays = splat(decay), weightDecays = splat(weightDecay);
  const rates = splat(firstRate), rests = splat(<f32>1 - firstRate), beta2s = splat(beta2), secondRates = splat(secondRate);
  const stepSizes = splat(stepSize), gradientSizes = splat(gradientSize), rootScales = splat(rootScale), epsilons = splat(epsilon), one = splat(1), zero = f32x4.splat(0);
  const clipped = flag(isClipped(scale, limit)), decayed = flag(weightDecay !== 0), near = flag(firstRate < 0.5), direct = flag(gradientSize !== 0);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, m = first + start, v = second + start, x = !plain && maximum ? maximum + start : 0;
    scan(g, bytes);
    if (measured) measureBefore(g, w, m, bytes, center);
    let inverse = zero;
    for (let i: usize = 0; i < bytes; i += 32) {
      const wi = w + i, gi = g + i, mi = m + i, vi = v + i;
      let value0 = v128.load(wi), slope0 = v128.load(gi);
      let value1 = v128.load(wi, 16), slope1 = v128.load(gi, 16);
      if (!plain && clipped) {
        slope0 = clip(slope0, scales, high, low);
        slope1 = clip(slope1, scales, high, low);
      }
      if (!plain && decayed) {
        slope0 = f32x4.add(slope0, f32x4.mul(weightDecays, value0));
        slope1 = f32x4.add(slope1, f32x4.mul(weightDecays, value1));
      }
      value0 = f32x4.mul(value0, decays);
      value1 = f32x4.mul(value1, decays);
      const moment0 = lerp(v128.load(mi), slope0, plain ? 1 : near, rates, rests);
      const moment1 = lerp(v128.load(mi, 16), slope1, plain ? 1 : near, rates, rests);
      let square0 = f32x4.add(f32x4.mul(v128.load(vi), beta2s), f32x4.mul(f32x4.mul(secondRates, slope0), slope0));
      let square1 = f32x4.add(f32x4.mul(v128.load(vi, 16), beta2s), f32x4.mul(f32x4.mul(secondRates, slope1), slope1));
      v128.store(mi, moment0);
      v128.store(mi, moment1, 16);
      v128.store(vi, square0);
      v128.store(vi, square1, 16);
      if (x) {
        square0 = f32x4.max(v128.load(x + i), square0);
        square1 = f32x4.max(v128.load(x + i, 16), square1);
        v128.store(x + i, square0);
        v128.store(x + i, square1, 16);
      }
      let inverse0 = f32x4.div(one, f32x4.add(f32x4.mul(f32x4.sqrt(square0), rootScales), epsilons));
      let inverse1 = f32x4.div(one, f32x4.add(f32x4.mul(f32x4.sqrt(square1), rootScales), epsilons));
      let numerator0 = f32x4.mul(stepSizes, moment0), numerator1 = f32x4.mul(stepSizes, moment1);
      if (!plain && direct) {
        numerator0 = f32x4.add(numerator0, f32x4.mul(gradientSizes, slope0));
        numerator1 = f32x4.add(numerator1, f32x4.mul(gradientSizes, slope1));
      }
      const update0 = f32x4.mul(numerator0, inverse0), update1 = f32x4.mul(numerator1, inverse1);
      v128.store(wi, f32x4.sub(value0, update0));
      v128.store(wi, f32x4.sub(value1, update1), 16);
      if (measured) {
        v128.store(UPDATE + i, update0);
        v128.store(UPDATE + i, update1, 16);
        if (i + 32 > bytes) {
          inverse0 = v128.and(inverse0, tailMask(bytes - i));
          inverse1 = v128.and(inverse1, tailMask(bytes - i - 16));
        }
        inverse = f32x4.add(inverse, f32x4.add(inverse0, inverse1));
      }
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      clearPadding(m, elements);
      clearPadding(v, elements);
      if (x) clearPadding(x, elements);
      clearPadding(UPDATE, elements);
    }
    if (measured) {
      addLanes(Total.inverseRoot, inverse);
      measureAfterAdam(g, m, x ? x : v, bytes, scale, limit, floor);
    }
  }
}
