import type { Shapes } from '../gradient/value';
import type { Model, WatchedActivation } from '../layers/model';
import type { NodeProto } from './generated/onnx_pb';
import type { Graph } from './graph';

const layers = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'LSTM', 'GRU', 'RNN']);
const activationFunctions = new Set([
  'Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Selu', 'Celu', 'Gelu', 'Mish', 'Sigmoid', 'HardSigmoid', 'HardSwish', 'Tanh', 'Softplus', 'Softsign', 'Softmax', 'Clip', 'ThresholdedRelu',
]);
/** What may lie between a parameter and the layer that uses it. */
const passing = new Set(['Transpose', 'Identity', 'Reshape', 'Unsqueeze', 'Squeeze', 'Cast']);

/** Outputs worth watching: of layers with weights, named after them, and of activation functions, named after their node. */
export function watchedActivations(graph: Graph, shapes: Shapes, parameters: Model['parameters']): WatchedActivation[] {
  const known = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const weightOf = (node: NodeProto) =>
    node.input.slice(1).map((input) => {
      let name = input;
      for (let from = graph.producer(name); from && passing.has(from.opType); from = graph.producer(name)) name = from.input[0];
      return known.get(name);
    }).find((parameter) => parameter !== undefined);

  const watched: WatchedActivation[] = [];
  const names = new Set<string>();
  const unique = (base: string): string => {
    let name = base;
    for (let i = 2; names.has(name); i++) name = `${base} ${i}`;
    names.add(name);
    return name;
  };
  let depth = 0;
  for (const node of graph.sorted()) {
    const weight = layers.has(node.opType) ? weightOf(node) : undefined;
    if (!weight && !activationFunctions.has(node.opType)) continue;
    depth = weight?.depth ?? depth;
    const value = node.opType === 'MatMul' ? biased(graph, node.output[0], known) : node.output[0];
    const shape = shapes.get(value) ?? shapes.get(node.output[0]);
    if (!value || shape?.type !== 'float32' || shape.dims.length < 2) continue;
    const layer = unique(weight ? weight.layer : readable(node));
    watched.push({ layer, kind: node.opType, dims: shape.dims.slice(1), depth, value, input: node.input[0] });
  }
  return watched;
}

/** The sum with the bias where MatMul is followed by one. */
function biased(graph: Graph, value: string, known: ReadonlyMap<string, unknown>): string {
  const [next, ...others] = graph.consumers(value);
  return others.length === 0 && next?.opType === 'Add' && next.input.some((input) => known.has(input)) ? next.output[0] : value;
}

const readable = (node: NodeProto): string => (node.name || node.output[0]).replace(/^\/+/, '').replace(/_output_\d+$/, '').replaceAll('/', '.');
