import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import type { OptimizerConfig } from '../../engine/optimizer/schema';
import { histogram, histograms } from '../../engine/probe/histogram';
import { Random } from '../../engine/random';
import { histogramBins, histogramEdges, histogramOf, type StepRecord } from '../../engine/run/record';

/** log10 of the edges as decimal text: independent of how the engine computes its powers. */
const exponents = Array.from({ length: 49 }, (_, i) => -12 + i / 3);

/** In float64: the number of edges at or below the size. A float32 is never within a rounding error of an edge unless that is a power of ten. */
function bin(x: number): number {
  if (!Number.isFinite(x)) return 49;
  return exponents.filter((exponent) => (Number.isInteger(exponent) ? Math.abs(x) >= Number(`1e${exponent}`) : Math.log10(Math.abs(x)) >= exponent)).length;
}

/** Counts by the formula of `size`, one element after the other. */
function naive(values: Float32Array, size: (x: number) => number): number[] {
  const counts = Array<number>(50).fill(0);
  for (const x of values) counts[bin(size(x))]++;
  return counts.map((n) => Math.fround(n / (values.length || 1)));
}

const sizes = { value: Math.abs, square: Math.sqrt };

function check(values: Float32Array, of: keyof typeof sizes): void {
  const shares = new Float32Array(histogramBins).fill(7);
  histogram(values, of, shares);
  expect([...shares]).toEqual(naive(values, sizes[of]));
}

/** The float32 numbers on either side of a number, and the nearest. */
function around(x: number): number[] {
  const float = Float32Array.of(x);
  const bits = new Int32Array(float.buffer);
  return [-1, 1, 1].map((d, i) => ((bits[0] += i === 0 ? d : d), float[0]));
}

const random = new Random(3, 'histogram');
const logUniform = (n: number, from: number, to: number): Float32Array => Float32Array.from({ length: n }, () => 10 ** (from + (to - from) * random.uniform()));

describe('shares of the bins, compared with logarithms in float64', () => {
  it('has 48 thirds of a decade from 1e-12 to 1e4, and one bin on either side', () => {
    expect(histogramBins).toBe(50);
    histogramEdges.forEach((edge, i) => expect(Math.log10(edge)).toBeCloseTo(exponents[i], 12));
  });

  it.each([
    ['nothing', []], ['zeros', [0, -0, 0]], ['denormals', [1e-45, -1e-40, 1.1754943508222875e-38]], ['NaN and infinities', [NaN, Infinity, -Infinity]],
    ['both ends', [3.4028234663852886e38, 1e4, 9999.999, 1e-12, 9.99e-13]], ['signs', [-1, 1, -10, 10]], ['everything', [0, NaN, 1, -2.5, 1e-20, 1e20, 0.1]],
  ])('%s', (_, values) => check(Float32Array.from(values), 'value'));

  it.each([['nothing', []], ['zeros', [0, 0]], ['denormals', [1e-45, 1e-40]], ['NaN and infinity', [NaN, Infinity]], ['both ends', [3.4e38, 1e8, 9.9e7, 1e-24, 0.9e-24]]])(
    'under a root: %s', (_, values) => check(Float32Array.from(values), 'square'));

  it.each(['value', 'square'] as const)('the float32 numbers on both sides of every edge: %s', (of) => {
    for (const exponent of exponents) for (const x of around(10 ** (of === 'value' ? exponent : 2 * exponent))) check(Float32Array.of(x), of);
  });

  it.each([['value', -14, 6], ['square', -28, 12]] as const)('every size: %s', (of, from, to) => check(logUniform(20_001, from, to), of));

  it('every bit pattern of float32, in strides', () => {
    const bits = Int32Array.from({ length: 40_000 }, (_, i) => i * 107_374);
    check(new Float32Array(bits.buffer), 'value');
  });

  it('a view into a larger array', () => check(logUniform(40, -8, 1).subarray(3, 20), 'value'));
});

describe('of the parameters', () => {
  const parameters = [{ name: 'a', dims: [64], data: logUniform(64, -2, 0) }, { name: 'b', dims: [3], data: Float32Array.of(1, 2, 3) }];
  const slots: Record<string, string | undefined> = { adam: 'exp_avg_sq', adamw: 'exp_avg_sq', rmsprop: 'square_avg', adagrad: 'sum', sgd: undefined };

  it.each(Object.entries(slots))('%s: the gradient before clipping and the second moment', async (type, slot) => {
    const optimizer = await createOptimizer({ type } as OptimizerConfig, parameters, { clip: { globalNorm: 1e-3 } });
    const gradients = [logUniform(64, -9, 2), Float32Array.of(0, 1, 5000)];
    for (const step of [1, 2, 3]) {
      gradients.forEach((gradient, i) => optimizer.store.gradient(parameters[i].name).set(gradient));
      optimizer.step({ step, learningRate: 1e-3 });
    }
    const record = { histograms: histograms(optimizer.store, optimizer.second) } as StepRecord;
    parameters.forEach(({ name }, i) => {
      expect([...histogramOf(record, i, 'gradient')!]).toEqual(naive(gradients[i], Math.abs));
      expect([...histogramOf(record, i, 'secondMoment')!]).toEqual(slot ? naive(optimizer.store.array(slot, name), Math.sqrt) : Array(50).fill(0));
    });
  });

  it('with AMSGrad it is the maximum, which divides the update', async () =>
    expect((await createOptimizer({ type: 'adam', amsgrad: true } as OptimizerConfig, parameters)).second).toBe('max_exp_avg_sq'));
});
