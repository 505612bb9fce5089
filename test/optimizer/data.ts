import { Random } from '../../engine/random';

/** float32 normal numbers times `scale`, plus `offset`. */
export function normals(seed: number, place: string, step: number, n: number, scale = 1, offset = 0): Float32Array {
  const random = new Random(seed, place, step);
  return Float32Array.from({ length: n }, () => offset + scale * random.normal());
}

export const parameter = (name: string, data: Float32Array) => ({ name, dims: [data.length], data });

/** max |a - b| / max |b|. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
    if (Number.isNaN(a[i] - b[i])) return NaN;
  }
  return difference / size;
}
