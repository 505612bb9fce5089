import { sizeOf } from '../../onnx/tensor';
import { div, equal, exp, mask, mul, reshape, sign, sub, sum, where } from '../expression';
import type { Context, Rule, Rules } from '../rule';
import type { Value } from '../value';

const axesOf = (c: Context): number[] => {
  const axes = c.axes() ?? [];
  return axes.length > 0 || c.int('noop_with_empty_axes', 0) ? axes : c.x.dims.map((_, axis) => axis);
};
/** The output or its gradient, with the reduced axes as axes of one element, so that it broadcasts against the input. */
const kept = (c: Context, value: Value): Value => {
  const axes = axesOf(c);
  return reshape(value, c.x.dims.map((n, axis) => (axes.includes(axis) ? 1 : n)));
};

const reduce = (gradient: (c: Context, dy: Value, y: Value) => Value): Rule => [(c) => gradient(c, kept(c, c.dy), kept(c, c.y))];

/** Equal extremes share the gradient equally, as torch.amax does. */
const extremum = reduce((c, dy, y) => {
  const chosen = mask(equal(c.x, y), dy.type);
  return mul(chosen, div(dy, sum(chosen, axesOf(c))));
});

/** Before opset 13 softmax ran over all axes from `axis` on. */
const softmaxAxes = (c: Context): number[] => {
  const axis = c.axis(c.opset >= 13 ? -1 : 1);
  return c.opset >= 13 ? [axis] : c.x.dims.map((_, i) => i).slice(axis);
};

export const reduction: Rules = {
  ReduceSum: reduce((_, dy) => dy),
  ReduceMean: reduce((c, dy) => mul(dy, 1 / sizeOf(axesOf(c).map((axis) => c.x.dims[axis])))),
  ReduceMax: extremum,
  ReduceMin: extremum,
  ReduceSumSquare: reduce((c, dy) => mul(c.x, mul(dy, 2))),
  ReduceL1: reduce((c, dy) => mul(dy, sign(c.x))),
  // The norm of zeros has no slope; torch takes 0.
  ReduceL2: reduce((c, dy, y) => mul(c.x, div(dy, where(equal(y, 0), 1, y)))),
  ReduceLogSumExp: reduce((c, dy, y) => mul(dy, exp(sub(c.x, y)))),
  ReduceLogSum: reduce((_, dy, y) => div(dy, exp(y))),
  // What adds up forwards adds up backwards.
  CumSum: [(c) => c.builder.emit('CumSum', [c.dy, c.b], { exclusive: c.int('exclusive', 0), reverse: 1 - c.int('reverse', 0) }, c.dy.dims, c.dy.type)],

  Softmax: [(c) => mul(c.y, sub(c.dy, sum(mul(c.dy, c.y), softmaxAxes(c))))],
  LogSoftmax: [(c) => sub(c.dy, mul(exp(c.y), sum(c.dy, softmaxAxes(c))))],
};
