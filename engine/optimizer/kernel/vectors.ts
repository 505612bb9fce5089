import { clearPadding, splat } from './lanes';
import { clearTotals, measureAfter, measureBefore, scan } from './measure';
import { BLOCK, Total, TOTALS, UPDATE } from './memory';

/** What is not an update of its own: sums, averages and products of arrays of `length` elements. Padding is zero and stays so. */

/** sum g^2, for clipping by the global norm, which must be known before the first update. */
export function gradientSquares(gradient: usize, length: usize): f64 {
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) scan(gradient + start, min(end - start, <usize>BLOCK));
  return f64.load(<usize>TOTALS + (<usize>Total.gradientSquares << 3));
}

/** target = a x + b y; `target` may be x or y. What a factor of 0 multiplies is not read, so that a NaN there does not count. */
export function combine(target: usize, a: f32, x: usize, b: f32, y: usize, length: usize): void {
  const as = splat(a), bs = splat(b), zero = f32x4.splat(0);
  for (let i: usize = 0, end = length << 2; i < end; i += 16) {
    const left = a !== 0 ? f32x4.mul(as, v128.load(x + i)) : zero;
    v128.store(target + i, b !== 0 ? f32x4.add(left, f32x4.mul(bs, v128.load(y + i))) : left);
  }
}

/** sum x y. */
export function dot(x: usize, y: usize, length: usize): f64 {
  let sum: f64 = 0;
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    let part = f32x4.splat(0);
    for (let i = start, until = min(end, start + BLOCK); i < until; i += 16) part = f32x4.add(part, f32x4.mul(v128.load(x + i), v128.load(y + i)));
    sum += <f64>f32x4.extract_lane(part, 0) + <f64>f32x4.extract_lane(part, 1) + (<f64>f32x4.extract_lane(part, 2) + <f64>f32x4.extract_lane(part, 3));
  }
  return sum;
}

/** g + l1 sign(w) + l2 w: the gradient of a penalty l1 |w| + l2 / 2 w^2. */
export function penalize(gradient: usize, weight: usize, length: usize, l1: f32, l2: f32): void {
  const l2s = splat(l2), up = splat(l1), down = splat(-l1), zero = f32x4.splat(0);
  for (let i: usize = 0, end = length << 2; i < end; i += 16) {
    const value = v128.load(weight + i);
    const sign = v128.or(v128.and(f32x4.gt(value, zero), up), v128.and(f32x4.lt(value, zero), down));
    v128.store(gradient + i, f32x4.add(v128.load(gradient + i), f32x4.add(sign, f32x4.mul(l2s, value))));
  }
}

/** Totals of a step that was made otherwise: from the weights before and after it, along the gradient of before. */
export function measureStep(weight: usize, gradient: usize, length: usize, measured: bool, center: f32, before: usize): void {
  clearTotals();
  for (let start: usize = 0, end = length << 2; start < end; start += BLOCK) {
    const bytes = min(end - start, <usize>BLOCK);
    const w = weight + start, g = gradient + start, b = before + start;
    scan(g, bytes);
    if (!measured) continue;
    measureBefore(g, b, 0, bytes, center);
    for (let i: usize = 0; i < bytes; i += 16) v128.store(UPDATE + i, f32x4.sub(v128.load(b + i), v128.load(w + i)));
    if (bytes & 31) clearPadding(UPDATE, bytes >> 2);
    measureAfter(g, 0, 0, bytes);
  }
}
