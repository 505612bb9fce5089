import { addLanes, clearPadding, clip, flag, isClipped, lerp, splat, tailMask } from './lanes';
import { clearTotals, measureAfterAdam, measureBefore, scan } from './measure';
import { BLOCK, Total, TOTALS, UPDATE } from './memory';

/**
 * Adam where the size of a tensor's step follows from its moments after the step (LAMB: You et al. 2020; StableAdamW: Wortsman et al. 2023), in
 * two passes: `moments` renews them and sums what the size follows from, `descend` takes the step. The direction is computed in both and
 * not kept, which costs less than an array of its own.
 */

/**
 * First pass. Sums g'^2 / max(v, floor) and the squares of the direction u = momentSize m / (rootScale sqrt(v) + epsilon) + weightDecay w
 * and of the weights.
 */
export function moments(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, center: f32,
  first: usize, second: usize, firstRate: f32, beta2: f32, secondRate: f32,
  weightDecay: f32, momentSize: f32, rootScale: f32, epsilon: f32, floor: f32,
): void {
  const scales = splat(scale), high = splat(limit), low = splat(-limit), weightDecays = splat(weightDecay), floors = splat(floor);
  const rates = splat(firstRate), rests = splat(<f32>1 - firstRate), beta2s = splat(beta2), secondRates = splat(secondRate);
  const momentSizes = splat(momentSize), rootScales = splat(rootScale), epsilons = splat(epsilon);
  const clipped = flag(isClipped(scale, limit)), near = flag(firstRate < 0.5);
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, m = first + start, v = second + start;
    scan(g, bytes);
    if (measured) measureBefore(g, w, m, bytes, center);
    let relative = f32x4.splat(0), directions = f32x4.splat(0), weights = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(w + i);
      let slope = v128.load(g + i);
      if (clipped) slope = clip(slope, scales, high, low);
      const squared = f32x4.mul(slope, slope);
      const moment = lerp(v128.load(m + i), slope, near, rates, rests);
      const square = f32x4.add(f32x4.mul(v128.load(v + i), beta2s), f32x4.mul(secondRates, squared));
      v128.store(m + i, moment);
      v128.store(v + i, square);
      relative = f32x4.add(relative, f32x4.div(squared, f32x4.pmax(square, floors)));
      const u = direction(moment, square, value, momentSizes, rootScales, epsilons, weightDecays);
      directions = f32x4.add(directions, f32x4.mul(u, u));
      weights = f32x4.add(weights, f32x4.mul(value, value));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(m, elements);
      clearPadding(v, elements);
    }
    addLanes(Total.relative, relative);
    addLanes(Total.directionSquares, directions);
    addLanes(Total.weightSquares, weights);
  }
}

/** Second pass: w decay - stepSize u, with the same u. */
export function descend(
  weight: usize, gradient: usize, length: usize, scale: f32, limit: f32, measured: bool, first: usize, second: usize,
  decay: f32, stepSize: f32, weightDecay: f32, momentSize: f32, rootScale: f32, epsilon: f32, floor: f32,
): void {
  const decays = splat(decay), stepSizes = splat(stepSize), weightDecays = splat(weightDecay);
  const momentSizes = splat(momentSize), rootScales = splat(rootScale), epsilons = splat(epsilon), one = splat(1);
  // Measured once more below, together with what divides the update.
  f64.store(<usize>TOTALS + (<usize>Total.relative << 3), 0);
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, m = first + start, v = second + start;
    let inverse = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const value = v128.load(w + i), square = v128.load(v + i);
      const update = f32x4.mul(stepSizes, direction(v128.load(m + i), square, value, momentSizes, rootScales, epsilons, weightDecays));
      v128.store(UPDATE + i, update);
      v128.store(w + i, f32x4.sub(f32x4.mul(value, decays), update));
      if (measured) inverse = f32x4.add(inverse, v128.and(f32x4.div(one, divisor(square, rootScales, epsilons)), tailMask(bytes - i)));
    }
    if (bytes & 31) {
      const elements = bytes >> 2;
      clearPadding(w, elements);
      clearPadding(UPDATE, elements);
    }
    if (measured) {
      addLanes(Total.inverseRoot, inverse);
      measureAfterAdam(g, m, v, bytes, scale, limit, floor);
    }
  }
}

// @ts-ignore: decorator
@inline
function divisor(square: v128, rootScales: v128, epsilons: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.sqrt(square), rootScales), epsilons);
}

// @ts-ignore: decorator
@inline
function direction(moment: v128, square: v128, value: v128, momentSizes: v128, rootScales: v128, epsilons: v128, weightDecays: v128): v128 {
  return f32x4.add(f32x4.div(f32x4.mul(momentSizes, moment), divisor(square, rootScales, epsilons)), f32x4.mul(weightDecays, value));
}
