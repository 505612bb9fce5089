import { Type } from 'typebox';
import type { Graph } from '../onnx/graph';
import { defineLayer, type LayerDefinition } from './layer';

const number = (otherwise: number, description: string) => Type.Number({ default: otherwise, description });

/** Each activation: what it computes, its options, and its ONNX nodes (opset 17). */
const table = {
  relu: { formula: 'max(0, x)', options: {}, nodes: (g: Graph, x: string) => g.add('Relu', [x]) },
  relu6: { formula: 'min(max(0, x), 6), as mobile networks have it (Sandler et al. 2018)', options: {}, nodes: (g: Graph, x: string) => g.add('Clip', [x, g.constant(0), g.constant(6)]) },
  leakyRelu: {
    formula: 'x for x > 0, alpha x otherwise',
    options: { alpha: number(0.01, 'Slope for negative x.') },
    nodes: (g: Graph, x: string, { alpha }: Options) => g.add('LeakyRelu', [x], { alpha: { float: alpha } }),
  },
  elu: {
    formula: 'x for x > 0, alpha (exp(x) - 1) otherwise (Clevert et al. 2015)',
    options: { alpha: number(1, 'Limit for x towards minus infinity, negated.') },
    nodes: (g: Graph, x: string, { alpha }: Options) => g.add('Elu', [x], { alpha: { float: alpha } }),
  },
  selu: { formula: 'scaled ELU that keeps mean 0 and variance 1 (Klambauer et al. 2017)', options: {}, nodes: (g: Graph, x: string) => g.add('Selu', [x]) },
  gelu: {
    formula: 'x Phi(x) with the normal distribution function Phi (Hendrycks & Gimpel 2016)',
    options: {},
    nodes: (g: Graph, x: string) =>
      g.add('Mul', [g.add('Mul', [x, g.constant(0.5)]), g.add('Add', [g.add('Erf', [g.add('Mul', [x, g.constant(Math.SQRT1_2)])]), g.constant(1)])]),
  },
  silu: { formula: 'x sigmoid(x)', options: {}, nodes: (g: Graph, x: string) => g.add('Mul', [x, g.add('Sigmoid', [x])]) },
  sigmoid: { formula: '1 / (1 + exp(-x))', options: {}, nodes: (g: Graph, x: string) => g.add('Sigmoid', [x]) },
  tanh: { formula: 'tanh(x)', options: {}, nodes: (g: Graph, x: string) => g.add('Tanh', [x]) },
  softmax: { formula: 'exp(x) / sum(exp(x)) over the last dimension', options: {}, nodes: (g: Graph, x: string) => g.add('Softmax', [x], { axis: -1 }) },
  softplus: { formula: 'log(1 + exp(x))', options: {}, nodes: (g: Graph, x: string) => g.add('Softplus', [x]) },
  softsign: { formula: 'x / (1 + |x|)', options: {}, nodes: (g: Graph, x: string) => g.add('Softsign', [x]) },
  hardSigmoid: {
    formula: 'alpha x + 1/2, limited to 0 and 1',
    options: { alpha: number(1 / 6, 'Slope; Keras 2 has 0.2.') },
    nodes: (g: Graph, x: string, { alpha }: Options) => g.add('HardSigmoid', [x], { alpha: { float: alpha }, beta: { float: 0.5 } }),
  },
  exponential: { formula: 'exp(x)', options: {}, nodes: (g: Graph, x: string) => g.add('Exp', [x]) },
};
type Options = { alpha: number };

export const activations = Object.fromEntries(
  Object.entries(table).map(([name, { formula, options, nodes }]) => [
    name,
    defineLayer({
      description: `Activation: ${formula}.`,
      family: name,
      watched: true,
      options: Type.Object(options),
      ...('alpha' in options && { short: 'alpha' }),
      build: (layer, input, given) => ({ ...input, name: nodes(layer.graph, input.name, given as Options) }),
    }),
  ]),
) as Record<keyof typeof table, LayerDefinition>;
