import { type Static, Type } from 'typebox';
import { Random } from '../random';
import { sizeOf } from '../onnx/tensor';
import type { Fan } from './layer';

/** Variance scaling: values of variance gain / fan, uniform on (-limit, limit) with limit = sqrt(3 variance), or normal. Gains: Glorot & Bengio
 * 2010 (2 over the mean of both fans, written here as fan = (in + out) / 2), He et al. 2015 (2), LeCun et al. 1998 (1). Not truncated, as PyTorch's. */
const varianceScaling = {
  glorotUniform: { gain: 1, fan: ({ in: i, out: o }: Fan) => (i + o) / 2, uniform: true },
  glorotNormal: { gain: 1, fan: ({ in: i, out: o }: Fan) => (i + o) / 2, uniform: false },
  heUniform: { gain: 2, fan: (fan: Fan) => fan.in, uniform: true },
  heNormal: { gain: 2, fan: (fan: Fan) => fan.in, uniform: false },
  lecunUniform: { gain: 1, fan: (fan: Fan) => fan.in, uniform: true },
  lecunNormal: { gain: 1, fan: (fan: Fan) => fan.in, uniform: false },
  /** PyTorch's default of Linear and Conv: kaiming_uniform_(a = sqrt(5)), that is U(-1/sqrt(fan_in), 1/sqrt(fan_in)), for weight and bias. */
  torch: { gain: 1 / 3, fan: (fan: Fan) => fan.in, uniform: true },
} as const;

const names = [...Object.keys(varianceScaling), 'orthogonal', 'zeros', 'ones'] as (keyof typeof varianceScaling | 'orthogonal' | 'zeros' | 'ones')[];

const Bell = Type.Union([
  Type.Number({ exclusiveMinimum: 0 }),
  Type.Object({ mean: Type.Number({ default: 0, description: 'Mean.' }), std: Type.Number({ exclusiveMinimum: 0, description: 'Standard deviation.' }) }, { additionalProperties: false }),
]);

const VarianceScaling = Type.Object({
  gain: Type.Number({ default: 1, exclusiveMinimum: 0, description: 'The variance is this over the fan: 2 for ReLU (He), 1 for tanh and SELU.' }),
  fan: Type.Enum(['in', 'out', 'average'], { default: 'in', description: 'Inputs of a unit, its outputs, or the mean of both.' }),
  distribution: Type.Enum(['uniform', 'normal', 'truncatedNormal'], { default: 'truncatedNormal', description: 'A truncated normal is widened so that its variance is right.' }),
}, { additionalProperties: false });

export const Initializer = Type.Union(
  [
    Type.Enum(names, { description: 'A named initialiser.' }),
    Type.Object({ constant: Type.Number() }, { additionalProperties: false, description: 'Every element the same.' }),
    Type.Object({ uniform: Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })]) }, { additionalProperties: false, description: 'Uniform on (-range, range), or between [low, high].' }),
    Type.Object({ normal: Bell }, { additionalProperties: false, description: 'Normal with this standard deviation, and mean.' }),
    Type.Object({ truncatedNormal: Bell }, { additionalProperties: false, description: 'Normal; what lies more than two standard deviations off the mean is drawn again.' }),
    Type.Object({ orthogonal: Type.Number({ exclusiveMinimum: 0 }) }, { additionalProperties: false, description: 'Orthogonal, times this gain.' }),
    Type.Object({ varianceScaling: VarianceScaling }, { additionalProperties: false, description: 'Of the variance gain / fan.' }),
  ],
  { description: 'How the values start: glorot, he, lecun (Uniform, Normal), orthogonal, zeros, ones, torch (the default of PyTorch), or {constant}, {uniform: range}, {normal: std}, {truncatedNormal: std}, {orthogonal: gain}, {varianceScaling: {gain, fan, distribution}}.' },
);
export type Initializer = Static<typeof Initializer>;

/** Values of a new tensor; they depend on the seed and the tensor's name only. `dims` in PyTorch's layout, output units first. */
export function initialize(initializer: Initializer, dims: number[], fan: Fan, seed: number, name: string): Float32Array {
  const random = new Random(seed, `initialize/${name}`);
  const values = new Float32Array(sizeOf(dims));
  const fill = (draw: () => number): Float32Array => {
    for (let i = 0; i < values.length; i++) values[i] = draw();
    return values;
  };
  if (initializer === 'zeros') return values;
  if (initializer === 'ones') return values.fill(1);
  if (initializer === 'orthogonal') return orthogonal(dims, 1, random);
  const between = (low: number, high: number) => fill(() => low + (high - low) * random.uniform());
  const bell = (given: number | { mean?: number; std: number }, draw: () => number) => {
    const { mean = 0, std } = typeof given === 'number' ? { std: given } : given;
    return fill(() => mean + std * draw());
  };
  const ofStd = (std: number, distribution: Distribution) =>
    distribution === 'uniform' ? between(-Math.sqrt(3) * std, Math.sqrt(3) * std)
    : distribution === 'normal' ? bell(std, () => random.normal())
    : bell(std / truncatedStd, () => truncated(random));
  if (typeof initializer === 'string') {
    const { gain, fan: size, uniform } = varianceScaling[initializer];
    return ofStd(Math.sqrt(gain / Math.max(1, size(fan))), uniform ? 'uniform' : 'normal');
  }
  if ('constant' in initializer) return values.fill(initializer.constant);
  if ('uniform' in initializer) return typeof initializer.uniform === 'number' ? between(-initializer.uniform, initializer.uniform) : between(initializer.uniform[0], initializer.uniform[1]);
  if ('normal' in initializer) return bell(initializer.normal, () => random.normal());
  if ('truncatedNormal' in initializer) return bell(initializer.truncatedNormal, () => truncated(random));
  if ('orthogonal' in initializer) return orthogonal(dims, initializer.orthogonal, random);
  const { gain = 1, fan: of = 'in', distribution = 'truncatedNormal' } = initializer.varianceScaling;
  const size = of === 'in' ? fan.in : of === 'out' ? fan.out : (fan.in + fan.out) / 2;
  return ofStd(Math.sqrt(gain / Math.max(1, size)), distribution);
}

type Distribution = 'uniform' | 'normal' | 'truncatedNormal';

/** Standard deviation of a standard normal that is cut off at -2 and 2: sqrt(1 - 4 phi(2) / (2 Phi(2) - 1)). */
const truncatedStd = 0.8796256610342398;

function truncated(random: Random): number {
  for (;;) {
    const value = random.normal();
    if (Math.abs(value) <= 2) return value;
  }
}

/** Saxe et al. 2013: orthonormal rows (or columns, whichever are fewer) of the tensor flattened to [out, rest], by modified Gram-Schmidt of normal vectors. */
function orthogonal(dims: number[], gain: number, random: Random): Float32Array {
  const rows = dims[0];
  const columns = sizeOf(dims) / rows;
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => random.normal());
    // Twice is enough (Giraud et al. 2005) to be orthogonal to rounding.
    for (let pass = 0; pass < 2; pass++) for (const other of vectors) axpy(vector, other, -dot(vector, other));
    const norm = Math.sqrt(dot(vector, vector));
    for (let i = 0; i < length; i++) vector[i] /= norm;
    vectors.push(vector);
  }
  const at = rows <= columns ? (r: number, c: number) => vectors[r][c] : (r: number, c: number) => vectors[c][r];
  return Float32Array.from({ length: rows * columns }, (_, i) => gain * at(Math.floor(i / columns), i % columns));
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0);
function axpy(y: Float64Array, x: Float64Array, factor: number): void {
  for (let i = 0; i < y.length; i++) y[i] += factor * x[i];
}
