import { describe, expect, it } from 'vitest';
import { InputError } from '../../engine/errors';
import { createOptimizer, resolveOptimizer, type Optimizer } from '../../engine/optimizer/optimizer';
import type { ClipConfig, OptimizerConfig } from '../../engine/optimizer/schema';
import { parameterQuantities } from '../../engine/run/record';
import { normals, parameter } from './data';

const sizes = [1, 5, 1023, 2051];
const parameters = () => sizes.map((n, i) => parameter(`p${i}`, normals(0, 'weight', i, n)));

function train(optimizer: Optimizer, from: number, to: number, o: { measured?: boolean } = {}): number[] {
  const norms: number[] = [];
  for (let step = from; step <= to; step++) {
    sizes.forEach((n, i) => optimizer.store.gradient(`p${i}`).set(normals(step, 'gradient', i, n)));
    const statistics = o.measured ? new Float32Array(sizes.length * parameterQuantities.length) : undefined;
    norms.push(optimizer.step({ step, learningRate: 0.01, statistics }).gradientNorm);
  }
  return norms;
}

/** Bit patterns of all weights and all state. */
const bits = ({ store }: Optimizer) =>
  [...store.names.map((name) => store.weight(name)), ...Object.values(store.state())].map((array) => [...new Uint32Array(array.slice().buffer)]);

const configs: OptimizerConfig[] = [
  { type: 'sgd' },
  { type: 'sgd', momentum: 0.9, nesterov: true },
  { type: 'adam', amsgrad: true, weightDecay: 0.1 },
  { type: 'adamw' },
  { type: 'rmsprop', centered: true, momentum: 0.9 },
  { type: 'adagrad', initialAccumulatorValue: 0.1 },
  { type: 'nadam' },
  { type: 'radam', beta2: 0.9 },
  { type: 'adamax' },
  { type: 'adadelta' },
  { type: 'lion', weightDecay: 0.1 },
  { type: 'lamb' },
  { type: 'stableadamw' },
];

describe.each(configs)('%j', (config) => {
  it.each<ClipConfig | undefined>([undefined, { globalNorm: 1 }, { value: 0.5 }, { percentile: 50, window: 3 }])('statistics change no bit, clip %j', async (clip) => {
    const [plain, measured] = [await createOptimizer(config, parameters(), { clip }), await createOptimizer(config, parameters(), { clip })];
    expect(train(measured, 1, 5, { measured: true })).toEqual(train(plain, 1, 5));
    expect(bits(measured)).toEqual(bits(plain));
  });

  it('nothing of a NaN is left after restoring weights and state', async () => {
    const [fresh, spoilt] = [await createOptimizer(config, parameters(), { clip: { globalNorm: 1 } }), await createOptimizer(config, parameters(), { clip: { globalNorm: 1 } })];
    sizes.forEach((_, i) => spoilt.store.gradient(`p${i}`).fill(NaN));
    spoilt.step({ step: 1, learningRate: 0.01 });
    for (const name of fresh.store.names) spoilt.store.weight(name).set(fresh.store.weight(name));
    const state = spoilt.store.state();
    for (const [name, array] of Object.entries(fresh.store.state())) state[name].set(array);
    const row = () => new Float32Array(sizes.length * parameterQuantities.length);
    const rows = [fresh, spoilt].map((optimizer) => {
      train(optimizer, 1, 1);
      const statistics = row();
      optimizer.step({ step: 2, learningRate: 0.01, statistics });
      return statistics;
    });
    expect(rows[1]).toEqual(rows[0]);
    expect(rows[0].some((value) => value > 0)).toBe(true);
  });

  it('a copy of weights and state continues bit for bit', async () => {
    const around = { clip: { percentile: 50, window: 4 }, ema: { decay: 0.9 } };
    const whole = await createOptimizer(config, parameters(), around);
    train(whole, 1, 3);
    const resumed = await createOptimizer(config, whole.store.names.map((name) => parameter(name, whole.store.weight(name).slice())), around);
    const state = resumed.store.state();
    for (const [name, array] of Object.entries(whole.store.state())) state[name].set(array);
    train(whole, 4, 6);
    train(resumed, 4, 6);
    expect(bits(resumed)).toEqual(bits(whole));
  });
});

describe('state', () => {
  const names = async (config: OptimizerConfig) => Object.keys((await createOptimizer(config, [parameter('a.weight', new Float32Array(3))])).store.state());
  it.each<[OptimizerConfig, string[]]>([
    [{ type: 'sgd' }, []],
    [{ type: 'sgd', momentum: 0.9 }, ['momentum_buffer/a.weight']],
    [{ type: 'adam' }, ['exp_avg/a.weight', 'exp_avg_sq/a.weight']],
    [{ type: 'adamw', amsgrad: true }, ['exp_avg/a.weight', 'exp_avg_sq/a.weight', 'max_exp_avg_sq/a.weight']],
    [{ type: 'rmsprop', centered: true, momentum: 0.1 }, ['square_avg/a.weight', 'grad_avg/a.weight', 'momentum_buffer/a.weight']],
    [{ type: 'adagrad' }, ['sum/a.weight']],
  ])('%j keeps %j', async (config, expected) => expect(await names(config)).toEqual(expected));

  it('parameters do not touch each other, whatever their size', async () => {
    const optimizer = await createOptimizer({ type: 'adam' }, [1, 2, 3, 4, 5].map((n) => parameter(`p${n}`, new Float32Array(n).fill(n))));
    optimizer.store.gradient('p3').fill(1);
    optimizer.step({ step: 1, learningRate: 0.5 });
    expect([1, 2, 3, 4, 5].map((n) => [...optimizer.store.weight(`p${n}`)])).toEqual([[1], [2, 2], [2.5, 2.5, 2.5], [4, 4, 4, 4], [5, 5, 5, 5, 5]]);
  });
  it('an empty parameter is left alone', async () => {
    const optimizer = await createOptimizer({ type: 'adam' }, [parameter('none', new Float32Array(0)), parameter('p', Float32Array.of(1))]);
    expect(optimizer.step({ step: 1, learningRate: 0.1 })).toEqual({ gradientNorm: 0, clipped: false });
  });
  it('views start at 64 bytes', async () => {
    const { store } = await createOptimizer({ type: 'adam' }, parameters());
    expect(Object.values(store.state()).every((array) => array.byteOffset % 64 === 0)).toBe(true);
  });
});

describe('mistakes', () => {
  it.each<[unknown, string]>([
    [{ type: 'ftrl' }, 'The optimizer "ftrl" is unknown; allowed are sgd, adam, adamw, nadam, radam, adamax, stableadamw, lamb, lion, rmsprop, adagrad, adadelta or lbfgs.'],
    [{ type: 'sgd', nesterov: true }, 'optimizer.nesterov needs a momentum above 0 and a dampening of 0; found momentum 0 and dampening 0.'],
    [{ type: 'toString' }, 'The optimizer "toString" is unknown; allowed are sgd, adam, adamw, nadam, radam, adamax, stableadamw, lamb, lion, rmsprop, adagrad, adadelta or lbfgs.'],
  ])('%j', (config, message) => expect(() => resolveOptimizer(config as OptimizerConfig)).toThrow(new InputError(message)));

  it('more state than 4 GiB', async () => {
    // Only its length is looked at.
    const data = { length: 300e6 } as Float32Array;
    await expect(createOptimizer({ type: 'adam' }, [parameter('p', data)])).rejects.toThrow(
      new InputError('The model has 300000000 parameters, for which this optimizer needs 4 arrays of 1.12 GiB; together at most 4 GiB are possible.'),
    );
  });
});

describe('defaults are those of torch.optim', () => {
  it.each([
    [{ type: 'sgd', learningRate: 1e-3, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 }],
    [{ type: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, amsgrad: false, biasCorrection: true }],
    [{ type: 'adamw', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 1e-2, amsgrad: false, biasCorrection: true }],
    [{ type: 'rmsprop', learningRate: 1e-2, alpha: 0.99, epsilon: 1e-8, momentum: 0, centered: false, weightDecay: 0 }],
    [{ type: 'adagrad', learningRate: 1e-2, learningRateDecay: 0, initialAccumulatorValue: 0, epsilon: 1e-10, weightDecay: 0 }],
  ])('$type', (expected) => expect(resolveOptimizer({ type: expected.type } as OptimizerConfig)).toEqual(expected));
});
