import { sizeOf } from '../../onnx/tensor';
import { div, equal, greater, mask, mul, sub, sum, where } from '../expression';
import type { Context, Rules } from '../rule';
import type { Value } from '../value';
import { type Axis, bordered, seenAt, spread, taps, windowsOf } from '../windows';

const axesOf = (c: Context): Axis[] => windowsOf(c, c.ints('kernel_shape', []), c.x.dims.slice(2), c.y.dims.slice(2));

/**
 * Each window's gradient goes to the first position that holds the maximum, as in torch: it is taken out of what is left where a position equals the
 * maximum, and what is left at the end belongs to the last position. After a Relu its mask is applied to the windows, which are fewer than the elements.
 */
const maxPool = (c: Context): Value => {
  const axes = axesOf(c);
  const x = bordered(c.x, axes, -3e38);
  const relu = c.builder.graph.producer(c.x.name)?.opType === 'Relu';
  let left = relu ? mul(c.dy, mask(greater(c.y, 0), c.dy.type)) : c.dy;
  const parts = taps(axes).map((tap, i, { length }) => {
    if (i === length - 1) return left;
    const part = where(equal(seenAt(x, axes, tap), c.y), left, 0);
    left = sub(left, part);
    return part;
  });
  const dx = spread(parts, axes);
  return relu ? { ...dx, maskedBy: c.x.name } : dx;
};

/** How many elements of the (padded) input each window covers. */
const covered = (axis: Axis, padsCount: boolean): number[] => {
  const [low, high] = padsCount ? [-axis.before, axis.size + axis.after] : [0, axis.size];
  return Array.from({ length: axis.output }, (_, window) => {
    const positions = Array.from({ length: axis.kernel }, (_, i) => window * axis.stride - axis.before + i * axis.dilation);
    return positions.filter((position) => position >= low && position < high).length;
  });
};

const averagePool = (c: Context): Value => {
  const axes = axesOf(c);
  const counts = axes.map((axis) => covered(axis, c.int('count_include_pad', 0) === 1)).reduce((all, axis) => all.flatMap((a) => axis.map((b) => a * b)));
  const share = counts.every((n) => n === counts[0])
    ? mul(c.dy, 1 / counts[0])
    : mul(c.dy, c.builder.constant(counts.map((n) => 1 / n), c.dy.type, axes.map(({ output }) => output)));
  return spread(taps(axes).map(() => share), axes);
};

const spatial = (x: Value): number[] => x.dims.map((_, axis) => axis).slice(2);

export const pooling: Rules = {
  MaxPool: [maxPool],
  AveragePool: [averagePool],
  GlobalAveragePool: [(c) => mul(c.dy, 1 / sizeOf(c.x.dims.slice(2)))],
  // Equal maxima share, as in ReduceMax.
  GlobalMaxPool: [(c) => {
    const chosen = mask(equal(c.x, c.y), c.dy.type);
    return mul(chosen, div(c.dy, sum(chosen, spatial(c.x))));
  }],
};
