/**
 * Exponential moving average with the start-up bias removed: s_t = b s_{t-1} + (1-b) x_t, shown as s_t / (1 - b^t), the same correction that
 * Adam applies to its moments. Without it the line would creep up from zero. Non-finite values are skipped (the line has a gap there, and goes on).
 */
export function smooth(values: ArrayLike<number>, factor: number): Float64Array {
  const out = new Float64Array(values.length);
  let average = 0;
  let weight = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) {
      out[i] = NaN;
      continue;
    }
    average = factor * average + (1 - factor) * value;
    weight = factor * weight + (1 - factor);
    out[i] = average / weight;
  }
  return out;
}
