import { Type } from 'typebox';
import { KeyError } from '../errors';
import { defineLayer, formatDims } from './layer';

export const batchNorm = defineLayer({
  description: 'Normalises each channel (dimension 1) over the batch, then scales and shifts it (Ioffe & Szegedy 2015; PyTorch BatchNorm).',
  family: 'batchNorm',
  watched: true,
  options: Type.Object({
    momentum: Type.Number({ default: 0.1, minimum: 0, maximum: 1, description: "Weight of the batch in the running statistics (PyTorch's convention)." }),
    epsilon: Type.Number({ default: 1e-5, exclusiveMinimum: 0, description: 'Added to the variance.' }),
  }),
  build(layer, input, { momentum, epsilon }) {
    if (input.dims.length === 0) throw new KeyError(layer.path, `${layer.name} needs a dimension of channels, but what enters it has none`);
    const dims = [input.dims[0]];
    const inputs = [
      input.name,
      layer.parameter('weight', dims, 'ones'),
      layer.parameter('bias', dims, 'zeros'),
      layer.buffer('running_mean', dims, 0),
      layer.buffer('running_var', dims, 1),
    ];
    const attributes = { epsilon: { float: epsilon }, momentum: { float: 1 - momentum }, training_mode: 1 };
    return { ...input, name: layer.graph.add('BatchNormalization', inputs, attributes, 3) };
  },
});

export const layerNorm = defineLayer({
  description: 'Normalises each sample over its last dimensions, then scales and shifts it (Ba et al. 2016; PyTorch LayerNorm).',
  family: 'layerNorm',
  watched: true,
  options: Type.Object({
    dims: Type.Integer({ default: 1, minimum: 1, description: 'How many of the last dimensions are normalised together.' }),
    epsilon: Type.Number({ default: 1e-5, exclusiveMinimum: 0, description: 'Added to the variance.' }),
  }),
  build(layer, input, { dims, epsilon }) {
    if (input.dims.length < dims) throw new KeyError(layer.path, `dims of ${layer.name} is ${dims}, but what enters it has the dimensions ${formatDims(input.dims)}`);
    const shape = input.dims.slice(-dims);
    const inputs = [input.name, layer.parameter('weight', shape, 'ones'), layer.parameter('bias', shape, 'zeros')];
    return { ...input, name: layer.graph.add('LayerNormalization', inputs, { axis: -dims, epsilon: { float: epsilon } }) };
  },
});
