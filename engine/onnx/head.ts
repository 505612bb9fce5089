import { InputError } from '../errors';
import { initialize } from '../layers/initializers';
import type { Model } from '../layers/model';
import { int } from './attributes';
import type { NodeProto } from './generated/onnx_pb';
import { sizeOf } from './tensor';

/** What may stand between the last fully connected layer and the output: it changes no dimension. */
const transparent = new Set(['Identity', 'Softmax', 'LogSoftmax', 'Sigmoid', 'Dropout', 'Relu', 'Tanh']);

/**
 * Gives a model a new last fully connected layer with `units` outputs, its weights drawn anew by the seed as torch's Linear does; it is trained whatever is frozen.
 * Returns what the user should know. Throws InputError where the model does not end in such a layer.
 */
export function replaceHead(model: Model, units: number, seed: number): string {
  const { graph, outputs: [{ name: output }] } = model;
  let node = graph.producer(output);
  const after: string[] = [output];
  while (node && transparent.has(node.opType)) after.push((node = graph.producer(node.input[0]))?.output[0] ?? '');
  const found = node && layerOf(model, node);
  if (!node || !found) throw new InputError(`the model ends in ${node?.opType ?? 'its input'}; a head can only take the place of a fully connected layer (Gemm or MatMul with a weight of two dimensions)`);

  const { weight, bias, features, old, rows } = found;
  after.push(...found.values);
  const fan = { in: features, out: units };
  const renew = (name: string, dims: number[]): void => {
    graph.setTensor(name, { type: 'float32', dims, data: initialize('torch', dims, fan, seed, name) });
    Object.assign(model.parameters.find((parameter) => parameter.name === name)!, { dims, frozen: false });
  };
  renew(weight, rows ? [units, features] : [features, units]);
  if (bias) renew(bias, [units]);
  graph.proto.valueInfo = [];
  graph.proto.output = [];
  graph.addOutput(output, 'float32', ['batch', units]);
  for (const activation of model.activations) if (after.includes(activation.value)) activation.dims = [units];
  return `${weight} is a new head with ${units} ${units === 1 ? 'output' : 'outputs'}${units === old ? '' : ` instead of ${old}`}; it is trained from random weights`;
}

interface Found {
  weight: string;
  bias?: string;
  features: number;
  /** Outputs so far. */
  old: number;
  /** A row of the weight belongs to an output. */
  rows: boolean;
  values: string[];
}

/** The layer that a node, or a product and its sum, is. */
function layerOf({ graph, parameters }: Model, node: NodeProto): Found | undefined {
  const parameter = (name: string | undefined, rank: number) => parameters.find((each) => each.name === name && each.dims.length === rank);
  if (node.opType === 'Gemm') {
    const weight = parameter(node.input[1], 2);
    const bias = parameter(node.input[2], 1);
    if (!weight || (node.input[2] && !bias)) return undefined;
    const rows = int(node, 'transB', 0) === 1;
    const [old, features] = rows ? weight.dims : [...weight.dims].reverse();
    return sizeOf(bias?.dims ?? [old]) === old ? { weight: weight.name, bias: bias?.name, features, old, rows, values: [node.output[0]] } : undefined;
  }
  if (node.opType === 'Add') {
    const bias = node.input.map((name) => parameter(name, 1)).find(Boolean);
    const product = bias && graph.producer(node.input.find((name) => name !== bias.name)!);
    const inner = product?.opType === 'MatMul' ? layerOf({ graph, parameters } as Model, product) : undefined;
    return inner && bias!.dims[0] === inner.old ? { ...inner, bias: bias!.name, values: [...inner.values, node.output[0]] } : undefined;
  }
  if (node.opType !== 'MatMul') return undefined;
  const transposed = graph.producer(node.input[1]);
  const weight = parameter(transposed?.opType === 'Transpose' ? transposed.input[0] : node.input[1], 2);
  if (!weight) return undefined;
  const rows = transposed?.opType === 'Transpose';
  const [old, features] = rows ? weight.dims : [...weight.dims].reverse();
  return { weight: weight.name, features, old, rows, values: [node.output[0]] };
}
