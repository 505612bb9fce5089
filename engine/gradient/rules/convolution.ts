import { sizeOf } from '../../onnx/tensor';
import { concat, conv, convTranspose, flip, gemm, matmul, reshape, slice, sum, sumPerChannel, swapLast, transpose } from '../expression';
import type { Context, Rules } from '../rule';
import type { Value } from '../value';
import { type Axis, bordered, seenAt, taps, windowsOf } from '../windows';
import { place } from './shape';

const axesOf = (c: Context): Axis[] => windowsOf(c, c.b.dims.slice(2), c.x.dims.slice(2), c.y.dims.slice(2));
const pads = (axes: Axis[]): number[] => [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)];
const pick = (axes: Axis[], key: keyof Axis): number[] => axes.map((axis) => axis[key]);
/** Exchanges the first two axes. */
const exchange = (x: Value): Value => transpose(x, [1, 0, ...x.dims.map((_, i) => i).slice(2)]);

/** [O, C/g, k] -> [C, O/g, k]: the kernel of the reverse convolution. */
const reversed = (w: Value, group: number, spatial: number[]): Value => {
  const [outputs, inputs] = w.dims;
  const kernel = w.dims.slice(2);
  const split = reshape(w, [group, outputs / group, inputs, ...kernel]);
  return flip(reshape(transpose(split, [0, 2, 1, ...kernel.map((_, i) => i + 3)]), [group * inputs, outputs / group, ...kernel]), spatial);
};

function inputGradient(c: Context): Value {
  const axes = axesOf(c);
  const group = c.int('group', 1);
  const spatial = axes.map((_, i) => i + 2);
  const dilations = pick(axes, 'dilation');
  const reach = axes.map(({ kernel, dilation }) => dilation * (kernel - 1));
  const small = axes.every(({ before, after }, i) => before <= reach[i] && after <= reach[i]);
  const ends = axes.map(({ size, before, after, output, stride }, i) => size + before + after - reach[i] - 1 - (output - 1) * stride);
  // The reverse convolution visits every element of the input, ConvTranspose every window. Besides, WebGPU has no 3-D ConvTranspose.
  const even = axes.every(({ size, output, stride }) => stride === 1 && size <= output * 1.05);
  if (small && (axes.length > 2 || even)) {
    const dy = axes.reduce((v, { stride, output }, i) => place(v, i + 2, (output - 1) * stride + 1 + ends[i], 0, stride), c.dy);
    return conv(dy, reversed(c.b, group, spatial), { dilations, group, pads: [...axes.map(({ before }, i) => reach[i] - before), ...axes.map(({ after }, i) => reach[i] - after)] });
  }
  return convTranspose(c.dy, c.b, { strides: pick(axes, 'stride'), pads: pads(axes), dilations, group, outputPadding: ends }, pick(axes, 'size'));
}

/** dW as a convolution of the input with the output's gradient, batch and channels exchanged: strides and dilations change places. */
function weightByConvolution(input: Value, dy: Value, axes: Axis[], group: number): Value {
  const [batch, channels] = input.dims;
  const size = input.dims.slice(2);
  const x = transpose(reshape(input, [batch, group, channels / group, ...size]), [2, 1, 0, ...size.map((_, i) => i + 3)]);
  const dw = conv(reshape(x, [channels / group, group * batch, ...size]), exchange(dy), {
    strides: pick(axes, 'dilation'), dilations: pick(axes, 'stride'), pads: pads(axes), group,
  });
  return exchange(slice(dw, axes.map((_, i) => i + 2), axes.map(() => 0), pick(axes, 'kernel')));
}

/** dW as products of the output's gradient with the input seen at every position of the window, one for each; all at once where each would be too thin. */
function weightByProduct(input: Value, output: Value, dims: readonly number[], axes: Axis[]): Value {
  const [outputs, channels] = dims;
  const rows = (v: Value): Value => reshape(v, [v.dims[0], sizeOf(v.dims.slice(1))]);
  const x = exchange(bordered(input, axes));
  const dy = rows(exchange(output));
  const seen = taps(axes).map((tap) => rows(seenAt(x, axes, tap)));
  if (channels >= thin) return reshape(concat(seen.map((part) => reshape(gemm(dy, part, { transB: true }), [outputs, channels, 1])), 2), dims);
  const dw = reshape(gemm(dy, concat(seen, 0), { transB: true }), [outputs, seen.length, channels]);
  return reshape(transpose(dw, [0, 2, 1]), dims);
}

/** dW of windows of one element, as a product for each sample: of the two operands only the thinner one is turned, and the order of the samples stays. */
function weightBySample(input: Value, output: Value, dims: readonly number[], axes: Axis[]): Value {
  const perSample = (v: Value): Value => reshape(v, [v.dims[0], v.dims[1], sizeOf(v.dims.slice(2))]);
  const x = perSample(seenAt(bordered(input, axes), axes, axes.map(() => 0)));
  const dy = perSample(output);
  const [outputs, channels] = dims;
  const dw = channels <= outputs ? sum(matmul(dy, swapLast(x)), [0]) : swapLast(sum(matmul(x, swapLast(dy)), [0]));
  return reshape(dw, dims);
}

/**
 * dW of one filter a channel: the products of all columns of the output's gradient with all columns of the input, of which the window sees some diagonals. More
 * arithmetic than a convolution does, but as matrix products.
 */
function weightByDiagonals(input: Value, output: Value, dims: readonly number[], axes: Axis[]): Value {
  const [channels] = dims;
  const [rows, columns] = axes;
  const x = exchange(bordered(input, [rows, { ...columns, kernel: 1, before: 0, output: 1 }]));
  const dy = exchange(output);
  const [, batch, height, width] = dy.dims;
  const tall = swapLast(reshape(dy, [channels, batch * height, width]));
  const diagonals = Array.from({ length: width * columns.size }, (_, i) => taps([columns]).map(([tap]) => Number(i % columns.size === Math.floor(i / columns.size) * columns.stride - columns.before + tap * columns.dilation))).flat();
  const chosen = input.builder.constant(diagonals, input.type, [width * columns.size, columns.kernel]);
  const parts = taps([rows]).map((tap) => {
    const seen = reshape(seenAt(x, [rows], tap), [channels, batch * height, columns.size]);
    return reshape(gemm(reshape(matmul(tall, seen), [channels, width * columns.size]), chosen), [channels, 1, columns.kernel]);
  });
  return reshape(concat(parts, 1), dims);
}

/** Fewer input channels than this leave the vector units of a matrix product idle. */
const thin = 8;
/** Up to this many columns a matrix product of all of them is faster than a convolution, which wants only some. */
const wide = 64;

/**
 * Measured on the CPU (milliseconds; products, convolution): 64 channels 3x3 48, 140; 32 channels 5x5 20, 27; 32 channels 1x1 0.9, 5.8;
 * 3 channels 3x3 0.9, 1.8; 3 channels 5x5 12, 14; 3 channels 7x7 5.4, 3.1; 6 channels 5x5 2.3, 1.6.
 */
function weightGradient(input: Value, dy: Value, dims: readonly number[], axes: Axis[], group: number): Value {
  const positions = sizeOf(pick(axes, 'kernel'));
  if (group === dims[0] && dims[1] === 1 && input.dims[1] === group && axes.length === 2 && axes[1].size <= wide) return weightByDiagonals(input, dy, dims, axes);
  if (group === 1 && positions === 1 && sizeOf(pick(axes, 'output')) > Math.min(dims[0], dims[1])) return weightBySample(input, dy, dims, axes);
  return group === 1 && positions <= (dims[1] < thin ? 9 : 25) ? weightByProduct(input, dy, dims, axes) : weightByConvolution(input, dy, axes, group);
}

/** ConvTranspose is the reverse of a convolution that reads its output. */
const transposedAxes = (c: Context): Axis[] => {
  if (c.ints('output_shape', []).length > 0 || c.string('auto_pad', 'NOTSET').startsWith('SAME')) c.fail('its padding must be given by pads');
  return windowsOf(c, c.b.dims.slice(2), c.y.dims.slice(2), c.x.dims.slice(2));
};
const transposedInput = (c: Context): Value => {
  const axes = transposedAxes(c);
  return conv(c.dy, c.b, { strides: pick(axes, 'stride'), pads: pads(axes), dilations: pick(axes, 'dilation'), group: c.int('group', 1) });
};

export const convolution: Rules = {
  Conv: [
    inputGradient,
    (c) => weightGradient(c.x, c.dy, c.b.dims, axesOf(c), c.int('group', 1)),
    (c) => sumPerChannel(c.dy),
  ],
  ConvTranspose: [
    transposedInput,
    (c) => weightGradient(c.dy, c.x, c.b.dims, transposedAxes(c), c.int('group', 1)),
    (c) => sumPerChannel(c.dy),
  ],
};
