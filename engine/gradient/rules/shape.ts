import { add, concat, flip, normalizeAxis, pad, reshape, slice, sum, transpose, zeros } from '../expression';
import type { Context, Rule, Rules } from '../rule';
import type { Value } from '../value';

/** These keep the order of the elements. */
const sameOrder: Rule = [(c) => reshape(c.dy, c.x.dims)];

/** Zeros of `size` along the axis, with the elements of x at start, start + step, ... */
export const place = (x: Value, axis: number, size: number, start: number, step: number): Value => {
  const count = x.dims[axis];
  if (step < 0) return place(flip(x, [axis]), axis, size, start + (count - 1) * step, -step);
  const at = (n: number): number[] => x.dims.map((_, i) => (i === axis ? n : 0));
  // Zeros between the elements: a new axis behind this one, padded to `step` and merged.
  const split = reshape(x, x.dims.toSpliced(axis + 1, 0, 1));
  const padding = split.dims.map((_, i) => (i === axis + 1 ? step - 1 : 0));
  const length = (count - 1) * step + 1;
  const spaced = step === 1 ? x : slice(reshape(pad(split, padding.map(() => 0), padding), x.dims.with(axis, count * step)), [axis], [0], [length]);
  return pad(spaced, at(start), at(size - start - length));
};

const sliceGradient = (c: Context): Value => {
  const { dims } = c.x;
  const starts = c.constantInput(1, 'starts');
  const axes = (c.has(3) ? c.constantInput(3, 'axes') : starts.map((_, i) => i)).map((axis) => normalizeAxis(axis, dims.length));
  const steps = c.has(4) ? c.constantInput(4, 'steps') : starts.map(() => 1);
  return axes.reduce((gradient, axis, i) => {
    const [size, step] = [dims[axis], steps[i]];
    const start = Math.min(Math.max(starts[i] < 0 ? starts[i] + size : starts[i], 0), step > 0 ? size : size - 1);
    return place(gradient, axis, size, start, step);
  }, c.dy);
};

/** Adds what was copied beyond the borders back to the elements it was copied from. */
const padGradient = (c: Context): Value => {
  const { dims } = c.x;
  const mode = c.string('mode', 'constant');
  const pads = c.constantInput(1, 'pads');
  const axes = c.axes(3) ?? dims.map((_, i) => i);
  return axes.reduce((gradient, axis, i) => {
    const [before, after, size] = [pads[i], pads[i + axes.length], dims[axis]];
    const source = (position: number): number => {
      if (mode === 'wrap') return ((position % size) + size) % size;
      const clamped = Math.min(Math.max(position, 0), size - 1);
      return mode === 'edge' ? clamped : 2 * clamped - position;
    };
    const borders = [...range(-before, 0), ...range(size, size + after)];
    const [from, to] = [Math.max(0, -before), size + Math.min(0, after)];
    const inner = pad(slice(gradient, [axis], [from + before], [to + before]), dims.map((_, k) => (k === axis ? from : 0)), dims.map((_, k) => (k === axis ? size - to : 0)));
    if (mode === 'constant') return inner;
    return borders.reduce((total, position) => add(total, place(slice(gradient, [axis], [position + before], [position + before + 1]), axis, size, source(position), 1)), inner);
  }, c.dy);
};
const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** The part of the concatenation that came from this input. */
const concatGradient: Rule = (c, input) => {
  const axis = c.axis(0);
  const start = c.inputs.slice(0, input).reduce((total, { dims }) => total + dims[axis], 0);
  return slice(c.dy, [axis], [start], [start + c.input(input).dims[axis]]);
};

const splitGradient = (c: Context): Value =>
  concat(c.node.output.map((name, i) => c.dys[i] ?? zeros(c.x, c.builder.value(name).dims)), c.axis(0));

const transposeGradient = (c: Context): Value => {
  const perm = c.ints('perm', c.x.dims.map((_, i) => i).reverse());
  return transpose(c.dy, perm.map((_, axis) => perm.indexOf(axis)));
};

/** [N, C, H b, W b] <-> [N, C b b, H, W]; `mode` says whether the depth is read block first (DCR) or channel first (CRD). */
const depthToSpaceGradient = (c: Context): Value => {
  const b = c.int('blocksize', 1);
  const [n, channels, height, width] = c.dy.dims;
  const blocks = reshape(c.dy, [n, channels, height / b, b, width / b, b]);
  return reshape(transpose(blocks, c.string('mode', 'DCR') === 'DCR' ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]), c.x.dims);
};
const spaceToDepthGradient = (c: Context): Value => {
  const b = c.int('blocksize', 1);
  const [n, depth, height, width] = c.dy.dims;
  return reshape(transpose(reshape(c.dy, [n, b, b, depth / (b * b), height, width]), [0, 3, 4, 1, 5, 2]), c.x.dims);
};

const tileGradient = (c: Context): Value => {
  const repeats = c.constantInput(1, 'repeats');
  return reshape(sum(reshape(c.dy, c.x.dims.flatMap((n, i) => [repeats[i], n])), repeats.map((_, i) => 2 * i)), c.x.dims);
};

export const shape: Rules = {
  Flatten: sameOrder,
  Reshape: sameOrder,
  Squeeze: sameOrder,
  Unsqueeze: sameOrder,
  Expand: [(c) => c.dy],
  Transpose: [transposeGradient],
  Concat: concatGradient,
  Split: [splitGradient],
  Slice: [sliceGradient],
  Pad: [padGradient],
  Tile: [tileGradient],
  DepthToSpace: [depthToSpaceGradient],
  SpaceToDepth: [spaceToDepthGradient],
  Trilu: [(c) => c.builder.emit('Trilu', [c.dy, c.has(1) ? c.b : undefined], { upper: c.int('upper', 1) }, c.dy.dims, c.dy.type)],
};
