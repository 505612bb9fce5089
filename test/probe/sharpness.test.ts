import { describe, expect, it } from 'vitest';
import { sharpness, type SharpnessOptions, type Vector } from '../../engine/probe/sharpness';
import { Random } from '../../engine/random';

/** A rotation of n dimensions, from random plane rotations: columns are the eigenvectors of the quadratics below. */
function rotation(n: number): number[][] {
  const random = new Random(7, 'rotation');
  const q = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => Number(i === j)));
  for (let k = 0; k < 5 * n; k++) {
    const i = random.below(n), j = (i + 1 + random.below(n - 1)) % n, angle = 2 * Math.PI * random.uniform();
    for (const row of q) [row[i], row[j]] = [Math.cos(angle) * row[i] - Math.sin(angle) * row[j], Math.sin(angle) * row[i] + Math.cos(angle) * row[j]];
  }
  return q;
}

/** The matrix P^1/2 Q diag(eigenvalues) Q^T P^1/2: preconditioned with P it has exactly these eigenvalues. */
function hessian(eigenvalues: number[], p: number[] = eigenvalues.map(() => 1)): number[][] {
  const q = rotation(eigenvalues.length);
  return p.map((pi, i) => p.map((pj, j) => Math.sqrt(pi * pj) * eigenvalues.reduce((sum, value, k) => sum + q[i][k] * value * q[j][k], 0)));
}

const gradientOf = (h: number[][], array: typeof Float32Array | typeof Float64Array) => (theta: Vector): Vector =>
  new array(h.map((row) => row.reduce((sum, value, j) => sum + value * theta[j], 0)));

const spectrum = [0.1, 5, 0.3, 2, 1, 0.7, 0.01, 3];
const scales = [1e-8, 1e-3, 0.5, 1e-2, 2, 1e-5, 1, 0.1];
const theta = Float64Array.from(spectrum, (_, i) => 0.3 * i - 1);

const measure = (h: number[][], o: Partial<SharpnessOptions> = {}) =>
  sharpness({ gradientAt: gradientOf(h, Float64Array), theta, tolerance: 1e-6, maximumIterations: 500, ...o });

describe('sharpness of quadratics with known eigenvalues', () => {
  // A change of 1e-6 per iteration leaves an error of about 1e-6 / (1 - (second / first)^2).
  it('gradient descent', async () => expect((await measure(hessian(spectrum))).value).toBeCloseTo(5, 4));
  it('preconditioned', async () =>
    expect((await measure(hessian(spectrum, scales), { preconditioner: Float64Array.from(scales) })).value).toBeCloseTo(5, 4));
  it('the preconditioner matters', async () => {
    const alone = (await measure(hessian(spectrum, scales))).value;
    expect(Math.abs(alone - 5)).toBeGreaterThan(0.5);
  });
  it('the largest one is meant, not the most negative', async () =>
    expect((await measure(hessian([-9, 1, 4, 0.5]), { theta: theta.slice(0, 4) })).value).toBeCloseTo(4, 3));
  it('all negative', async () => expect((await measure(hessian([-9, -1, -4, -0.5]), { theta: theta.slice(0, 4) })).value).toBeCloseTo(-0.5, 3));
  it('flat', async () => expect(await measure(hessian([0, 0, 0]), { theta: theta.slice(0, 3) })).toMatchObject({ value: 0, converged: true }));

  it('float32 gradients', async () => {
    const { value, converged } = await sharpness({
      gradientAt: gradientOf(hessian(spectrum, scales), Float32Array),
      theta: Float32Array.from(theta),
      preconditioner: Float32Array.from(scales),
      maximumIterations: 100,
    });
    expect(converged).toBe(true);
    expect(Math.abs(value / 5 - 1)).toBeLessThan(5e-3); // the default tolerance, 1e-3, over 1 - (3/5)^2
  });
  it('a gradient callback that reuses its array', async () => {
    const h = hessian(spectrum), buffer = new Float64Array(spectrum.length);
    const gradientAt = async (at: Vector) => (buffer.set(gradientOf(h, Float64Array)(at)), buffer);
    expect((await measure(h, { gradientAt })).value).toBeCloseTo(5, 4);
  });
});

describe('stopping', () => {
  it('at the limit', async () => {
    expect(await measure(hessian(spectrum), { maximumIterations: 2 })).toMatchObject({ iterations: 2, converged: false });
  });
  it('at NaN', async () => expect(await measure(hessian(spectrum), { gradientAt: (at) => at.map(() => NaN) })).toEqual({ value: NaN, iterations: 1, converged: false }));
  it('two gradients for each iteration, theta unchanged', async () => {
    let calls = 0;
    const before = theta.slice();
    const gradient = gradientOf(hessian(spectrum), Float64Array);
    const { iterations } = await measure(hessian(spectrum), { gradientAt: (at) => (calls++, gradient(at)) });
    expect(calls).toBe(2 * iterations);
    expect(theta).toEqual(before);
  });
});

it('curvature of a function that is not quadratic', async () => {
  // f = sum cosh(a_i x_i): Hessian diag(a_i^2 cosh(a_i x_i)).
  const a = [1, 2, 0.5], x = [0.2, -0.3, 1];
  const { value } = await sharpness({
    gradientAt: (at) => Float64Array.from(at, (value, i) => a[i] * Math.sinh(a[i] * value)),
    theta: Float64Array.from(x),
    tolerance: 1e-8,
    maximumIterations: 200,
  });
  expect(value / (4 * Math.cosh(0.6))).toBeCloseTo(1, 4); // central differences: (a h)^2 / 6 with h = 4e-3
});
