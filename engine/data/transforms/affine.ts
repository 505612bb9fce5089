import type { Run } from './step';

/** x -> scale * x + shift, one pair per element of a sample. */
export interface Affine {
  scale: Float64Array;
  shift: Float64Array;
}

export const affine = ({ scale, shift }: Affine): Run => (values) => {
  for (let j = 0; j < scale.length; j++) values[j] = scale[j] * values[j] + shift[j];
  return values;
};

export const identity = (size: number): Affine => ({ scale: new Float64Array(size).fill(1), shift: new Float64Array(size) });

/** First `a`, then `b`. */
export const composed = (a: Affine, b: Affine): Affine => ({ scale: b.scale.map((value, j) => value * a.scale[j]), shift: b.shift.map((value, j) => b.scale[j] * a.shift[j] + value) });
