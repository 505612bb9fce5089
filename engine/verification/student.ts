/** Student's t distribution with a whole number of degrees of freedom, for the interval of a mean of a few values. */

/** P(|T| <= t), as a finite sum in theta = atan(t / sqrt(n)) (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4). */
function central(theta: number, n: number): number {
  const cos2 = Math.cos(theta) ** 2;
  const odd = n % 2 === 1;
  let term = odd ? Math.cos(theta) : 1;
  let sum = n === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k <= n - 2; k += 2) {
    term *= ((k - 1) / k) * cos2;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}

/** The t that |T| stays below with this probability: 12.706 for 0.95 and one degree of freedom. */
export function studentQuantile(probability: number, degreesOfFreedom: number): number {
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 100 && high - low > 1e-15; i++) {
    const middle = (low + high) / 2;
    if (central(middle, degreesOfFreedom) < probability) low = middle;
    else high = middle;
  }
  return Math.sqrt(degreesOfFreedom) * Math.tan((low + high) / 2);
}

export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/** Mean of independent values and its interval; of a single value the interval is the whole line, for nothing says how much it varies. */
export function meanInterval(values: readonly number[], probability = 0.95): Interval {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  const half = n < 2 ? Infinity : studentQuantile(probability, n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}
