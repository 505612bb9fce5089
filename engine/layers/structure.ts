/** Layers without arithmetic of their own: they reshape, drop or combine. */
import { Type } from 'typebox';
import { KeyError } from '../errors';
import { sizeOf } from '../onnx/tensor';
import { conv1d, conv2d } from './windows';
import { dense } from './dense';
import { defineLayer, formatDims, type LayerBuilder, requireRank, type Value } from './layer';
import { Layers } from './schema';

export const flatten = defineLayer({
  description: 'All dimensions of a sample become one.',
  family: 'flatten',
  options: Type.Object({}),
  build: (layer, { mask: _, ...input }) => ({ ...input, name: layer.graph.add('Flatten', [input.name], { axis: 1 }), dims: [sizeOf(input.dims)] }),
});

export const reshape = defineLayer({
  description: 'Gives a sample other dimensions; one of them may be -1.',
  family: 'reshape',
  short: 'dims',
  options: Type.Object({ dims: Type.Array(Type.Integer({ minimum: -1 }), { minItems: 1, description: 'Dimensions without the batch, for instance [1, 8, 8].' }) }),
  build(layer, { mask: _, ...input }, { dims }) {
    const size = sizeOf(input.dims);
    const known = dims.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
    const output = dims.map((n) => (n === -1 ? size / known : n));
    if (sizeOf(output) !== size || output.some((n) => !Number.isInteger(n)) || dims.filter((n) => n === -1).length > 1) {
      throw new KeyError(layer.path, `${layer.name} cannot turn the dimensions ${formatDims(input.dims)} into ${formatDims(dims)}`);
    }
    return { ...input, name: layer.graph.add('Reshape', [input.name, layer.graph.int64([0, ...output])]), dims: output };
  },
});

const dropped = (what: string) => Type.Object({ p: Type.Number({ default: 0.5, minimum: 0, exclusiveMaximum: 1, description: `Share of ${what} that are dropped.` }) });
const drop = ({ graph }: LayerBuilder, values: string, p: number): string => graph.add('Dropout', [values, graph.constant(p), graph.constant(1, [], 'bool')]);

export const dropout = defineLayer({
  description: 'Sets a share of the elements to zero while training and scales the others up (Srivastava et al. 2014).',
  family: 'dropout',
  short: 'p',
  options: dropped('elements'),
  build: (layer, input, { p }) => ({ ...input, name: drop(layer, input.name, p) }),
});

/** What is dropped are elements of a tensor of ones, one for each channel of a sample, that multiplies the input. */
const channelDropout = (name: string, axes: number, meaning: string) => defineLayer({
  description: `Sets whole channels to zero while training and scales the others up: neighbours in a channel know each other, so that dropping single elements costs them little (Tompson et al. 2015; PyTorch ${name}).`,
  family: 'dropout',
  short: 'p',
  options: dropped('channels'),
  build(layer, input, { p }) {
    requireRank(layer, input, axes + 1, meaning);
    const { graph } = layer;
    const perChannel = graph.add('Concat', [graph.add('Shape', [input.name], { start: 0, end: 2 }), graph.int64(Array<number>(axes).fill(1))], { axis: 0 });
    const ones = graph.add('ConstantOfShape', [perChannel], { value: { tensor: { dims: [1], type: 'float32', data: Float32Array.of(1) } } });
    return { ...input, name: graph.add('Mul', [input.name, drop(layer, ones, p)]) };
  },
});

export const dropout1d = channelDropout('Dropout1d', 1, 'sequences of dimensions [channels, length]');
export const dropout2d = channelDropout('Dropout2d', 2, 'images of dimensions [channels, height, width]');

export const gaussianNoise = defineLayer({
  description: 'Adds normal noise while training: a mild augmentation that makes the function smoother (Bishop 1995).',
  family: 'gaussianNoise',
  short: 'std',
  options: Type.Object({ std: Type.Number({ minimum: 0, description: 'Standard deviation of the noise.' }) }),
  build: ({ graph }, input, { std }) => ({ ...input, name: graph.add('Add', [input.name, graph.add('RandomNormalLike', [input.name], { mean: { float: 0 }, scale: { float: std } })]) }),
});

export const transpose = defineLayer({
  description: 'Swaps the two dimensions of a sample: vectors of a sequence [length, channels], as embedding gives them, become [channels, length], as conv1d and pooling take them.',
  family: 'transpose',
  options: Type.Object({}),
  build(layer, input) {
    requireRank(layer, input, 2, 'two dimensions, such as [length, channels]');
    const [first, second] = input.dims;
    return { name: layer.graph.add('Transpose', [input.name], { perm: [0, 2, 1] }), dims: [second, first], type: input.type, ...(input.mask && { mask: { ...input.mask, axis: 1 - input.mask.axis } }) };
  },
});

export const residual = defineLayer({
  description: 'Adds what enters to what its layers make of it (He et al. 2016); where the dimensions differ, the skip is projected: a 1 x 1 convolution for images, a dense layer otherwise.',
  family: 'residual',
  short: 'layers',
  watched: true,
  options: Type.Object({ layers: Layers }),
  build(layer, input, { layers }) {
    const output = layer.nested(layers, input);
    const skip = String(output.dims) === String(input.dims) ? input : project(layer, input, output);
    return { ...output, name: layer.graph.add('Add', [output.name, skip.name]) };
  },
});

/** The skip of a residual block where channels or sizes change (option B of He et al. 2016). */
function project(layer: LayerBuilder, input: Value, output: Value): Value {
  const projection: LayerBuilder = { ...layer, parameter: (suffix, ...rest) => layer.parameter(`projection.${suffix}`, ...rest) };
  const start = { bias: true, initializer: 'torch', biasInitializer: 'torch' };
  if (input.dims.length === 1 && output.dims.length === 1) return dense.build(projection, input, { units: output.dims[0], ...start });
  const axes = input.dims.length - 1;
  const stride = input.dims.slice(1).map((n, i) => Math.ceil(n / output.dims[i + 1]));
  const fits = output.dims.length === input.dims.length && (axes === 1 || axes === 2) && stride.every((s, i) => Math.floor((input.dims[i + 1] - 1) / s) + 1 === output.dims[i + 1]);
  if (!fits) throw new KeyError(layer.path, `${layer.name} cannot add its input ${formatDims(input.dims)} to the output of its layers ${formatDims(output.dims)}; padding "same" keeps the size`);
  const convolution = axes === 1 ? conv1d : conv2d;
  return convolution.build(projection, input, { filters: output.dims[0], kernel: 1, stride, padding: 0, dilation: 1, groups: 1, ...start });
}
