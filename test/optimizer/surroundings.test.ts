import { describe, expect, it } from 'vitest';
import { KeyError } from '../../engine/errors';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { normals, parameter } from './data';

const n = 37;
const names = ['conv.weight', 'conv.bias', 'head.weight', 'head.bias'];
const parameters = () => names.map((name, i) => parameter(name, normals(0, 'weight', i, n)));
const fill = (optimizer: Awaited<ReturnType<typeof createOptimizer>>, step: number, scale = 1) => names.forEach((name, i) => optimizer.store.gradient(name).set(normals(step, 'gradient', i, n, scale)));
const weights = ({ store }: Awaited<ReturnType<typeof createOptimizer>>, name: string) => [...store.weight(name)];

describe('groups of parameters', () => {
  it('train as an optimizer of their own with that learning rate and weight decay would', async () => {
    const grouped = await createOptimizer({ type: 'adamw' }, parameters(), { groups: [{ parameters: ['head.*'], learningRate: 0.05 }, { parameters: ['*.bias'], weightDecay: 0 }] });
    const plain = await createOptimizer({ type: 'adamw' }, parameters());
    const fast = await createOptimizer({ type: 'adamw', learningRate: 0.05 }, parameters());
    const undecayed = await createOptimizer({ type: 'adamw', weightDecay: 0 }, parameters());
    for (let step = 1; step <= 5; step++) {
      const half = (base: number) => base / 2;
      for (const optimizer of [grouped, plain, fast, undecayed]) {
        fill(optimizer, step);
        optimizer.step({ step, learningRate: half });
      }
    }
    expect(weights(grouped, 'conv.weight')).toEqual(weights(plain, 'conv.weight'));
    expect(weights(grouped, 'conv.bias')).toEqual(weights(undecayed, 'conv.bias'));
    // The first group that names a parameter holds: its weight decay stays.
    expect(weights(grouped, 'head.bias')).toEqual(weights(fast, 'head.bias'));
    expect(weights(grouped, 'head.weight')).toEqual(weights(fast, 'head.weight'));
    expect(weights(grouped, 'head.weight')).not.toEqual(weights(plain, 'head.weight'));
  });
  it.each([
    [{ type: 'adam' } as const, ['conv.*', 'haed.*'], 'parameterGroups.0.parameters.1: "haed.*" matches no trained parameter; the parameters are conv.weight, conv.bias, head.weight, head.bias'],
    [{ type: 'lbfgs' } as const, ['*'], 'parameterGroups: is not possible with the optimizer "lbfgs", which takes one step for all parameters'],
  ])('mistakes: %j %j', async (config, patterns, message) => {
    await expect(createOptimizer(config, parameters(), { groups: [{ parameters: patterns }] })).rejects.toThrow(new KeyError(message.split(':')[0], message.slice(message.indexOf(' ') + 1)));
  });
});

describe('penalties', () => {
  it('enter the gradient of the parameters that they are for, and its norm', async () => {
    const regularization = { l1: 0.3, l2: 0.2, parameters: ['*.weight'] };
    const optimizer = await createOptimizer({ type: 'sgd' }, parameters(), { regularization });
    const before = names.map((name) => weights(optimizer, name));
    optimizer.store.weight(names[0])[5] = before[0][5] = 0;
    fill(optimizer, 1);
    const { gradientNorm } = optimizer.step({ step: 1, learningRate: 1 });
    let squares = 0;
    names.forEach((name, i) => normals(1, 'gradient', i, n).forEach((g, j) => {
      const w = before[i][j];
      const slope = name.endsWith('weight') ? g + 0.3 * Math.sign(w) + 0.2 * w : g;
      squares += slope * slope;
      expect(optimizer.store.weight(name)[j]).toBeCloseTo(w - slope, 5);
    }));
    expect(gradientNorm).toBeCloseTo(Math.sqrt(squares), 4);
  });
});

describe('the moving average', () => {
  it('starts with the weights of the first step and follows them', async () => {
    const optimizer = await createOptimizer({ type: 'sgd' }, parameters(), { ema: { decay: 0.8 } });
    const exact = names.map((name) => weights(optimizer, name));
    for (let step = 1; step <= 6; step++) {
      fill(optimizer, step);
      optimizer.step({ step, learningRate: 0.1 });
      names.forEach((name, i) => weights(optimizer, name).forEach((w, j) => (exact[i][j] = step === 1 ? w : 0.8 * exact[i][j] + 0.2 * w)));
    }
    names.forEach((name, i) => optimizer.averaged(name).forEach((value, j) => expect(value).toBeCloseTo(exact[i][j], 5)));
    expect([...optimizer.averaged(names[0])]).not.toEqual(weights(optimizer, names[0]));
  });
});

describe('clipping by a percentile of past norms', () => {
  it('is numpy.percentile over the last norms, the present one among them', async () => {
    const optimizer = await createOptimizer({ type: 'sgd' }, [parameter('p', new Float32Array(1))], { clip: { percentile: 40, window: 4 } });
    // numpy.percentile(last four norms, 40)
    const cases = [[3, 3], [1, 1.8], [5, 2.6], [2, 2.2], [10, 2.6], [4, 4.2]] as const;
    let at = 0;
    cases.forEach(([norm, limit], i) => {
      optimizer.store.gradient('p')[0] = norm;
      const { clipped, gradientNorm } = optimizer.step({ step: i + 1, learningRate: 1 });
      const moved = at - optimizer.store.weight('p')[0];
      at = optimizer.store.weight('p')[0];
      expect(gradientNorm).toBe(norm);
      expect(moved).toBeCloseTo(Math.min(norm, limit), 4);
      expect(clipped).toBe(norm > limit);
    });
  });
  it('what is not finite is no past norm', async () => {
    const optimizer = await createOptimizer({ type: 'sgd' }, [parameter('p', new Float32Array(1))], { clip: { percentile: 50 } });
    for (const [i, g] of [1, NaN, 1e30 * 1e30].entries()) {
      optimizer.store.gradient('p')[0] = g;
      optimizer.step({ step: i + 1, learningRate: 1 });
    }
    expect([...optimizer.store.state().past_norms].filter((x) => x !== 0)).toEqual([1, 1]);
  });
});
