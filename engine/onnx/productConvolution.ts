import { add, gemm, matmul, reshape, transpose } from '../gradient/expression';
import { Context } from '../gradient/rule';
import type { Builder, Value } from '../gradient/value';
import { type Axis, taps, windowsOf } from '../gradient/windows';
import type { NodeProto } from './generated/onnx_pb';
import { sizeOf } from './tensor';

/**
 * A small convolution as a matrix product, whose reverse are products of the same matrices. Undefined where the operator is the better choice.
 * With fewer windows in the whole batch than filters, Conv would read all weights once a sample, and its reverse would turn them around. With one filter a channel
 * on few elements, Conv would make a call for every channel of every sample.
 */
export function productConvolution(node: NodeProto, builder: Builder): Value | undefined {
  const c = new Context(node, builder, []);
  const { x, b: weight, y } = c;
  const group = c.int('group', 1);
  const [batch, channels, ...size] = x.dims;
  const [filters] = weight.dims;
  const kernel = weight.dims.slice(2);
  const few = group === 1 && sizeOf([batch, ...y.dims.slice(2)]) <= filters;
  const perChannel = group === channels && group === filters && sizeOf(size) <= small;
  if (sizeOf(kernel) === 1 || !(few || perChannel)) return undefined;
  const elements = reshape(transpose(reshape(x, [batch, channels, sizeOf(size)]), [1, 0, 2]), [channels, batch, sizeOf(size)]);
  const product = (few ? asOneProduct : asProductPerChannel)(elements, weight, windowsOf(c, kernel, size, y.dims.slice(2)));
  const shifted = c.has(2) ? add(product, reshape(c.input(2), [filters, 1, 1])) : product;
  return reshape(transpose(shifted, [1, 0, 2]), y.dims);
}

/** Up to so many elements of a channel all pairs of element and window are fewer than what Conv's calls cost. */
const small = 36;

/** x [channels, batch, elements] -> [filters, batch, windows]: weights by what the windows see, [channels x positions, batch x windows]. */
function asOneProduct(x: Value, weight: Value, axes: Axis[]): Value {
  const [channels, batch, elements] = x.dims;
  const { positions, windows, at } = sight(axes);
  const seenBy = Array.from({ length: elements }, (_, element) => at.flatMap((row) => row.map((seen) => Number(seen === element)))).flat();
  const seen = gemm(reshape(x, [channels * batch, elements]), x.builder.constant(seenBy, x.type, [elements, positions * windows]));
  const matrix = reshape(transpose(reshape(seen, [channels, batch, positions, windows]), [0, 2, 1, 3]), [channels * positions, batch * windows]);
  return reshape(gemm(reshape(weight, [weight.dims[0], channels * positions]), matrix), [weight.dims[0], batch, windows]);
}

/** x [channels, batch, elements] -> [channels, batch, windows]: for each channel by the matrix of its weights, [elements, windows]. */
function asProductPerChannel(x: Value, weight: Value, axes: Axis[]): Value {
  const [channels, , elements] = x.dims;
  const { positions, windows, at } = sight(axes);
  const places = at.flatMap((row) => Array.from({ length: elements }, (_, element) => row.map((seen) => Number(seen === element)))).flat();
  const matrices = gemm(reshape(weight, [channels, positions]), x.builder.constant(places, x.type, [positions, elements * windows]));
  return matmul(x, reshape(matrices, [channels, elements, windows]));
}

/** Which element a window sees at a position: at[position][window], -1 for the border. */
function sight(axes: readonly Axis[]): { positions: number; windows: number; at: number[][] } {
  const windows = taps(axes.map((axis) => ({ ...axis, kernel: axis.output })));
  const at = taps(axes).map((tap) => windows.map((window) => {
    const place = axes.map(({ stride, dilation, before }, i) => window[i] * stride - before + tap[i] * dilation);
    return place.every((p, i) => p >= 0 && p < axes[i].size) ? place.reduce((index, p, i) => index * axes[i].size + p, 0) : -1;
  }));
  return { positions: at.length, windows: windows.length, at };
}
