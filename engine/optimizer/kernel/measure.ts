import { addCounts, addLanes, clip, flag, isClipped, magnitudeMask, maxLanes, splat, tailMask } from './lanes';
import { Total, TOTALS, UPDATE } from './memory';

/**
 * Sums over one block. They are loops of their own beside the update: the block is in the L1 cache, so a second reading costs no memory
 * traffic, and the update's arithmetic is the same with and without them. In one loop with the update there are too few registers: it takes longer.
 */

export function clearTotals(): void {
  memory.fill(TOTALS, 0, Total.count << 3);
}

/** Size of the gradient: always known, it decides on clipping. Four chains, because additions wait for each other. */
export function scan(gradient: usize, bytes: usize): void {
  const padded = (bytes + 63) & ~63; // arrays start and end at 64 bytes, and padding is zero
  const zero = f32x4.splat(0), magnitude = magnitudeMask();
  let a = zero, b = zero, c = zero, d = zero, sum = zero, largest0 = zero, largest1 = zero;
  for (let at = gradient, end = gradient + padded; at < end; at += 64) {
    const g0 = v128.load(at), g1 = v128.load(at, 16), g2 = v128.load(at, 32), g3 = v128.load(at, 48);
    const a0 = v128.and(g0, magnitude), a1 = v128.and(g1, magnitude), a2 = v128.and(g2, magnitude), a3 = v128.and(g3, magnitude);
    a = f32x4.add(a, f32x4.mul(g0, g0));
    b = f32x4.add(b, f32x4.mul(g1, g1));
    c = f32x4.add(c, f32x4.mul(g2, g2));
    d = f32x4.add(d, f32x4.mul(g3, g3));
    sum = f32x4.add(sum, f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)));
    largest0 = f32x4.pmax(f32x4.pmax(largest0, a0), a1); // a second operand that is NaN loses
    largest1 = f32x4.pmax(f32x4.pmax(largest1, a2), a3);
  }
  const largest = f32x4.pmax(largest0, largest1);
  maxLanes(Total.gradientMax, largest);
  addLanes(Total.gradientAbs, sum);
  // Squares leave float32's range below 1e-19 and above 1e19, where a gradient that vanishes or explodes is of most interest.
  const small = v128.and(f32x4.lt(largest, f32x4.splat(1e-15)), f32x4.gt(largest, zero));
  if (v128.any_true(v128.or(f32x4.gt(largest, f32x4.splat(1e17)), small))) {
    addSquaresExactly(gradient, bytes);
  } else {
    addLanes(Total.gradientSquares, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  if (!i32x4.all_true(f32x4.lt(sum, f32x4.splat(Infinity)))) countNonFinite(gradient, bytes);
}

function addSquaresExactly(gradient: usize, bytes: usize): void {
  let sum: f64 = 0;
  for (let at = gradient, end = gradient + bytes; at < end; at += 4) {
    const g = <f64>f32.load(at);
    sum += g * g;
  }
  const total = <usize>TOTALS + (<usize>Total.gradientSquares << 3);
  f64.store(total, f64.load(total) + sum);
}

function countNonFinite(gradient: usize, bytes: usize): void {
  let count: i32 = 0;
  for (let at = gradient, end = gradient + bytes; at < end; at += 4) count += i32(!isFinite<f32>(f32.load(at)));
  const total = <usize>TOTALS + (<usize>Total.nonFinite << 3);
  f64.store(total, f64.load(total) + <f64>count);
}

/**
 * What must be read before the update: g, w and (unless `first` is 0) the first moment. `center` is near the weights, so that where they are
 * narrow what is squared is small.
 */
export function measureBefore(gradient: usize, weight: usize, first: usize, bytes: usize, center: f32): void {
  const zero = f32x4.splat(0);
  let center0 = splat(center), center1 = center0;
  let zeros = zero, shifted = zero, shiftedSquares = zero, product = zero, momentSquares = zero;
  for (let i: usize = 0; i < bytes; i += 32) {
    if (i + 32 > bytes) {
      center0 = v128.and(center0, tailMask(bytes - i));
      center1 = v128.and(center1, tailMask(bytes - i - 16));
    }
    const g0 = v128.load(gradient + i), g1 = v128.load(gradient + i, 16);
    zeros = i32x4.sub(zeros, i32x4.add(f32x4.eq(g0, zero), f32x4.eq(g1, zero)));
    const d0 = f32x4.sub(v128.load(weight + i), center0), d1 = f32x4.sub(v128.load(weight + i, 16), center1);
    shifted = f32x4.add(shifted, f32x4.add(d0, d1));
    shiftedSquares = f32x4.add(shiftedSquares, f32x4.add(f32x4.mul(d0, d0), f32x4.mul(d1, d1)));
    if (first) {
      const m0 = v128.load(first + i), m1 = v128.load(first + i, 16);
      product = f32x4.add(product, f32x4.add(f32x4.mul(g0, m0), f32x4.mul(g1, m1)));
      momentSquares = f32x4.add(momentSquares, f32x4.add(f32x4.mul(m0, m0), f32x4.mul(m1, m1)));
    }
  }
  addCounts(Total.zeros, zeros);
  addLanes(Total.weightShifted, shifted);
  addLanes(Total.weightShiftedSquares, shiftedSquares);
  addLanes(Total.momentProduct, product);
  addLanes(Total.momentSquares, momentSquares);
}

/** The block of updates in scratch memory and the moments after the step; an address of 0 leaves a moment out. */
export function measureAfter(gradient: usize, first: usize, second: usize, bytes: usize): void {
  sumAfter(false, gradient, first, second, bytes, 1, Infinity, 0);
}

/** The same, and how current Adam's second moment is: g'^2 / max(v, floor). */
export function measureAfterAdam(gradient: usize, first: usize, second: usize, bytes: usize, scale: f32, limit: f32, floor: f32): void {
  sumAfter(true, gradient, first, second, bytes, scale, limit, floor);
}

/** One loop, so that the additions go on while the divider is at work. */
// @ts-ignore: decorator
@inline
function sumAfter(adam: bool, gradient: usize, first: usize, second: usize, bytes: usize, scale: f32, limit: f32, floor: f32): void {
  const zero = f32x4.splat(0), magnitude = magnitudeMask(), floors = splat(floor);
  const scales = splat(scale), high = splat(limit), low = splat(-limit), clipped = flag(isClipped(scale, limit));
  let firstSquares = zero, seconds = zero, squares = zero, sum = zero, product = zero, largest = zero, relative = zero;
  for (let i: usize = 0; i < bytes; i += 32) {
    const u0 = v128.load(UPDATE + i), u1 = v128.load(UPDATE + i, 16);
    let g0 = v128.load(gradient + i), g1 = v128.load(gradient + i, 16);
    squares = f32x4.add(squares, f32x4.add(f32x4.mul(u0, u0), f32x4.mul(u1, u1)));
    sum = f32x4.add(sum, f32x4.add(u0, u1));
    product = f32x4.add(product, f32x4.add(f32x4.mul(g0, u0), f32x4.mul(g1, u1)));
    largest = f32x4.pmax(f32x4.pmax(largest, v128.and(u0, magnitude)), v128.and(u1, magnitude));
    if (adam || first) {
      const m0 = v128.load(first + i), m1 = v128.load(first + i, 16);
      firstSquares = f32x4.add(firstSquares, f32x4.add(f32x4.mul(m0, m0), f32x4.mul(m1, m1)));
    }
    if (adam || second) {
      const v0 = v128.load(second + i), v1 = v128.load(second + i, 16);
      seconds = f32x4.add(seconds, f32x4.add(v0, v1));
      if (adam) {
        if (clipped) {
          g0 = clip(g0, scales, high, low);
          g1 = clip(g1, scales, high, low);
        }
        relative = f32x4.add(relative, f32x4.add(f32x4.div(f32x4.mul(g0, g0), f32x4.pmax(v0, floors)), f32x4.div(f32x4.mul(g1, g1), f32x4.pmax(v1, floors))));
      }
    }
  }
  addLanes(Total.updateSquares, squares);
  addLanes(Total.update, sum);
  addLanes(Total.updateProduct, product);
  maxLanes(Total.updateMax, largest);
  addLanes(Total.firstSquares, firstSquares);
  addLanes(Total.second, seconds);
  if (adam) addLanes(Total.relative, relative);
}

/** sum x^2 of an array: where what divides the update is stored as it is, not squared. */
export function addSquares(total: i32, array: usize, bytes: usize): void {
  let squares = f32x4.splat(0);
  for (let i: usize = 0; i < bytes; i += 16) squares = f32x4.add(squares, f32x4.mul(v128.load(array + i), v128.load(array + i)));
  addLanes(total, squares);
}
