import { Type } from 'typebox';
import { defineLayer, formatDims } from './layer';
import { Initializer } from './initializers';
import { KeyError } from '../errors';

export const dense = defineLayer({
  description: 'A fully connected layer, y = x W^T + b, over the last dimension (PyTorch Linear).',
  family: 'dense',
  short: 'units',
  watched: true,
  options: Type.Object({
    units: Type.Integer({ minimum: 1, description: 'Number of outputs.' }),
    bias: Type.Boolean({ default: true, description: 'Adds a bias.' }),
    initializer: Type.Unsafe<Initializer>({ ...Initializer, default: 'torch' }),
    biasInitializer: Type.Unsafe<Initializer>({ ...Initializer, default: 'torch' }),
  }),
  build(layer, input, { units, bias, initializer, biasInitializer }) {
    if (input.dims.length === 0 || input.type !== 'float32') {
      throw new KeyError(layer.path, `${layer.name} needs at least one dimension of numbers, but what enters it is ${input.type} ${formatDims(input.dims)}; an embedding turns ids into numbers`);
    }
    const features = input.dims.at(-1)!;
    const fan = { in: features, out: units };
    const weight = layer.parameter('weight', [units, features], initializer, fan);
    const offset = bias ? [layer.parameter('bias', [units], biasInitializer, fan)] : [];
    const dims = [...input.dims.slice(0, -1), units];
    if (input.dims.length === 1) return { name: layer.graph.add('Gemm', [input.name, weight, ...offset], { transB: 1 }), dims, type: 'float32' };
    const product = layer.graph.add('MatMul', [input.name, layer.graph.add('Transpose', [weight], { perm: [1, 0] })]);
    const mask = input.mask && input.mask.axis < dims.length - 1 ? input.mask : undefined;
    return { name: bias ? layer.graph.add('Add', [product, offset[0]]) : product, dims, type: 'float32', ...(mask && { mask }) };
  },
});
