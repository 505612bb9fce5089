/**
 * Fixed places at the start of the kernel's memory, in bytes. This file is compiled twice: by AssemblyScript into the kernel, and by
 * TypeScript for the code that reads the totals.
 */

/** Float64 totals of the parameter that was updated last, indexed by `Total`. */
export const TOTALS = 1024;
/** One number on its way into a vector. */
export const SCRATCH = 2048;
/** One block of float32 updates D. */
export const UPDATE = 4096;
/** Where the parameters' own arrays start. */
export const FREE = 8192;

/** Bytes of each array that are handled at a time: 1024 elements, so that the five arrays of Adam stay in a 32 KiB L1 cache between the
 * loops over a block, and few enough float32 additions between two folds into float64 that their rounding does not show. */
export const BLOCK = 4096;

/** Sums over the elements of a parameter. g' is the clipped gradient, m0 the first moment before the step, c a number near the weights. */
export const enum Total {
  gradientSquares, // sum g^2
  gradientAbs, // sum |g|
  gradientMax, // max |g|, NaN left out
  zeros, // number of g == 0, padding included
  nonFinite, // number of NaN and Inf in g
  weightShifted, // sum (w - c)
  weightShiftedSquares, // sum (w - c)^2
  momentProduct, // sum g m0
  momentSquares, // sum m0^2
  firstSquares, // sum m^2
  second, // sum v
  update, // sum D
  updateSquares, // sum D^2
  updateMax, // max |D|, NaN left out
  updateProduct, // sum g D
  relative, // sum g'^2 / max(v, floor)
  inverseRoot, // sum of 1 / what divides the update: sqrt(v^) + eps, or sqrt(v) + eps without bias correction
  directionSquares, // sum u^2 of the direction of a step whose size is yet to be settled
  weightSquares, // sum w^2
  count,
}
