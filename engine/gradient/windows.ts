import { add, concat, pad, reshape, slice, zeros } from './expression';
import type { Context } from './rule';
import type { Value } from './value';

/** How the windows of a convolution or pooling lie along one spatial axis. */
export interface Axis {
  size: number;
  kernel: number;
  stride: number;
  dilation: number;
  before: number;
  after: number;
  /** Number of windows. */
  output: number;
}

/** Reads strides, dilations and pads (or auto_pad) of a Conv, ConvTranspose or pooling node that turned `input` into `output`. */
export function windowsOf(c: Context, kernel: readonly number[], input: readonly number[], output: readonly number[]): Axis[] {
  const rank = kernel.length;
  const strides = c.ints('strides', Array(rank).fill(1));
  const dilations = c.ints('dilations', Array(rank).fill(1));
  const pads = c.ints('pads', Array(2 * rank).fill(0));
  const auto = c.string('auto_pad', 'NOTSET');
  return kernel.map((k, i) => {
    const axis = { size: input[i], kernel: k, stride: strides[i], dilation: dilations[i], output: output[i] };
    const total = Math.max(0, (output[i] - 1) * strides[i] + (k - 1) * dilations[i] + 1 - input[i]);
    if (auto === 'SAME_UPPER') return { ...axis, before: Math.floor(total / 2), after: Math.ceil(total / 2) };
    if (auto === 'SAME_LOWER') return { ...axis, before: Math.ceil(total / 2), after: Math.floor(total / 2) };
    if (auto === 'VALID') return { ...axis, before: 0, after: 0 };
    return { ...axis, before: pads[i], after: pads[i + rank] };
  });
}

/** Positions within the window, in row-major order. */
export const taps = (axes: readonly Axis[]): number[][] =>
  axes.reduce<number[][]>((list, { kernel }) => list.flatMap((tap) => Array.from({ length: kernel }, (_, i) => [...tap, i])), [[]]);

/** x [N, C, spatial] with borders, so that every window lies inside. */
export const bordered = (x: Value, axes: readonly Axis[], value = 0): Value => {
  const needed = axes.map(({ size, kernel, stride, dilation, before, output }) => Math.max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - size - before));
  return pad(x, [0, 0, ...axes.map(({ before }) => before)], [0, 0, ...needed], value);
};

/** The elements that all windows see at one position: [N, C, windows]. */
export const seenAt = (borderedX: Value, axes: readonly Axis[], tap: readonly number[]): Value => {
  const starts = axes.map(({ dilation }, i) => tap[i] * dilation);
  return slice(borderedX, axes.map((_, i) => i + 2), starts, axes.map(({ output, stride }, i) => starts[i] + (output - 1) * stride + 1), axes.map(({ stride }) => stride));
};

/**
 * The reverse of `seenAt` for all positions at once: adds what belongs to each position of the windows up to the input's dimensions.
 * Positions with equal remainder modulo the stride are added with the windows as the grid; the remainders then interleave.
 */
export function spread(parts: readonly Value[], axes: readonly Axis[]): Value {
  const positions = taps(axes).map((tap) => tap.map((i, a) => i * axes[a].dilation));
  // Windows plus the furthest whole stride, and enough for the far border.
  const grid = axes.map(({ size, before, kernel, stride, dilation, output }) => Math.max(output + Math.floor(((kernel - 1) * dilation) / stride), Math.ceil((size + before) / stride)));
  const remainders = taps(axes.map((axis) => ({ ...axis, kernel: axis.stride })));
  let list = remainders.map((remainder) => {
    const members = positions.flatMap((position, i) => (position.every((p, a) => p % axes[a].stride === remainder[a]) ? [i] : []));
    if (members.length === 0) return zeros(parts[0], [...parts[0].dims.slice(0, 2), ...grid]);
    return members.map((i) => {
      const shift = positions[i].map((p, a) => Math.floor(p / axes[a].stride));
      return pad(parts[i], [0, 0, ...shift], [0, 0, ...shift.map((n, a) => grid[a] - n - axes[a].output)]);
    }).reduce(add);
  });
  for (let a = axes.length - 1; a >= 0; a--) {
    const { stride } = axes[a];
    if (stride === 1) continue;
    const behind = a + 3;
    const groups = Array.from({ length: list.length / stride }, (_, g) => list.slice(g * stride, (g + 1) * stride));
    list = groups.map((group) => {
      const { dims } = group[0];
      return reshape(concat(group.map((part) => reshape(part, dims.toSpliced(behind, 0, 1))), behind), dims.with(behind - 1, dims[behind - 1] * stride));
    });
  }
  return slice(list[0], axes.map((_, a) => a + 2), axes.map(({ before }) => before), axes.map(({ before, size }) => before + size));
}
