import { matmul, transpose } from '../expression';
import type { Context, Rules } from '../rule';
import type { Value } from '../value';

/** Where a position of the output lies in the input (ONNX operator Resize, coordinate_transformation_mode). */
const coordinates: Record<string, (position: number, scale: number, from: number, to: number) => number> = {
  half_pixel: (position, scale) => (position + 0.5) / scale - 0.5,
  pytorch_half_pixel: (position, scale, _, to) => (to > 1 ? (position + 0.5) / scale - 0.5 : 0),
  align_corners: (position, _, from, to) => (to > 1 ? (position * (from - 1)) / (to - 1) : 0),
  asymmetric: (position, scale) => position / scale,
};
const roundings: Record<string, (x: number) => number> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** The weights with which each position of the output reads the input: [to, from]. */
function weights(c: Context, from: number, to: number, scale: number): number[] {
  const mode = c.string('mode', 'nearest');
  const at = coordinates[c.string('coordinate_transformation_mode', 'half_pixel')];
  const round = roundings[c.string('nearest_mode', 'round_prefer_floor')];
  if (!at || !['nearest', 'linear', 'cubic'].includes(mode) || c.int('antialias', 0) || c.int('exclude_outside', 0)) c.fail('this way of interpolating is not supported');
  const a = c.float('cubic_coeff_a', -0.75);
  const matrix = new Array<number>(to * from).fill(0);
  const put = (position: number, source: number, weight: number): void => {
    matrix[position * from + Math.min(Math.max(source, 0), from - 1)] += weight;
  };
  for (let position = 0; position < to; position++) {
    const x = at(position, scale, from, to);
    const low = Math.floor(x), t = x - low;
    if (mode === 'nearest') put(position, round(x), 1);
    else if (mode === 'linear') [1 - t, t].forEach((weight, i) => put(position, low + i, weight));
    // Keys 1981, "Cubic convolution interpolation for digital image processing".
    else [t + 1, t, 1 - t, 2 - t].forEach((d, i) => put(position, low - 1 + i, d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a));
  }
  return matrix;
}

/** Resizing is linear along each axis in turn: dy times a constant matrix per axis that changes. */
const gradient = (c: Context): Value => {
  const scales = c.has(2) ? c.constantInput(2, 'scales') : [];
  return c.x.dims.reduce((dy, from, axis) => {
    const to = c.y.dims[axis];
    if (from === to) return dy;
    const matrix = c.builder.constant(weights(c, from, to, scales[axis] ?? to / from), dy.type, [to, from]);
    const last = dy.dims.length - 1;
    const swap = dy.dims.map((_, i) => (i === axis ? last : i === last ? axis : i));
    return transpose(matmul(transpose(dy, swap), matrix), swap);
  }, c.dy);
};

export const resize: Rules = {
  Resize: [gradient],
};
