/**
 * The formulas of Adam's moments against simulations whose answer is known beforehand. The gradients are synthetic, the moments and their statistics are
 * those of the optimizer that trains.
 */
import { describe, expect, it } from 'vitest';
import { AdamView } from '../../engine/diagnosis/adam';
import { degreesOfFreedom, fallenShare, halfLife, noiseCosine, noiseFloor, noiseScale, renewals, signalToNoise, sparseUpdate, updateBound } from '../../engine/diagnosis/moments';
import { stabilityLimit } from '../../engine/diagnosis/remedies/learningRate';
import { RecordView } from '../../engine/diagnosis/view';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { parameterQuantities, parameterValue, type ParameterQuantity, type RunRecord } from '../../engine/run/record';
import { buildRecord } from './builder';

interface Simulation {
  beta1?: number;
  beta2?: number;
  /** Elements of each of the two parameters. */
  n?: number;
  steps: number;
  batchSize?: number;
  /** Gradient of one element. */
  gradient: (step: number, element: number) => number;
}

/** A record of Adam on gradients that come from nowhere: two parameters, the second with a tenth of the gradient. */
async function simulate({ beta1 = 0.9, beta2 = 0.999, n = 20_000, steps, batchSize = 1, gradient }: Simulation): Promise<RunRecord> {
  const options = { learningRate: 1e-3, beta1, beta2, epsilon: 1e-12 };
  const names = ['large', 'small'];
  const optimizer = await createOptimizer({ type: 'adam', ...options }, names.map((name) => ({ name, dims: [n], data: new Float32Array(n) })));
  const { header } = buildRecord({ steps: 1, config: { optimizer: { type: 'adam', ...options }, batchSize } });
  const parameters = names.map((name, depth) => ({ name, dims: [n], layer: name, depth }));
  const records = Array.from({ length: steps }, (_, i) => {
    const step = i + 1;
    const statistics = new Float32Array(names.length * parameterQuantities.length);
    names.forEach((name, p) => {
      const array = optimizer.store.gradient(name);
      for (let element = 0; element < n; element++) array[element] = gradient(step, element + p * n) * (p === 0 ? 1 : 0.1);
    });
    const { gradientNorm, clipped } = optimizer.step({ step, learningRate: options.learningRate, statistics });
    return { step, epoch: 0, seconds: 0, learningRate: options.learningRate, loss: 1, metric: 0, gradientNorm, clipped, parameters: statistics };
  });
  return { header: { ...header, parameters, totalSteps: steps }, steps: records };
}

const last = ({ steps }: RunRecord, quantity: ParameterQuantity): number => parameterValue(steps.at(-1)!, 0, quantity);
const adamOf = (record: RunRecord): AdamView => AdamView.of(new RecordView(record))!;
const random = new Random(3, 'moments');
const noise = (): number => random.normal();
/** Within a share of the expected value. */
const expectNear = (value: number, expected: number, share: number): void => expect(Math.abs(value / expected - 1)).toBeLessThan(share);

describe('s^2 = sum m^^2 / sum v^', () => {
  for (const beta1 of [0.9, 0.5]) {
    it(`pure noise, beta1 ${beta1}: the floor at every step`, async () => {
      const record = await simulate({ beta1, steps: 60, gradient: noise });
      for (const step of [1, 2, 5, 10, 30, 60]) expectNear(parameterValue(record.steps[step - 1], 0, 'signalToNoise'), noiseFloor(beta1, step), 0.06);
      expectNear(last(record, 'signalToNoise'), (1 - beta1) / (1 + beta1), 0.06);
    });
  }
  it('s is 0.229 for noise at the default beta1', () => expect(Math.sqrt(noiseFloor(0.9))).toBeCloseTo(0.229, 3));
  it('a coherent gradient: 1', async () => {
    const record = await simulate({ n: 1000, steps: 50, gradient: (_, element) => Math.sin(element) });
    for (const step of record.steps) expect(parameterValue(step, 0, 'signalToNoise')).toBeCloseTo(1, 4);
    expect(adamOf(record).s2(49)).toBeCloseTo(1, 4);
  });
  it('sums over tensors before it divides', async () => {
    const record = await simulate({ steps: 40, gradient: (_, element) => (element < 20_000 ? 1 : noise()) });
    // The noise is a tenth in size, so a hundredth of the sums.
    expectNear(adamOf(record).s2(39), (1 + 0.01 * noiseFloor(0.9, 40)) / 1.01, 1e-3);
  });
});

describe('signal-to-noise ratio and noise scale', () => {
  // Every element has its own mean and spread.
  const meanOf = (element: number): number => 0.3 + Math.sin(element);
  const spreadOf = (element: number): number => 1 + 0.5 * Math.cos(3 * element);
  const squares = (of: (element: number) => number): number => Array.from({ length: 40_000 }, (_, e) => (of(e) * (e < 20_000 ? 1 : 0.1)) ** 2).reduce((a, b) => a + b);
  for (const scale of [0.3, 1, 4]) {
    const expected = squares(meanOf) / (squares(spreadOf) * scale ** 2);
    it(`signal-to-noise ${expected.toPrecision(2)}`, async () => {
      const record = await simulate({ steps: 100, gradient: (_, element) => meanOf(element) + scale * spreadOf(element) * noise() });
      const adam = adamOf(record);
      expectNear(adam.signalToNoise({ start: 0, end: 100 }), expected, 0.1);
      expectNear(signalToNoise(adam.s2(99), noiseFloor(0.9, 100)), expected, 0.25);
    });
  }
  const perSample = 6;
  const expected = (squares(spreadOf) * perSample ** 2) / squares(meanOf);
  for (const batchSize of [4, 16, 64]) {
    it(`the noise scale ${expected.toPrecision(2)} shows at batch size ${batchSize}`, async () => {
      const record = await simulate({ steps: 100, batchSize, gradient: (_, element) => meanOf(element) + (perSample / Math.sqrt(batchSize)) * spreadOf(element) * noise() });
      const adam = adamOf(record);
      expectNear(noiseScale(adam.batchSize, adam.signalToNoise({ start: 10, end: 100 })), expected, 0.12);
    });
  }
  it('ends of the scale', () => expect([signalToNoise(1, 0.05), signalToNoise(0.04, 0.05)]).toEqual([Infinity, 0]));
});

describe('the second moment', () => {
  const sign = (): number => (random.uniform() < 0.5 ? -1 : 1);
  for (const [beta2, factor] of [[0.999, 30], [0.99, 30], [0.95, 5]]) {
    it(`RMS_t after the gradient grew ${factor} times, beta2 ${beta2}`, async () => {
      const before = 300;
      const record = await simulate({ beta2, n: 256, steps: before + 60, gradient: (step) => (step <= before ? 1 : factor) * sign() });
      for (const n of [1, 2, 8, 60]) {
        // v^ is the weighted mean of 1 over the old steps and factor^2 over the n new ones.
        const second = (beta2 ** n * (1 - beta2 ** before) + factor ** 2 * (1 - beta2 ** n)) / (1 - beta2 ** (before + n));
        expectNear(parameterValue(record.steps[before + n - 1], 0, 'rms'), factor / Math.sqrt(second), 1e-4);
        expectNear(adamOf(record).gradientShare(before + n - 1, 0), factor ** 2 / second, 1e-4);
      }
      expectNear(parameterValue(record.steps[before - 1], 0, 'rms'), 1, 1e-4);
    });
  }
  it('sum g^2 / sum v^ after the gradient fell to a hundredth', async () => {
    const record = await simulate({ beta2: 0.99, n: 256, steps: 400, gradient: (step) => (step <= 300 ? 1 : 0.01) * sign() });
    const second = (0.99 ** 100 * (1 - 0.99 ** 300) + 1e-4 * (1 - 0.99 ** 100)) / (1 - 0.99 ** 400);
    expectNear(adamOf(record).gradientShare(399, 0), 1e-4 / second, 1e-3);
    expectNear(adamOf(record).rootSecond(399, 0), Math.sqrt(second), 1e-3);
  });
  it('half-life: updates until the older half is forgotten', () => {
    let kept = 1;
    let steps = 0;
    for (; kept > 0.5; steps++) kept *= 0.999;
    expect(Math.ceil(halfLife(0.999))).toBe(steps);
    expect(halfLife(0.5)).toBeCloseTo(1, 12);
  });
  it('renewals', () => expect(renewals(0.999, 2500)).toBeCloseTo(2.5, 9));
  it('degrees of freedom: the plain mean with the same centre of mass', () => {
    for (const beta2 of [0.9, 0.99, 0.999]) {
      for (const step of [1, 3, 5, 20, 500]) {
        let centre = 0;
        let total = 0;
        for (let i = 1; i <= step; i++) {
          centre += i * beta2 ** (step - i);
          total += beta2 ** (step - i);
        }
        // The mean of the last f steps is centred at step + 1 - (f + 1) / 2.
        expect(degreesOfFreedom(beta2, step)).toBeCloseTo(2 * (step + 1 - centre / total) - 1, 6);
      }
    }
    expect(degreesOfFreedom(0.999, 4)).toBeLessThan(4);
    expect(degreesOfFreedom(0.999, 5)).toBeGreaterThan(4);
  });
});

describe('size of the update', () => {
  it('the first one is the learning rate for every weight', async () => {
    const record = await simulate({ n: 400, steps: 1, gradient: noise });
    expect(last(record, 'updateNorm') / (1e-3 * Math.sqrt(400))).toBeCloseTo(1, 4);
    expect(last(record, 'updateMaxAbs')).toBeCloseTo(1, 4);
  });
  for (const beta2 of [0.999, 0.99]) {
    it(`a gradient after long silence, beta2 ${beta2}`, async () => {
      const record = await simulate({ beta2, n: 16, steps: 6000, gradient: (step) => (step === 6000 ? -0.7 : 0) });
      expectNear(last(record, 'updateMaxAbs'), sparseUpdate(0.9, beta2), 0.002);
    });
  }
  for (const [beta2, steps] of [[0.999, 1], [0.999, 40], [0.99, 300], [0.7, 30]]) {
    it(`the bound is reached by the worst of gradients, beta2 ${beta2}, ${steps} steps`, async () => {
      // Equality in Cauchy-Schwarz: g in proportion to its weight in m over its weight in v.
      const record = await simulate({ beta2, n: 16, steps, gradient: (step) => (0.9 / beta2) ** (steps - step) });
      expectNear(last(record, 'updateMaxAbs'), updateBound(0.9, beta2, steps), 1e-3);
    });
  }
  it('no noise passes the bound', async () => {
    const record = await simulate({ n: 2000, steps: 50, gradient: noise });
    for (const step of record.steps) expect(parameterValue(step, 0, 'updateMaxAbs')).toBeLessThan(updateBound(0.9, 0.999, step.step) * 1.001);
  });
  it('3.16 at the defaults', () => expect(sparseUpdate(0.9, 0.999)).toBeCloseTo(3.162, 3));
});

it('share of elements that fell tenfold: never more than there are, and all of them where they fell together', () => {
  const histogram = (values: readonly number[]): number[] => {
    const counts = new Array<number>(48).fill(0);
    for (const value of values) counts[Math.min(47, Math.max(0, Math.floor(3 * Math.log10(value)) + 36))] += 1 / values.length;
    return counts;
  };
  const then = Array.from({ length: 4000 }, () => 10 ** (-2 + noise()));
  for (const share of [0, 0.2, 1]) {
    const now = then.map((value, i) => (i < share * then.length ? value * 1e-3 : value * 2));
    const bound = fallenShare(histogram(then), histogram(now), 3);
    expect(bound).toBeLessThanOrEqual(share + 1e-9);
    if (share > 0) expect(bound).toBeGreaterThan(0.3 * share);
  }
  const narrow = Array.from({ length: 100 }, () => 0.05);
  expect(fallenShare(histogram(narrow), histogram(narrow.map((value, i) => (i < 25 ? value * 1e-3 : value))), 3)).toBeCloseTo(0.25, 9);
});

describe('cosines', () => {
  it('noise does not know its past', async () => {
    const record = await simulate({ steps: 30, gradient: noise });
    // Standard deviation 1 / sqrt(n).
    for (const step of record.steps.slice(1)) expect(Math.abs(parameterValue(step, 0, 'momentCosine'))).toBeLessThan(5 / Math.sqrt(20_000));
  });
  it('a coherent gradient follows it', async () =>
    expect(last(await simulate({ n: 100, steps: 20, gradient: (_, element) => element - 50 }), 'momentCosine')).toBeCloseTo(1, 5));
  it('an alternating one turns against it', async () =>
    expect(last(await simulate({ n: 100, steps: 20, gradient: (step, element) => (-1) ** step * (element - 50.5) }), 'momentCosine')).toBeCloseTo(-1, 5));
  for (const correlation of [0.8, -0.5]) {
    it(`gradients that correlate by ${correlation} from step to step`, async () => {
      const state = new Float64Array(40_000).map(noise);
      const record = await simulate({ steps: 80, gradient: (_, e) => (state[e] = correlation * state[e] + Math.sqrt(1 - correlation ** 2) * noise()) });
      const [b, r] = [0.9, correlation];
      // cov(g, m) = (1-b) sum b^j r^(j+1); var m = (1-b)^2 / (1-b^2) (1+br) / (1-br).
      const covariance = ((1 - b) * r) / (1 - b * r);
      const variance = ((1 - b) / (1 + b)) * ((1 + b * r) / (1 - b * r));
      expect(last(record, 'momentCosine')).toBeCloseTo(covariance / Math.sqrt(variance), 1.5);
    });
  }
  it('noise agrees with its own average by sqrt(1 - b1^2)', () => {
    const n = 20_000;
    const m = new Float64Array(n);
    let g = new Float64Array(n);
    for (let step = 0; step < 80; step++) {
      g = g.map(noise);
      for (let i = 0; i < n; i++) m[i] = 0.9 * m[i] + 0.1 * g[i];
    }
    const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0);
    expectNear(dot(g, m) / Math.sqrt(dot(g, g) * dot(m, m)), noiseCosine(0.9), 0.04);
  });
});

describe('the edge of stability', () => {
  /** |theta| after 2000 steps of Adam's momentum on the quadratic with this curvature, at learning rate 1 and a fixed denominator of 1. */
  function descend(curvature: number, beta1: number): number {
    let theta = 1;
    let m = 0;
    for (let step = 0; step < 2000; step++) {
      m = beta1 * m + (1 - beta1) * curvature * theta;
      theta -= m;
    }
    return Math.abs(theta);
  }
  for (const beta1 of [0, 0.5, 0.9]) {
    const limit = stabilityLimit(new RecordView(buildRecord({ steps: 1, config: { optimizer: { type: 'adam', learningRate: 1, beta1 } } })));
    it(`beta1 ${beta1}: ${limit.toPrecision(3)} / lr parts convergence from divergence`, () => {
      expect(descend(0.98 * limit, beta1)).toBeLessThan(0.01);
      expect(descend(1.02 * limit, beta1)).toBeGreaterThan(100);
    });
  }
});
