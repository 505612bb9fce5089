import { histogramBins, histogramEdges, histogramQuantities } from '../run/record';
import type { ParameterStore } from '../optimizer/store';

/**
 * Finds the bin of a float32 from its bits, without a logarithm. The bits of positive floats are in the order of their values, and the bins
 * are wider than an octave (a third of a decade: a factor of 2.15), so at most one edge lies among the numbers of one exponent: `base` is
 * the bin of the smallest of them, and those whose bits exceed `limit` are one bin further. NaN and infinity have the last exponent.
 */
interface Binning {
  base: Uint8Array;
  limit: Int32Array;
}

const SIGN = 0x7fffffff;
const EXPONENT = 23;

/** Bins of |x| for power 1; for power 2 those of sqrt(x), whose edges are squared instead. */
function binning(power: 1 | 2): Binning {
  const made: Binning = { base: new Uint8Array(256), limit: new Int32Array(256).fill(SIGN) };
  const edges = histogramEdges.map((edge) => bitsAtLeast(edge ** power));
  for (let exponent = 0; exponent < 256; exponent++) made.base[exponent] = edges.filter((bits) => bits <= exponent << EXPONENT).length;
  for (const bits of edges) if (bits & ((1 << EXPONENT) - 1)) made.limit[bits >>> EXPONENT] = bits - 1;
  return made;
}

/** Bits of the smallest float32 that is not below a positive number. */
function bitsAtLeast(value: number): number {
  const float = Float32Array.of(value);
  return new Int32Array(float.buffer)[0] + Number(float[0] < value);
}

const binnings = { value: binning(1), square: binning(2) };

const counts = new Uint32Array(histogramBins);

/**
 * Writes the share of elements in every bin, 0 to 1, to `shares` (`histogramBins` of them): of |x|, or with `of` 'square' of sqrt(x), so that
 * the root need not be taken. Zeros and what is below the first edge are in the first bin; NaN, infinities and what is beyond the last edge
 * in the last one. Without elements every share is 0.
 */
export function histogram(values: Float32Array, of: keyof typeof binnings, shares: Float32Array): void {
  const { base, limit } = binnings[of];
  const { length } = values;
  const words = new Int32Array(values.buffer, values.byteOffset, length);
  counts.fill(0);
  for (let i = 0; i < length; i++) {
    const bits = words[i] & SIGN;
    const exponent = bits >>> EXPONENT;
    // 1 where bits > limit: the difference is negative.
    counts[base[exponent] + ((limit[exponent] - bits) >>> 31)]++;
  }
  for (let bin = 0; bin < histogramBins; bin++) shares[bin] = length > 0 ? counts[bin] / length : 0;
}

/** `StepRecord.histograms`: of the gradients and, where the optimizer has one, of the second moment in the state arrays `second`. */
export function histograms(store: ParameterStore, second: string | undefined): Float32Array {
  const rows = new Float32Array(store.names.length * histogramQuantities.length * histogramBins);
  const row = (i: number): Float32Array => rows.subarray(i * histogramBins, (i + 1) * histogramBins);
  store.names.forEach((name, i) => {
    histogram(store.gradient(name), 'value', row(2 * i));
    if (second !== undefined) histogram(store.array(second, name), 'square', row(2 * i + 1));
  });
  return rows;
}
