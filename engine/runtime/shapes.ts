import { create } from '@bufbuild/protobuf';
import { InputError } from '../errors';
import type { Shapes } from '../gradient/value';
import { GraphProtoSchema, ValueInfoProtoSchema } from '../onnx/generated/onnx_pb';
import { constantNodes } from '../onnx/fold';
import { Graph, valueInfo } from '../onnx/graph';
import { writeModel } from '../onnx/model';
import { runAsAdded } from '../onnx/order';
import { type ElementType, newArray, sizeOf, type Tensor } from '../onnx/tensor';
import { createSession, runtime } from './ort';

export interface InputShape {
  name: string;
  type: ElementType;
  /** The batch included. */
  dims: number[];
}

export interface Trace {
  shapes: Shapes;
  /** What the nodes computed that depend on constants and dimensions only. */
  values: Map<string, Tensor>;
}

/** Dimensions and types of every value; see `trace`. */
export const inferShapes = async (graph: Graph, opset: number, inputs: readonly InputShape[]): Promise<Shapes> => (await trace(graph, opset, inputs)).shapes;

/** Weights of more numbers than this are fed from where they are: as initializers they would be copied three times. */
const large = 1024;

/**
 * Runs the graph once on zeros and asks for the dimensions of every value, so that no rule of shape inference has to be written a second time, and no
 * value is held longer than it is needed. Throws InputError naming the layer where the dimensions do not fit together.
 */
export async function trace(graph: Graph, opset: number, inputs: readonly InputShape[]): Promise<Trace> {
  const names = graph.nodes.flatMap(({ output }) => output.filter(Boolean));
  const weights = [...graph.initializers].filter(([, { type, data }]) => type === 'float32' && data.length > large);
  const fed = new Set(weights.map(([name]) => name));
  const expose = (): Graph => new Graph(
    create(GraphProtoSchema, {
      node: graph.proto.node,
      initializer: graph.proto.initializer.filter(({ name }) => !fed.has(name)),
      input: [...inputs, ...weights.map(([name, { type, dims }]) => ({ name, type, dims }))].map(({ name, type, dims }) => valueInfo(name, type, dims)),
    }),
  );
  const shapes: Shapes = new Map(inputs.map(({ name, type, dims }) => [name, { type, dims }]));
  const values: Trace['values'] = new Map();
  for (const [name, { type, dims }] of graph.initializers) shapes.set(name, { type, dims });
  const { Tensor: RuntimeTensor } = await runtime();
  try {
    const types = await typesOf(expose(), opset, names);
    const measured = expose();
    const constant = [...constantNodes(graph, inputs.map(({ name }) => name))].flatMap(({ output }) => output.filter(Boolean));
    const dimensions = new Map(names.map((name) => [name, measured.add('Shape', [name])]));
    measured.proto.output = [...dimensions.values(), ...constant].map((name) => create(ValueInfoProtoSchema, { name }));
    runAsAdded(measured);
    const session = await createSession(writeModel(measured, { opset }), 'cpu', { optimize: false });
    const zeros = inputs.map(({ name, type, dims }) => [name, new RuntimeTensor(type as 'float32', newArray(type, sizeOf(dims)) as Float32Array, dims)]);
    const results = await session.run(Object.fromEntries([...zeros, ...weights.map(([name, { data, dims }]) => [name, new RuntimeTensor('float32', data as Float32Array, dims)])]));
    for (const [name, from] of dimensions) shapes.set(name, { type: types.get(name)!, dims: Array.from(results[from].data as BigInt64Array, Number) });
    for (const name of constant) values.set(name, { ...shapes.get(name)!, data: results[name].data as Tensor['data'] });
    await session.release();
  } catch (error) {
    throw misfit(graph, opset, (error as Error).message);
  }
  return { shapes, values };
}

/** What onnxruntime says of values that are outputs, without running anything. */
async function typesOf(graph: Graph, opset: number, names: readonly string[]): Promise<Map<string, ElementType>> {
  graph.proto.output = names.map((name) => create(ValueInfoProtoSchema, { name }));
  const session = await createSession(writeModel(graph, { opset }), 'cpu', { optimize: false });
  const types = new Map(session.outputMetadata.map((output) => [output.name, (output.isTensor ? output.type : 'float32') as ElementType]));
  await session.release();
  return types;
}

/** onnxruntime says "... node. Name:'/fc1/Gemm' Status Message: reason" while running and "Node (/fc1/Gemm) Op (Gemm) [...] reason" while loading. */
function misfit(graph: Graph, opset: number, message: string): InputError {
  const text = message.split('\n')[0];
  const unknown = /In Node, \("([^"]*)",.*No Op registered for (\S+)/.exec(text);
  if (unknown) return new InputError(`the model cannot be run: operator ${unknown[2]} (node "${unknown[1]}", opset ${opset}) is not known to onnxruntime`);
  const name = /Name:'([^']*)'/.exec(text)?.[1] ?? /Node ?\(([^)]*)\)/.exec(text)?.[1];
  const node = graph.nodes.find((candidate) => candidate.name === name) ?? graph.nodes.find(({ output }) => name !== undefined && output.includes(name));
  const reason = text.replace(/^.*(Status Message: |\[[A-Za-z]*Error\] ?|Error Unexpected[^:]*: )/, '').replace(/\/\S*\/onnxruntime\/\S+ /g, '').slice(0, 300);
  if (!node) return new InputError(`the model cannot be run: ${reason}`);
  const weight = node.input.find((input) => graph.isInitializer(input));
  const layer = weight?.includes('.') ? ` of layer "${weight.slice(0, weight.lastIndexOf('.'))}"` : '';
  return new InputError(`the model cannot be run: operator ${node.opType}${layer} (node "${node.name}") does not fit what enters it: ${reason}`);
}
