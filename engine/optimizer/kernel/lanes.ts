import { SCRATCH, TOTALS, Total } from './memory';

/** Four times `x`. Passes through memory, because the compiler would broadcast it anew at each use in a loop. */
export function splat(x: f32): v128 {
  f32.store(SCRATCH, x);
  return v128.load32_splat(SCRATCH);
}

/** A condition that is computed here and not, as the compiler would have it, at each use in a loop. */
export function flag(condition: bool): i32 {
  i32.store(SCRATCH, i32(condition));
  return i32.load(SCRATCH);
}

/** All bits but the sign; `f32x4.abs` makes it anew at each use. */
export function magnitudeMask(): v128 {
  i32.store(SCRATCH, 0x7fffffff);
  return v128.load32_splat(SCRATCH);
}

/** Adds the four float32 lanes of `x` to a total. */
// @ts-ignore: decorator
@inline
export function addLanes(total: i32, x: v128): void {
  const at = <usize>TOTALS + (<usize>total << 3);
  f64.store(
    at,
    f64.load(at) +
      (<f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 1) + (<f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3))),
  );
}

/** The same for four int32 counts. */
// @ts-ignore: decorator
@inline
export function addCounts(total: i32, x: v128): void {
  const at = <usize>TOTALS + (<usize>total << 3);
  f64.store(
    at,
    f64.load(at) + <f64>(i32x4.extract_lane(x, 0) + i32x4.extract_lane(x, 1) + i32x4.extract_lane(x, 2) + i32x4.extract_lane(x, 3)),
  );
}

/** Raises a total to the largest lane of `x`, which must not hold NaN. */
// @ts-ignore: decorator
@inline
export function maxLanes(total: i32, x: v128): void {
  const at = <usize>TOTALS + (<usize>total << 3);
  const largest = max(
    max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
  f64.store(at, max(f64.load(at), <f64>largest));
}

/** Whether `clip` would change anything; also when the scale is NaN. */
// @ts-ignore: decorator
@inline
export function isClipped(scale: f32, limit: f32): bool {
  return scale !== 1 || limit !== <f32>Infinity;
}

/** clamp(g * scale, low, high). NaN stays NaN: the pseudo-minimum returns its first operand unless the second is smaller. */
// @ts-ignore: decorator
@inline
export function clip(g: v128, scale: v128, high: v128, low: v128): v128 {
  return f32x4.pmax(f32x4.pmin(f32x4.mul(g, scale), high), low);
}

/** start + t (end - start), from the nearer end as torch.lerp does. */
// @ts-ignore: decorator
@inline
export function lerp(start: v128, end: v128, near: i32, t: v128, rest: v128): v128 {
  const distance = f32x4.sub(end, start);
  return near ? f32x4.add(start, f32x4.mul(t, distance)) : f32x4.sub(end, f32x4.mul(rest, distance));
}

/** Zeroes what lies behind the last element of an array in its pair of vectors, so that it adds nothing to a sum. */
// @ts-ignore: decorator
@inline
export function clearPadding(array: usize, elements: usize): void {
  for (let i = elements; (i & 7) !== 0; i++) f32.store(array + (i << 2), 0);
}

/** All bits set in the lanes of a vector that hold one of the `bytes` bytes left of an array; may be above 16 or below 0. */
// @ts-ignore: decorator
@inline
export function tailMask(bytes: isize): v128 {
  return i32x4.lt_s(i32x4(0, 4, 8, 12), i32x4.splat(<i32>bytes));
}
