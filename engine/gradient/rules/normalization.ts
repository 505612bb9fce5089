import { add, div, mean, mul, product, reshape, sqrt, square, sub, sumPerChannel } from '../expression';
import type { Context, Partial, Rules } from '../rule';
import type { Value } from '../value';

/** One number per channel, broadcast against x. */
const perChannel = (v: Value, x: Value): Value => reshape(v, x.dims.map((n, axis) => (axis === 1 ? n : 1)));
const inverse = (variance: Value, epsilon: number): Value => div(1, sqrt(add(variance, epsilon)));

/** x scaled to mean 0 and variance 1 over some axes, the scale, and how a gradient passes back. */
const standardize = (x: Value, axes: number[], epsilon: number): { hat: Value; back: (g: Value) => Value } => {
  const centered = sub(x, mean(x, axes));
  const scale = inverse(mean(square(centered), axes), epsilon);
  const hat = mul(centered, scale);
  return { hat, back: (g) => mul(scale, sub(sub(g, mean(g, axes)), mul(hat, mean(mul(g, hat), axes)))) };
};

const instance = (c: Context): ReturnType<typeof standardize> =>
  standardize(c.x, c.x.dims.map((_, axis) => axis).slice(2), c.float('epsilon', 1e-5));
const layer = (c: Context): ReturnType<typeof standardize> =>
  standardize(c.x, c.x.dims.map((_, axis) => axis).slice(c.axis(-1)), c.float('epsilon', 1e-5));
/** Groups of channels as one axis: [N, groups, the rest]. */
const grouped = (c: Context, v: Value): Value => reshape(v, [v.dims[0], c.int('num_groups', 1), v.dims.slice(1).reduce((a, n) => a * n, 1) / c.int('num_groups', 1)]);
const group = (c: Context): ReturnType<typeof standardize> => standardize(grouped(c, c.x), [2], c.float('epsilon', 1e-5));
const groupHat = (c: Context): Value => reshape(group(c).hat, c.x.dims);

const shift: Partial = (c) => sumPerChannel(c.dy);
/** With the stored statistics, which are constants. */
const fixedScale = (c: Context): Value => perChannel(inverse(c.input(4), c.float('epsilon', 1e-5)), c.x);

export const normalization: Rules = {
  BatchNormalization: [
    (c) => mul(c.dy, mul(perChannel(c.b, c.x), fixedScale(c))),
    (c) => sumPerChannel(product(c.dy, sub(c.x, perChannel(c.input(3), c.x)), fixedScale(c))),
    shift,
  ],
  InstanceNormalization: [
    (c) => instance(c).back(mul(c.dy, perChannel(c.b, c.x))),
    (c) => sumPerChannel(mul(c.dy, instance(c).hat)),
    shift,
  ],
  LayerNormalization: [
    (c) => layer(c).back(mul(c.dy, c.b)),
    (c) => mul(c.dy, layer(c).hat),
    (c) => c.dy,
  ],
  // Scale and bias: one per channel since opset 21, one per group before.
  GroupNormalization: [
    (c) => (c.opset >= 21 ? reshape(group(c).back(grouped(c, mul(c.dy, perChannel(c.b, c.x)))), c.x.dims) : reshape(group(c).back(mul(grouped(c, c.dy), reshape(c.b, [1, c.b.dims[0], 1]))), c.x.dims)),
    (c) => (c.opset >= 21 ? sumPerChannel(mul(c.dy, groupHat(c))) : sumPerChannel(mul(grouped(c, c.dy), group(c).hat))),
    (c) => sumPerChannel(c.opset >= 21 ? c.dy : grouped(c, c.dy)),
  ],
};
