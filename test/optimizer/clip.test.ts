import { describe, expect, it } from 'vitest';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import type { ClipConfig } from '../../engine/optimizer/schema';
import { parameter } from './data';

/** What plain gradient descent with a rate of 1 subtracts from two parameters, and what the step reports. */
async function descend(gradients: number[][], clip?: ClipConfig) {
  const optimizer = await createOptimizer({ type: 'sgd' }, gradients.map((g, i) => parameter(`p${i}`, new Float32Array(g.length))), { clip });
  gradients.forEach((g, i) => optimizer.store.gradient(`p${i}`).set(g));
  const result = optimizer.step({ step: 1, learningRate: 1 });
  return { ...result, update: gradients.map((_, i) => [...optimizer.store.weight(`p${i}`)].map((w) => -w)) };
}

const close = (update: number[][], expected: number[][]) =>
  update.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[i][j], 6)));

describe('clipping', () => {
  it('none', async () => expect(await descend([[3], [0, 4]])).toEqual({ gradientNorm: 5, clipped: false, update: [[3], [-0, 4]] }));
  it('a norm below the limit changes nothing', async () =>
    expect(await descend([[3], [0, 4]], { globalNorm: 5.1 })).toEqual({ gradientNorm: 5, clipped: false, update: [[3], [-0, 4]] }));
  it('a norm above the limit scales all parameters together', async () => {
    const { gradientNorm, clipped, update } = await descend([[3], [0, 4]], { globalNorm: 1 });
    expect([gradientNorm, clipped]).toEqual([5, true]);
    close(update, [[3 / 5.000001], [0, 4 / 5.000001]]); // torch divides by the norm + 1e-6
  });
  it('the added 1e-6 shows for a tiny norm', async () => {
    const { update } = await descend([[3e-6, 4e-6]], { globalNorm: 2e-6 });
    expect(update[0][0] / ((3e-6 * 2e-6) / 6e-6)).toBeCloseTo(1, 5);
  });
  it('by value', async () => {
    const { clipped, update } = await descend([[-3, 0.5], [0, 4]], { value: 1 });
    expect(clipped).toBe(true);
    close(update, [[-1, 0.5], [0, 1]]);
  });
  it('by value, none above', async () => expect((await descend([[-3, 0.5]], { value: 3 })).clipped).toBe(false));
  it('first the norm, then the value', async () => close((await descend([[3, 4]], { globalNorm: 1, value: 0.7 })).update, [[0.6, 0.7]]));
  it('NaN stays NaN everywhere, as in torch', async () => {
    const { gradientNorm, update } = await descend([[NaN, 1], [2]], { globalNorm: 1, value: 1 });
    expect([gradientNorm, update]).toEqual([NaN, [[NaN, NaN], [NaN]]]);
  });
  it('NaN passes the limit by value', async () => expect((await descend([[NaN, 1]], { value: 0.5 })).update).toEqual([[NaN, 0.5]]));
  it('an element above the limit counts beside NaN', async () => {
    const gradient = Array.from({ length: 16 }, (_, i) => [NaN, 0.1][i % 4] ?? 0);
    for (const at of [4, 8, 12]) expect((await descend([gradient.with(at, 3)], { value: 1 })).clipped).toBe(true);
    expect((await descend([gradient], { value: 1 })).clipped).toBe(false);
  });
  it('a norm beyond float32', async () => {
    const { gradientNorm, update } = await descend([[3e25, 4e25]], { globalNorm: 5 });
    expect(gradientNorm / 5e25).toBeCloseTo(1, 6);
    close(update, [[3, 4]]);
  });
});
