import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import type { ClipConfig, OptimizerConfig } from '../../engine/optimizer/schema';
import { parameterQuantities, type ParameterQuantity } from '../../engine/run/record';
import { normals, parameter } from './data';
import { references } from './reference';

const norm = (x: readonly number[]) => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
const std = (x: readonly number[], center = mean(x)) => Math.sqrt(mean(x.map((value) => (value - center) ** 2)));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const largest = (x: readonly number[]) => x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);

type Quantities = Record<ParameterQuantity, number>;
const named = (row: Float32Array): Quantities => Object.fromEntries(parameterQuantities.map((name, i) => [name, row[i]])) as Quantities;

/** The formulas of engine/run/record.ts in float64, on the moments of the reference implementation. */
async function compare(config: OptimizerConfig, n: number, clip?: ClipConfig): Promise<[measured: Quantities, expected: Quantities]> {
  const learningRate = 0.01;
  const data = normals(1, 'weight', n, n, 0.1, 1);
  const w = [...data];
  const optimizer = await createOptimizer(config, [parameter('p', data)], { clip });
  const reference = references[config.type](config as object);
  const statistics = new Float32Array(parameterQuantities.length);
  const { beta1, beta2, epsilon, biasCorrection = config.type !== 'radam' } = optimizer.config as unknown as { beta1: number; beta2: number; epsilon: number; biasCorrection?: boolean };
  let momentum: number[] | undefined;
  let expected!: Quantities;
  for (let step = 1; step <= 3; step++) {
    const gradient = normals(step, 'gradient', step, n, 0.1, 0.2).map((x, i) => (i % 5 === 2 ? 0 : x));
    optimizer.store.gradient('p').set(gradient);
    optimizer.step({ step, learningRate, statistics });

    const g = [...gradient];
    const scale = clip?.globalNorm ? Math.min(1, clip.globalNorm / (norm(g) + 1e-6)) : 1;
    const limit = clip?.value ?? Infinity;
    const clipped = g.map((x) => Math.min(limit, Math.max(-limit, x * scale)));
    const before = [...w];
    const { update, first, second } = reference(w, clipped, step, learningRate);
    const adam = /^(adam|adamw|nadam|radam|lamb|stableadamw)$/.test(config.type);
    const corrected = second?.map((v) => v / (1 - beta2 ** step)) ?? [];
    expected = {
      gradientNorm: norm(g),
      gradientMeanAbs: mean(g.map(Math.abs)),
      gradientMaxAbs: largest(g),
      gradientZeroShare: g.filter((x) => x === 0).length / n,
      nonFinite: 0,
      firstMomentNorm: norm(first ?? []),
      secondMomentNorm: norm(second?.map(Math.sqrt) ?? []),
      updateNorm: norm(update),
      weightNorm: norm(before),
      updateStd: std(update),
      weightStd: std(before),
      updateMaxAbs: largest(update) / learningRate,
      signalToNoise: adam ? norm(first!) ** 2 / (1 - beta1 ** step) ** 2 / corrected.reduce((a, b) => a + b) : NaN,
      rms: adam ? Math.sqrt(mean(corrected.map((v, i) => clipped[i] ** 2 / Math.max(v, epsilon ** 2)))) : NaN,
      // Nothing divides RAdam's first steps.
      epsilonShare: config.type === 'radam' ? 0 : adam ? mean((biasCorrection ? corrected : second!).map((v) => epsilon / (Math.sqrt(v) + epsilon))) : NaN,
      momentCosine: momentum ? dot(g, momentum) / (norm(g) * norm(momentum)) : NaN,
      gradientCosine: dot(g, update) / (norm(g) * norm(update)),
    };
    momentum = first && [...first];
  }
  return [named(statistics), expected];
}

const cases: [OptimizerConfig, ClipConfig?][] = [
  [{ type: 'adam' }],
  [{ type: 'adam', epsilon: 0.3, beta1: 0.5, beta2: 0.9 }],
  [{ type: 'adam', amsgrad: true }],
  [{ type: 'adamw', weightDecay: 0.1 }],
  [{ type: 'adam', biasCorrection: false }],
  [{ type: 'adamw', biasCorrection: false, epsilon: 0.3, beta1: 0.5, beta2: 0.9 }],
  [{ type: 'adam' }, { globalNorm: 0.01 }],
  [{ type: 'adam' }, { value: 0.15 }],
  [{ type: 'sgd' }],
  [{ type: 'sgd', momentum: 0.9 }, { globalNorm: 0.5 }],
  [{ type: 'rmsprop', centered: true }],
  [{ type: 'rmsprop', momentum: 0.9 }],
  [{ type: 'adagrad' }],
  [{ type: 'nadam' }, { value: 0.15 }],
  [{ type: 'radam', beta2: 0.9 }],
  [{ type: 'adamax' }],
  [{ type: 'adadelta' }],
  [{ type: 'lion' }, { globalNorm: 0.01 }],
  [{ type: 'lamb' }, { globalNorm: 0.01 }],
  [{ type: 'stableadamw', beta2: 0.6 }, { value: 0.15 }],
];

describe('statistics agree with float64', () => {
  const sizes = [1, 2, 3, 4, 5, 15, 16, 17, 1023, 1024, 1025, 5000];
  // Sums of float32 within blocks of 1024: 256 roundings of 6e-8 at most in each lane. A standard deviation is a difference of sums:
  // its error is relative to the largest element.
  it.each(cases)('%j %j', async (config, clip) => {
    for (const n of sizes) {
      const [measured, expected] = await compare(config, n, clip);
      for (const name of parameterQuantities) {
        const scale = { updateStd: expected.updateMaxAbs * 0.01, weightStd: 1 }[name as string] ?? Math.abs(expected[name]);
        const tolerance = name.endsWith('Std') ? 1e-3 : 2e-5;
        const close = Math.abs(measured[name] - expected[name]) <= tolerance * scale || (Number.isNaN(expected[name]) && Number.isNaN(measured[name]));
        expect(close, `${name} of ${n} elements: ${measured[name]}, expected ${expected[name]}`).toBe(true);
      }
    }
  });
});

/** Statistics of one first step of Adam on this gradient. */
async function measure(gradient: number[], config: OptimizerConfig = { type: 'adam' }, weights = gradient.map(() => 1)): Promise<Quantities> {
  const optimizer = await createOptimizer(config, [parameter('p', Float32Array.from(weights))]);
  optimizer.store.gradient('p').set(gradient);
  const statistics = new Float32Array(parameterQuantities.length);
  optimizer.step({ step: 1, learningRate: 1e-3, statistics });
  return named(statistics);
}

describe('extremes', () => {
  it('NaN is counted and shows in norm, mean and maximum', async () => {
    expect(await measure([1, NaN, 3, 4, 5])).toMatchObject({ nonFinite: 1, gradientNorm: NaN, gradientMeanAbs: NaN, gradientMaxAbs: NaN, updateMaxAbs: NaN });
  });
  it('NaN in every lane of a vector', async () => {
    for (let lane = 0; lane < 20; lane++) {
      const gradient = Array.from({ length: 20 }, (_, i) => (i === lane ? NaN : i));
      expect(await measure(gradient)).toMatchObject({ nonFinite: 1, gradientMaxAbs: NaN, gradientNorm: NaN });
    }
  });
  it('Inf is counted', async () => {
    expect(await measure([1, -Infinity, Infinity])).toMatchObject({ nonFinite: 2, gradientNorm: Infinity, gradientMaxAbs: Infinity });
  });
  it('squares beyond float32', async () => {
    expect((await measure([3e25, 4e25], { type: 'sgd' })).gradientNorm).toBeCloseTo(5e25, -20);
    expect((await measure([3e-30, 4e-30], { type: 'sgd' })).gradientNorm / 5e-30).toBeCloseTo(1, 5);
  });
  it('equal weights have no deviation', async () => expect((await measure(Array(1001).fill(1), { type: 'sgd' }, Array(1001).fill(0.1))).weightStd).toBe(0));
  it('a narrow distribution far from zero', async () => {
    const weights = Array.from({ length: 4000 }, (_, i) => 1 + (i % 2 ? 1e-4 : -1e-4));
    expect((await measure(weights, { type: 'sgd' }, weights)).weightStd / 1e-4).toBeCloseTo(1, 2); // float32 near 1 is 6e-8 coarse
  });
  it('a zero gradient', async () => {
    expect(await measure([0, 0, 0, 0, 0])).toMatchObject({ gradientNorm: 0, gradientZeroShare: 1, updateNorm: 0, rms: 0, epsilonShare: 1 });
  });
  it('no direction without a gradient', async () => expect((await measure([0, 0, 0])).gradientCosine).toBeNaN());
  it.each([1, -1])('Adam\'s first step against the gradient: all elements alike in size (sign %i)', async (sign) => {
    // D = lr sign(g): cos = sum |g| / (||g|| sqrt(n)) = 7 / (5 sqrt 2).
    expect((await measure([3 * sign, -4 * sign])).gradientCosine).toBeCloseTo(7 / Math.sqrt(50), 6);
  });
  it('gradient descent goes along -g', async () => expect((await measure([3, -4, 1e-3], { type: 'sgd' })).gradientCosine).toBeCloseTo(1, 6));
  it('without correction Adam\'s first step is (1 - beta1) / sqrt(1 - beta2) learning rates', async () => {
    expect((await measure([0.3, -2], { type: 'adam', biasCorrection: false })).updateMaxAbs).toBeCloseTo(0.1 / Math.sqrt(1e-3), 4);
    expect((await measure([0.3, -2])).updateMaxAbs).toBeCloseTo(1, 5);
  });
  it('no epsilon', async () => expect((await measure([1, 2, 3], { type: 'adam', epsilon: 0 })).epsilonShare).toBe(0));
});
