/** Order statistics: a rule must not be moved by one bad batch. NaN is left out. */

/** Linear interpolation between order statistics (type 7, numpy's default); NaN without a value. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const known = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i])) known[count++] = values[i];
  const sorted = ascending(known.subarray(0, count));
  if (sorted.length === 0) return NaN;
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] === sorted[above] ? sorted[below] : sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** Below this many values an insertion sort is several times faster than the one of typed arrays, whose call alone costs a microsecond. */
const few = 40;

/** Sorts in place. */
function ascending(values: Float64Array): Float64Array {
  if (values.length > few) return values.sort();
  for (let i = 1; i < values.length; i++) {
    const value = values[i];
    let at = i;
    for (; at > 0 && values[at - 1] > value; at--) values[at] = values[at - 1];
    values[at] = value;
  }
  return values;
}

export const median = (values: ArrayLike<number>): number => quantile(values, 0.5);

/** Median of the slopes between all pairs (Theil 1950, Sen 1968), per element; holds up to 29 % of outliers. Quadratic: for short series. */
export function robustSlope(values: readonly number[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) slopes.push((values[j] - values[i]) / (j - i));
  }
  return median(slopes);
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** Variance of the mean of independent values; 0 for fewer than two. */
export function varianceOfMean(values: ArrayLike<number>): number {
  if (values.length < 2) return 0;
  const center = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - center) ** 2;
  return sum / (values.length - 1) / values.length;
}
