/** Layers that slide a window over the positions of their input: convolution and pooling, in one and two dimensions. */
import { Type } from 'typebox';
import { KeyError } from '../errors';
import type { Graph } from '../onnx/graph';
import { Initializer } from './initializers';
import { defineLayer, formatDims, type LayerBuilder, requireRank, type Value } from './layer';

const perAxis = (description: string, minimum: number, otherwise?: number) =>
  Type.Union([Type.Integer({ minimum }), Type.Array(Type.Integer({ minimum }), { minItems: 1, maxItems: 2 })], {
    description: `${description}: one number for all axes, or one an axis.`,
    ...(otherwise === undefined ? {} : { default: otherwise }),
  });

const padding = Type.Union([Type.Integer({ minimum: 0 }), Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, maxItems: 2 }), Type.Literal('same')], {
  default: 0,
  description: 'Zeros around the input, on both sides of each axis; "same" keeps the size at stride 1.',
});

const causal = Type.Union([...padding.anyOf, Type.Literal('causal')], {
  default: 0,
  description: 'Zeros around the input, on both sides; "same" keeps the size at stride 1, and so does "causal" with all of them at the start: no position sees what comes after it (van den Oord et al. 2016).',
});

interface Window {
  kernel: number[];
  stride: number[];
  dilation: number[];
  /** All begins, then all ends, as ONNX orders them. */
  pads: number[];
  /** Which element of a window its output stands for. */
  anchor: number[];
  /** Size of the output per axis: floor((n + pads - dilation (kernel - 1) - 1) / stride) + 1. */
  output: number[];
}

type PerAxis = number | number[];

function windowOf(layer: LayerBuilder, input: Value, axes: number, options: { kernel: PerAxis; stride: PerAxis; dilation?: PerAxis; padding: PerAxis | 'same' | 'causal' }): Window {
  requireRank(layer, input, axes + 1, axes === 2 ? 'images of dimensions [channels, height, width]' : 'sequences of dimensions [channels, length]');
  const spread = (value: PerAxis, key: string): number[] => {
    if (typeof value === 'number') return Array<number>(axes).fill(value);
    if (value.length === axes) return value;
    throw new KeyError(`${layer.path}`, `${key} of ${layer.name} has ${value.length} numbers; allowed are one number or ${axes}`);
  };
  const kernel = spread(options.kernel, 'kernel');
  const stride = spread(options.stride, 'stride');
  const dilation = spread(options.dilation ?? 1, 'dilation');
  const span = kernel.map((k, i) => dilation[i] * (k - 1));
  const [before, after] =
    options.padding === 'causal' ? [span, span.map(() => 0)]
    : options.padding === 'same' ? [span.map((s) => Math.floor(s / 2)), span.map((s) => Math.ceil(s / 2))]
    : [spread(options.padding, 'padding'), spread(options.padding, 'padding')];
  const output = input.dims.slice(1).map((n, i) => Math.floor((n + before[i] + after[i] - span[i] - 1) / stride[i]) + 1);
  if (output.some((n) => n < 1)) {
    throw new KeyError(layer.path, `the window ${formatDims(kernel)} of ${layer.name} is larger than what enters it, ${formatDims(input.dims)}`);
  }
  return { kernel, stride, dilation, pads: [...before, ...after], anchor: options.padding === 'causal' ? span : span.map((s) => Math.floor(s / 2)), output };
}

const convolution = (axes: number) =>
  defineLayer({
    description: `A convolution over ${axes === 1 ? 'sequences' : 'images'} (PyTorch Conv${axes}d).`,
    family: 'conv',
    watched: true,
    options: Type.Object({
      filters: Type.Integer({ minimum: 1, description: 'Number of output channels.' }),
      kernel: perAxis('Size of the window', 1),
      stride: perAxis('Step of the window', 1, 1),
      padding: axes === 1 ? causal : padding,
      dilation: perAxis('Distance between the elements of the window', 1, 1),
      groups: Type.Integer({ minimum: 1, default: 1, description: 'Channels are split into this many groups that do not see each other; the number of channels makes it depthwise.' }),
      bias: Type.Boolean({ default: true, description: 'Adds a bias per channel.' }),
      initializer: Type.Unsafe<Initializer>({ ...Initializer, default: 'torch' }),
      biasInitializer: Type.Unsafe<Initializer>({ ...Initializer, default: 'torch' }),
    }),
    build(layer, input, options) {
      const window = windowOf(layer, input, axes, options);
      const { kernel, stride, dilation, pads, output } = window;
      const [channels] = input.dims;
      const { filters, groups } = options;
      if (channels % groups !== 0 || filters % groups !== 0) {
        throw new KeyError(layer.path, `groups of ${layer.name} is ${groups}; allowed is what divides both its ${channels} input channels and its ${filters} filters`);
      }
      const dims = [filters, channels / groups, ...kernel];
      const positions = kernel.reduce((a, b) => a * b, 1);
      const fan = { in: (channels / groups) * positions, out: (filters / groups) * positions };
      const inputs = [input.name, layer.parameter('weight', dims, options.initializer, fan)];
      if (options.bias) inputs.push(layer.parameter('bias', [filters], options.biasInitializer, fan));
      const name = layer.graph.add('Conv', inputs, { kernel_shape: kernel, strides: stride, dilations: dilation, pads, group: groups });
      return { name, dims: [filters, ...output], type: 'float32', ...maskOf(layer, input, window) };
    },
  });

const pooling = (op: 'MaxPool' | 'AveragePool', axes: number) =>
  defineLayer({
    description: `The ${op === 'MaxPool' ? 'largest' : 'mean'} value of each window (PyTorch ${op === 'MaxPool' ? 'MaxPool' : 'AvgPool'}${axes}d).`,
    family: op === 'MaxPool' ? 'maxPool' : 'averagePool',
    short: 'kernel',
    options: Type.Object({
      kernel: perAxis('Size of the window', 1),
      stride: Type.Optional(perAxis('Step of the window; the kernel when left out', 1)),
      padding: Type.Union([Type.Integer({ minimum: 0 }), Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, maxItems: 2 }), Type.Literal('same')], {
        default: 0,
        description: 'Border on both sides of each axis, at most half the kernel; "same" gives as many windows as the stride has room for, the last one may reach over the end.',
      }),
    }),
    build(layer, input, options) {
      const window = windowOf(layer, input, axes, { ...options, stride: options.stride ?? options.kernel });
      const { kernel, stride, pads, output } = window;
      if (options.padding !== 'same' && kernel.some((k, i) => pads[i] > k / 2)) throw new KeyError(layer.path, `padding of ${layer.name} is ${Math.max(...pads)}; allowed is at most half the kernel ${formatDims(kernel)}`);
      const name = layer.graph.add(op, [input.name], { kernel_shape: kernel, strides: stride, pads, ...(op === 'AveragePool' && { count_include_pad: options.padding === 'same' ? 0 : 1 }) });
      return { name, dims: [input.dims[0], ...output], type: 'float32', ...maskOf(layer, input, window) };
    },
  });

/** A window counts as padding where the element is that it stands for: its middle, or its last where it is causal. */
function maskOf({ graph }: LayerBuilder, { mask, dims }: Value, { stride, pads, anchor, output }: Window): Pick<Value, 'mask'> {
  if (mask?.axis !== 1 || output.length !== 1) return {};
  const elements = Array.from({ length: output[0] }, (_, i) => Math.min(Math.max(i * stride[0] - pads[0] + anchor[0], 0), dims[1] - 1));
  const same = elements.length === dims[1] && elements.every((element, i) => element === i);
  return { mask: same ? mask : { name: graph.add('Gather', [mask.name, graph.constant(elements, undefined, 'int32')], { axis: 1 }), axis: 1 } };
}

export const conv1d = convolution(1);
export const conv2d = convolution(2);
export const maxPool1d = pooling('MaxPool', 1);
export const maxPool2d = pooling('MaxPool', 2);
export const averagePool1d = pooling('AveragePool', 1);
export const averagePool2d = pooling('AveragePool', 2);

const globalPooling = (largest: boolean) =>
  defineLayer({
    description: `The ${largest ? 'largest value' : 'mean'} of each channel over all positions: [channels, ...] becomes [channels]. The padding of a text is left out.`,
    family: largest ? 'globalMaxPool' : 'globalAveragePool',
    options: Type.Object({}),
    build(layer, input) {
      if (input.dims.length < 2) requireRank(layer, input, 3, 'images of dimensions [channels, height, width] or sequences of dimensions [channels, length]');
      const { graph } = layer;
      const pool = input.mask?.axis === 1 ? masked(graph, input.name, input.mask.name) : undefined;
      const name = largest ? pool?.largest() ?? graph.add('ReduceMax', [input.name], { axes: input.dims.slice(1).map((_, i) => i + 2), keepdims: 0 })
        : pool?.mean() ?? graph.add('Flatten', [graph.add('GlobalAveragePool', [input.name])]);
      return { name, dims: [input.dims[0]], type: 'float32' };
    },
  });

/** Over the positions of [batch, channels, length] that are no padding; 0 where all are. */
function masked(graph: Graph, input: string, mask: string): Record<'largest' | 'mean', () => string> {
  const kept = graph.add('Unsqueeze', [mask, graph.int64([1])]);
  const count = graph.add('ReduceSum', [kept, graph.int64([2])], { keepdims: 0 });
  return {
    mean: () => graph.add('Div', [graph.add('ReduceSum', [graph.add('Mul', [input, kept]), graph.int64([2])], { keepdims: 0 }), graph.add('Max', [count, graph.constant(1)])]),
    largest() {
      // 0 is added to what counts; what does not becomes smaller than anything a network computes.
      const low = graph.add('Mul', [graph.add('Sub', [kept, graph.constant(1)]), graph.constant(1e30)]);
      return graph.add('Mul', [graph.add('ReduceMax', [graph.add('Add', [input, low])], { axes: [2], keepdims: 0 }), graph.add('Min', [count, graph.constant(1)])]);
    },
  };
}

export const globalAveragePool = globalPooling(false);
export const globalMaxPool = globalPooling(true);
