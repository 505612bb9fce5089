import { create } from '@bufbuild/protobuf';
import { InputError } from '../errors';
import type { Shapes } from '../gradient/value';
import { GraphProtoSchema, ValueInfoProtoSchema } from '../onnx/generated/onnx_pb';
import { Graph, valueInfo } from '../onnx/graph';
import { writeModel } from '../onnx/model';
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
  /** What every node computed from zeros: right for the values that depend on constants and dimensions only. */
  values: Map<string, Tensor>;
}

/** Dimensions and types of every value; see `trace`. */
export const inferShapes = async (graph: Graph, opset: number, inputs: readonly InputShape[]): Promise<Shapes> => (await trace(graph, opset, inputs)).shapes;

/**
 * Runs the graph once on zeros with every value as an output, so that no rule of shape inference has to be written a second time. Throws
 * InputError naming the layer where the dimensions do not fit together.
 */
export async function trace(graph: Graph, opset: number, inputs: readonly InputShape[]): Promise<Trace> {
  const names = graph.nodes.flatMap(({ output }) => output.filter(Boolean));
  const exposed = new Graph(
    create(GraphProtoSchema, {
      node: graph.proto.node,
      initializer: graph.proto.initializer,
      input: inputs.map(({ name, type, dims }) => valueInfo(name, type, dims)),
      output: names.map((name) => create(ValueInfoProtoSchema, { name })),
    }),
  );
  const shapes: Shapes = new Map(inputs.map(({ name, type, dims }) => [name, { type, dims }]));
  const values: Trace['values'] = new Map();
  for (const [name, { type, dims }] of graph.initializers) shapes.set(name, { type, dims });
  try {
    const runtimeLibrary = await runtime();
    const session = await createSession(writeModel(exposed, { opset }), 'cpu', { optimize: false });
    const feeds = inputs.map(({ name, type, dims }) => [name, new runtimeLibrary.Tensor(type as 'float32', newArray(type, sizeOf(dims)) as Float32Array, dims)]);
    const results = await session.run(Object.fromEntries(feeds));
    for (const name of names) {
      const { type, dims, data } = results[name] as unknown as Tensor;
      shapes.set(name, { type, dims: [...dims] });
      values.set(name, { type, dims: [...dims], data });
    }
    await session.release();
  } catch (error) {
    throw misfit(graph, opset, (error as Error).message);
  }
  return { shapes, values };
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
