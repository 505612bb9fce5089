import type { Value } from './value';

type Reduction = 'ReduceMax' | 'ReduceMin' | 'ReduceMean';

/** A reduction over axes, which stay as axes of one element. The axes are an input since opset 18. */
export function reduce(op: Reduction, x: Value, axes: readonly number[]): Value {
  if (axes.every((axis) => x.dims[axis] === 1)) return x;
  const dims = x.dims.map((n, i) => (axes.includes(i) ? 1 : n));
  return x.builder.opset >= 18
    ? x.builder.emit(op, [x, x.builder.int64([...axes])], { keepdims: 1 }, dims, x.type)
    : x.builder.emit(op, [x], { axes: [...axes], keepdims: 1 }, dims, x.type);
}

export const allAxes = (x: Value): number[] => x.dims.map((_, axis) => axis);

/** The mean of all elements as a scalar. Not a sum times 1/n: a sum of millions of equal float32 numbers loses digits to no purpose. */
export const meanOfAll = (x: Value): Value => scalar(reduce('ReduceMean', x, allAxes(x)));

const scalar = (x: Value): Value => (x.dims.length === 0 ? x : x.builder.emit('Reshape', [x, x.builder.constant([], 'int64', [0])], {}, [], x.type));
