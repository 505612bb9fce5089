import { parameterQuantities, type ParameterQuantity } from '../run/record';
import { Total, TOTALS } from './kernel/memory';
import type { SecondMoment } from './rule';

/** What the totals of a parameter leave open. */
export interface Circumstances {
  /** Elements of the parameter. */
  length: number;
  /** What `Total.weightShifted` is relative to. */
  center: number;
  learningRate: number;
  /** Whether there was a momentum before this step. */
  momentum: boolean;
  /** Present for Adam. */
  corrections?: SecondMoment;
}

/** The kernel's totals of the parameter that was updated last. */
export const totalsOf = (memory: WebAssembly.Memory): Float64Array => new Float64Array(memory.buffer, TOTALS, Total.count);

/**
 * Quantities of one parameter, in the order of `parameterQuantities`.
 * - Standard deviations are those of the population (divided by n).
 * - D leaves AdamW's decoupled decay out: it is not the gradient's doing. With a learning rate of 0, max |D| / lr is NaN.
 * - `rms` takes the clipped gradient, which entered v, and the corrected v^, as StableAdamW does (Wortsman et al. 2023): with v itself
 *   the first steps would show 1 / sqrt(1 - beta2). With AMSGrad v is the maximum, which divides the update.
 * - With `biasCorrection` off, `signalToNoise` and `rms` are of the corrected moments all the same, which makes them comparable; `epsilonShare`
 *   is that of what really divides the update, sqrt(v) + eps.
 * - `gradientCosine` is 1 for a step along -g: the step is -D, because D is subtracted.
 * - NaN or Inf in an array shows in its norm, mean, standard deviation and maximum.
 */
const formulas: Readonly<Record<ParameterQuantity, (total: Float64Array, circumstances: Circumstances) => number>> = {
  gradientNorm: (total) => Math.sqrt(total[Total.gradientSquares]),
  gradientMeanAbs: (total, { length }) => total[Total.gradientAbs] / length,
  gradientMaxAbs: (total) => maximum(total[Total.gradientMax], total[Total.gradientAbs]),
  // The kernel counts zeros in pairs of vectors, padding included.
  gradientZeroShare: (total, { length }) => (total[Total.zeros] - (-length & 7)) / length,
  nonFinite: (total) => total[Total.nonFinite],
  firstMomentNorm: (total) => Math.sqrt(total[Total.firstSquares]),
  secondMomentNorm: (total) => Math.sqrt(total[Total.second]),
  updateNorm: (total) => Math.sqrt(total[Total.updateSquares]),
  weightNorm: (total, { length, center }) => Math.sqrt(Math.max(0, total[Total.weightShiftedSquares] + 2 * center * total[Total.weightShifted] + length * center ** 2)),
  updateStd: (total, { length }) => deviation(total[Total.update], total[Total.updateSquares], length),
  weightStd: (total, { length }) => deviation(total[Total.weightShifted], total[Total.weightShiftedSquares], length),
  updateMaxAbs: (total, { learningRate }) => maximum(total[Total.updateMax], total[Total.updateSquares]) / learningRate,
  signalToNoise: (total, { corrections }) => (corrections ? total[Total.firstSquares] / corrections.firstCorrection ** 2 / (total[Total.second] / corrections.secondCorrection) : NaN),
  rms: (total, { length, corrections }) => (corrections ? Math.sqrt((corrections.secondCorrection * total[Total.relative]) / length) : NaN),
  epsilonShare: (total, { length, corrections }) => (corrections ? corrections.epsilon && (corrections.epsilon * total[Total.inverseRoot]) / length : NaN),
  momentCosine: (total, { momentum }) => (momentum ? cosine(total[Total.momentProduct], total[Total.momentSquares], total[Total.gradientSquares]) : NaN),
  gradientCosine: (total) => cosine(total[Total.updateProduct], total[Total.updateSquares], total[Total.gradientSquares]),
};
const inOrder = parameterQuantities.map((quantity) => formulas[quantity]);

/** Writes the quantities of one parameter, in the order of `parameterQuantities`, from `at` on. Makes no object: this is done for every parameter at every step. */
export function writeQuantities(total: Float64Array, circumstances: Circumstances, into: Float32Array, at: number): void {
  for (let i = 0; i < inOrder.length; i++) into[at + i] = inOrder[i](total, circumstances);
}

/** The kernel's maximum leaves NaN out; a sum over the same elements tells whether there was one. */
const maximum = (largest: number, sum: number): number => (Number.isNaN(sum) ? NaN : largest);

/** From sum x y, sum x^2 and sum y^2; NaN where either vector is zero. */
const cosine = (product: number, xs: number, ys: number): number => product / (Math.sqrt(xs) * Math.sqrt(ys));

/** From sums of x - c and (x - c)^2 for any constant c; the closer it is to the mean, the less cancels. */
const deviation = (sum: number, squares: number, n: number): number => {
  const variance = squares / n - (sum / n) ** 2;
  return Math.sqrt(variance < 0 ? 0 : variance);
};
