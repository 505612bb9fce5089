/**
 * What Adam's moments say, as formulas. Notation: g gradient with mean G and variance Sigma per sample of a batch, m = (1-b1) sum b1^j g and v = (1-b2) sum b2^j g^2 the
 * moments, m^ = m / (1-b1^t) and v^ = v / (1-b2^t) as corrected for their start at zero, B batch size.
 */

/** What an average with decay rate `beta` has to be divided by after `step` updates from zero (Kingma & Ba 2015, section 3). */
export const correction = (beta: number, step: number): number => 1 - beta ** step;

/**
 * s^2 = sum m^^2 / sum v^ of a gradient that is nothing but noise. The variance of m^ is that of g times
 * (1-b1)^2 (1-b1^2t) / (1-b1^2) / (1-b1^t)^2 = k (1+b1^t) / (1-b1^t) with k = (1-b1)/(1+b1): 1 at the first step, 0.0526 in the long run at b1 = 0.9.
 */
export function noiseFloor(beta1: number, step = Infinity): number {
  const decayed = beta1 ** step;
  return ((1 - beta1) / (1 + beta1)) * ((1 + decayed) / (1 - decayed));
}

/**
 * |G|^2 / tr(Sigma_B), the squared size of the true gradient over the variance of the batch's: from s^2 = (SNR + k) / (SNR + 1).
 * Zero where s^2 does not reach the noise floor k, infinite where it reaches 1.
 */
export const signalToNoise = (s2: number, floor: number): number => (s2 >= 1 ? Infinity : Math.max(0, (s2 - floor) / (1 - s2)));

/** B_simple = tr(Sigma) / |G|^2 (McCandlish et al. 2018, arXiv 1812.06162): the batch size whose gradient is as much signal as noise. */
export const noiseScale = (batchSize: number, snr: number): number => batchSize / snr;

/** rho_t (Liu et al. 2020, arXiv 1908.03265, eq. 5): how many independent squared gradients v^ is worth. At 4 or below its variance is unbounded. */
export function degreesOfFreedom(beta2: number, step: number): number {
  const limit = 2 / (1 - beta2) - 1;
  return limit - (2 * step * beta2 ** step) / correction(beta2, step);
}

/** Updates after which half of what an average holds is newer. */
export const halfLife = (beta: number): number => Math.LN2 / -Math.log(beta);

/** How often the second moment is renewed in `steps` updates: (1 - b2) T. */
export const renewals = (beta2: number, steps: number): number => (1 - beta2) * steps;

/**
 * (1-b1) / sqrt(1-b2): |u| of a weight whose gradient is zero but once, the largest there is where b1 <= sqrt(b2) (Kingma & Ba 2015, section 2.1). The first update has
 * this size, too, if the moments are not corrected for their start at zero. 3.16 at the defaults.
 */
export const sparseUpdate = (beta1: number, beta2: number): number => (1 - beta1) / Math.sqrt(1 - beta2);

/**
 * The most that |u| = |m^| / sqrt(v^) can be after `step` updates, whatever the gradients: with the weights p of g in m^ and q of g^2 in v^, |m^|^2 <= v^ sum p^2/q
 * (Cauchy-Schwarz), a geometric series in b1^2/b2. 1 at the first step; in the long run sparseUpdate / sqrt(1 - b1^2/b2) where b1 < sqrt(b2), else without end.
 */
export function updateBound(beta1: number, beta2: number, step: number): number {
  const base = beta1 ** 2 / beta2;
  const series = base === 1 ? step : (1 - base ** step) / (1 - base);
  return ((1 - beta1) / correction(beta1, step)) * Math.sqrt((correction(beta2, step) / (1 - beta2)) * series);
}

/**
 * cos(m, g) of a gradient that is nothing but noise: the newest gradient is the share 1-b1 of m, whose size is sqrt(k). 0.436 at b1 = 0.9.
 */
export const noiseCosine = (beta1: number): number => Math.sqrt(1 - beta1 ** 2);

/**
 * At least this share of the elements fell by more than `bins` bins between two histograms of the same bins: what is below an edge now, less what was already below the
 * edge that many bins above it. Which element is in which bin is not known; the bound holds for any.
 */
export function fallenShare(then: ArrayLike<number>, now: ArrayLike<number>, bins: number): number {
  let below = 0;
  let wasBelow = 0;
  for (let i = 0; i < bins; i++) wasBelow += then[i];
  let most = 0;
  for (let i = 0; i + bins < now.length; i++) {
    below += now[i];
    wasBelow += then[i + bins];
    most = Math.max(most, below - wasBelow);
  }
  return most;
}
