import type { Attributes } from '../onnx/attributes';
import { elementNumber, type ElementType, sizeOf } from '../onnx/tensor';
import type { Value } from './value';

/** The vocabulary in which gradient rules are written. Every function has a kernel on all devices; a number takes the type of the other operand. */
export type Operand = Value | number;

const lift = (...operands: Operand[]): Value[] => {
  const { builder, type } = operands.find((operand) => typeof operand === 'object') as Value;
  return operands.map((operand) => (typeof operand === 'number' ? builder.constant(operand, type) : operand));
};

/** NumPy's broadcasting. */
export const broadcast = (...shapes: (readonly number[])[]): number[] => {
  const rank = Math.max(...shapes.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((dims) => dims[dims.length - rank + i] ?? 1);
    return sizes.find((n) => n !== 1) ?? 1;
  });
};
export const sameDims = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((n, i) => n === b[i]);
export const normalizeAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const unary = (op: string) => (x: Value): Value => x.builder.emit(op, [x], {}, x.dims, x.type);
export const neg = unary('Neg');
export const exp = unary('Exp');
export const log = unary('Log');
export const sqrt = unary('Sqrt');
export const abs = unary('Abs');
export const tanh = unary('Tanh');
export const sigmoid = unary('Sigmoid');
export const erf = unary('Erf');
export const sin = unary('Sin');
export const cos = unary('Cos');
export const softplus = unary('Softplus');

const binary = (op: string, resultType?: ElementType, neutral?: number) => (a: Operand, b: Operand): Value => {
  if (neutral !== undefined && b === neutral) return a as Value;
  const [x, y] = lift(a, b);
  return x.builder.emit(op, [x, y], {}, broadcast(x.dims, y.dims), resultType ?? x.type);
};
export const add = binary('Add', undefined, 0);
export const sub = binary('Sub', undefined, 0);
export const mul = binary('Mul', undefined, 1);
export const div = binary('Div', undefined, 1);
export const pow = binary('Pow', undefined, 1);
export const min = binary('Min');
export const max = binary('Max');
export const equal = binary('Equal', 'bool');
export const greater = binary('Greater', 'bool');
export const less = binary('Less', 'bool');
export const and = binary('And', 'bool');

export const square = (x: Value): Value => mul(x, x);
export const product = (...factors: Value[]): Value => factors.reduce(mul);
/** -1, 0 or 1; the operator Sign has no WebGPU kernel. */
export const sign = (x: Value): Value => sub(mask(greater(x, 0), x.type), mask(less(x, 0), x.type));

export const cast = (x: Value, type: ElementType): Value =>
  x.type === type ? x : x.builder.emit('Cast', [x], { to: elementNumber(type) }, x.dims, type);
/** A condition as ones and zeros. */
export const mask = cast;

export const where = (condition: Value, a: Operand, b: Operand, type: ElementType = 'float32'): Value => {
  const known = [a, b].find((operand) => typeof operand === 'object') as Value | undefined;
  const [x, y] = [a, b].map((operand) => (typeof operand === 'number' ? condition.builder.constant(operand, known?.type ?? type) : operand));
  return condition.builder.emit('Where', [condition, x, y], {}, broadcast(condition.dims, x.dims, y.dims), x.type);
};

/** `transA`, `transB`: read the operand transposed. Rank 2 only. */
export const gemm = (a: Value, b: Value, { transA = false, transB = false, alpha = 1 } = {}): Value =>
  a.builder.emit(
    'Gemm', [a, b],
    { transA: transA ? 1 : undefined, transB: transB ? 1 : undefined, alpha: alpha === 1 ? undefined : { float: alpha } },
    [a.dims[transA ? 1 : 0], b.dims[transB ? 0 : 1]], a.type,
  );
/** Batched product of rank 2 or more. */
export const matmul = (a: Value, b: Value): Value =>
  a.builder.emit('MatMul', [a, b], {}, [...broadcast(a.dims.slice(0, -2), b.dims.slice(0, -2)), a.dims.at(-2)!, b.dims.at(-1)!], a.type);

export const reshape = (x: Value, dims: readonly number[]): Value =>
  sameDims(x.dims, dims) ? x : x.builder.emit('Reshape', [x, x.builder.int64([...dims])], {}, dims, x.type);

export const transpose = (x: Value, perm: readonly number[]): Value => {
  const dims = perm.map((axis) => x.dims[axis]);
  const moved = perm.filter((axis) => x.dims[axis] !== 1);
  // Moving axes of one element moves no data.
  if (moved.every((axis, i) => i === 0 || moved[i - 1] < axis)) return reshape(x, dims);
  return x.builder.emit('Transpose', [x], { perm: [...perm] }, dims, x.type);
};
export const swapLast = (x: Value): Value => {
  const rank = x.dims.length;
  return transpose(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
};

export const expand = (x: Value, dims: readonly number[]): Value =>
  sameDims(x.dims, dims) ? x : x.builder.emit('Expand', [x, x.builder.int64([...dims])], {}, dims, x.type);

export const slice = (x: Value, axes: number[], starts: number[], ends: number[], steps: number[] = axes.map(() => 1)): Value => {
  const kept = axes.map((axis, i) => i).filter((i) => !(starts[i] === 0 && ends[i] === x.dims[axes[i]] && steps[i] === 1));
  if (kept.length === 0) return x;
  const dims = [...x.dims];
  for (const i of kept) dims[axes[i]] = Math.max(0, Math.ceil((ends[i] - starts[i]) / steps[i]));
  const list = (values: number[]): Value => x.builder.int64(kept.map((i) => values[i]));
  return x.builder.emit('Slice', [x, list(starts), list(ends), list(axes), ...(kept.some((i) => steps[i] !== 1) ? [list(steps)] : [])], {}, dims, x.type);
};

export const flip = (x: Value, axes: readonly number[]): Value => {
  const list = axes.filter((axis) => x.dims[axis] > 1);
  if (list.length === 0) return x;
  const all = (value: number): Value => x.builder.int64(list.map(() => value));
  return x.builder.emit('Slice', [x, all(-1), all(-2147483648), x.builder.int64(list), all(-1)], {}, x.dims, x.type);
};

/** Zeros (or `value`) around x; `before` and `after` have one entry per axis and are not negative. */
export const pad = (x: Value, before: readonly number[], after: readonly number[], value = 0): Value =>
  [...before, ...after].every((n) => n === 0)
    ? x
    : x.builder.emit(
        'Pad', [x, x.builder.int64([...before, ...after]), ...(value === 0 ? [] : [x.builder.constant(value, x.type)])], {},
        x.dims.map((n, i) => n + before[i] + after[i]), x.type,
      );

export const concat = (parts: Value[], axis: number): Value =>
  parts.length === 1
    ? parts[0]
    : parts[0].builder.emit('Concat', parts, { axis }, parts[0].dims.map((n, i) => (i === axis ? parts.reduce((sum, part) => sum + part.dims[axis], 0) : n)), parts[0].type);

export const zeros = (like: Value, dims: readonly number[] = like.dims): Value => expand(like.builder.constant(0, like.type), dims);

/** Zeros of these dimensions plus `updates` at indices [..., k] into the first k axes; equal indices add up. */
export const scatter = (updates: Value, indices: Value, dims: readonly number[]): Value =>
  updates.builder.emit('ScatterND', [zeros(updates, dims), cast(indices, 'int64'), updates], { reduction: 'add' }, dims, updates.type);
/** The same along one axis, with an index for every element. */
export const scatterElements = (updates: Value, indices: Value, axis: number, dims: readonly number[]): Value =>
  updates.builder.emit('ScatterElements', [zeros(updates, dims), indices, updates], { axis, reduction: 'add' }, dims, updates.type);

/** Sum over axes, which stay as axes of one element. */
export const sum = (x: Value, axes: readonly number[]): Value => {
  if (axes.every((axis) => x.dims[axis] === 1)) return x;
  const dims = x.dims.map((n, i) => (axes.includes(i) ? 1 : n));
  // The axes are an input of ReduceSum since opset 13.
  return x.builder.opset >= 13
    ? x.builder.emit('ReduceSum', [x, x.builder.int64([...axes])], { keepdims: 1 }, dims, x.type)
    : x.builder.emit('ReduceSum', [x], { axes: [...axes], keepdims: 1 }, dims, x.type);
};
export const mean = (x: Value, axes: readonly number[]): Value => mul(sum(x, axes), 1 / sizeOf(axes.map((axis) => x.dims[axis])));


export interface Windows {
  strides?: number[];
  /** Before every spatial axis, then after every one. */
  pads?: number[];
  dilations?: number[];
  group?: number;
}
const windowAttributes = ({ strides, pads, dilations, group }: Windows): Attributes => ({
  strides: strides?.some((n) => n !== 1) ? strides : undefined,
  pads: pads?.some((n) => n !== 0) ? pads : undefined,
  dilations: dilations?.some((n) => n !== 1) ? dilations : undefined,
  group: group === 1 ? undefined : group,
});
export const conv = (x: Value, w: Value, windows: Windows): Value => {
  const spatial = x.dims.slice(2).map((n, i, { length }) => {
    const { pads, dilations, strides } = windows;
    return Math.floor((n + (pads?.[i] ?? 0) + (pads?.[i + length] ?? 0) - (dilations?.[i] ?? 1) * (w.dims[i + 2] - 1) - 1) / (strides?.[i] ?? 1)) + 1;
  });
  return x.builder.emit('Conv', [x, w], windowAttributes(windows), [x.dims[0], w.dims[0], ...spatial], x.type);
};
export const convTranspose = (x: Value, w: Value, windows: Windows & { outputPadding: number[] }, spatial: readonly number[]): Value =>
  x.builder.emit(
    'ConvTranspose', [x, w],
    { ...windowAttributes(windows), output_padding: windows.outputPadding.some((n) => n !== 0) ? windows.outputPadding : undefined },
    [x.dims[0], w.dims[1] * (windows.group ?? 1), ...spatial], x.type,
  );

/** [N, C, spatial] -> [C]. Two reductions of neighbouring axes take a third of the time of one over axes apart. */
export const sumPerChannel = (x: Value): Value => reshape(sum(sum(x, x.dims.map((_, axis) => axis).slice(2)), [0]), [x.dims[1]]);

/** Undoes or does broadcasting: sums over the axes along which `dims` is smaller, repeats along those where it is larger. */
export const fit = (x: Value, dims: readonly number[]): Value => {
  const extra = x.dims.length - dims.length;
  const axes = x.dims.flatMap((n, axis) => (axis < extra || (n !== 1 && dims[axis - extra] === 1) ? [axis] : []));
  return expand(reshapeTo(axes.length > 0 ? sum(x, axes) : x, dims), dims);
};
const reshapeTo = (x: Value, dims: readonly number[]): Value => (sizeOf(x.dims) === sizeOf(dims) ? reshape(x, dims) : x);
