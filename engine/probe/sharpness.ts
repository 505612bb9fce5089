import { Random } from '../random';

/** A flat vector of all parameters. */
export type Vector = Float32Array | Float64Array;

export interface SharpnessOptions {
  /** The gradient of the loss at theta; must not keep theta, and may return the same array each time. */
  gradientAt(theta: Vector): Vector | Promise<Vector>;
  /** Where to measure; is not changed. */
  theta: Vector;
  /** The diagonal of P: sqrt(v^) + eps for Adam; absent for the identity (SGD). Positive. */
  preconditioner?: Vector;
  seed?: number;
  /** Stops when the eigenvalue changes by less than this share from one iteration to the next. */
  tolerance?: number;
  /** Each iteration takes two gradients. */
  maximumIterations?: number;
  /** Length of the finite-difference step as a share of max(1, ||theta||). */
  difference?: number;
}

export interface Sharpness {
  value: number;
  /** Hessian-vector products taken. */
  iterations: number;
  converged: boolean;
}

/**
 * Largest eigenvalue of the preconditioned Hessian P^-1 H (Cohen et al. 2022, "Adaptive gradient methods at the edge of stability"):
 * Adam becomes unstable where it passes 38 / lr, gradient descent where that of H passes 2 / lr.
 *
 * Power iteration on the symmetric P^-1/2 H P^-1/2, which has the same eigenvalues. H d is a central difference of gradients along d with
 * an error of second order in the step. Its length h balances that error with rounding, of relative size e = 6e-8 in a float32 gradient:
 * h = e^(1/3) = 4e-3 of the parameters' norm.
 *
 * Power iteration finds the eigenvalue that is largest in size; if that is negative (-s), the same iteration on the matrix + s I finds
 * the largest one in value.
 */
export async function sharpness(options: SharpnessOptions): Promise<Sharpness> {
  const { maximumIterations = 50 } = options;
  const first = await powerIteration(options, 0, maximumIterations);
  if (!(first.value < 0)) return first;
  const second = await powerIteration(options, -first.value, Math.max(1, maximumIterations - first.iterations));
  return { ...second, iterations: first.iterations + second.iterations };
}

/** The dominant eigenvalue of P^-1/2 H P^-1/2 + shift I, less the shift. */
async function powerIteration(options: SharpnessOptions, shift: number, maximumIterations: number): Promise<Sharpness> {
  const { theta, preconditioner, tolerance = 1e-3, seed = 0 } = options;
  const root = preconditioner ? Float64Array.from(preconditioner, (p) => 1 / Math.sqrt(p)) : new Float64Array(theta.length).fill(1);
  const random = new Random(seed, 'sharpness');
  let v = normalize(Float64Array.from(theta, () => random.normal()));
  let value = NaN;
  for (let iterations = 1; iterations <= maximumIterations; iterations++) {
    const product = await hessianProduct(options, v.map((x, i) => x * root[i]));
    const next = product.map((x, i) => x * root[i] + shift * v[i]);
    const last = value;
    value = next.reduce((sum, x, i) => sum + x * v[i], 0);
    if (!Number.isFinite(value)) return { value: NaN, iterations, converged: false };
    if (Math.abs(value - last) <= tolerance * Math.abs(value) || norm(next) === 0) return { value: value - shift, iterations, converged: true };
    v = normalize(next);
  }
  return { value: value - shift, iterations: maximumIterations, converged: false };
}

/** H d = (g(theta + h d) - g(theta - h d)) / 2h. */
async function hessianProduct({ gradientAt, theta, difference = 4e-3 }: SharpnessOptions, d: Float64Array): Promise<Float64Array> {
  const h = (difference * Math.max(1, norm(theta))) / (norm(d) || 1);
  const at = (step: number): Vector => {
    const moved = theta.slice();
    for (let i = 0; i < moved.length; i++) moved[i] += step * d[i];
    return moved;
  };
  const forward = Float64Array.from(await gradientAt(at(h)));
  const backward = await gradientAt(at(-h));
  return forward.map((g, i) => (g - backward[i]) / (2 * h));
}

const norm = (x: Vector): number => {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum);
};

const normalize = (x: Float64Array): Float64Array => {
  const length = norm(x);
  return x.map((value) => value / length);
};
