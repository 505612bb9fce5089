/** Where a NaN or an infinity came from: the step once more, with every value fetched. */
import { create } from '@bufbuild/protobuf';
import type * as Ort from 'onnxruntime-node';
import type { WatchedActivation } from '../layers/model';
import { GraphProtoSchema, ValueInfoProtoSchema, type NodeProto } from '../onnx/generated/onnx_pb';
import { Graph, nodeInputs } from '../onnx/graph';
import { writeModel } from '../onnx/model';
import type { NonFiniteOrigin } from '../run/record';
import { createSession } from '../runtime/ort';

type Values = ReadonlyMap<string, ArrayLike<number>>;

export interface TracedStep {
  /** The training graph and its feeds, as the session runs them. */
  graph: Graph;
  opset: number;
  feeds: Record<string, Ort.Tensor>;
  /** Value names: the inputs of the model, its loss, its gradients. */
  inputs: readonly string[];
  loss: string;
  gradients: Iterable<string>;
  /** To name layers. */
  activations: readonly WatchedActivation[];
}

/**
 * The first operator, in the order of computation, whose output is not finite while all of its inputs are, among those that the loss or a gradient
 * depends on through values that are not finite. Undefined where there is none: the weights were lost before, or the fault does not come again on
 * the CPU. Runs on the CPU without optimisation, so that every value exists.
 */
export async function findOrigin(step: TracedStep): Promise<NonFiniteOrigin | undefined> {
  const { graph, feeds, inputs, activations } = step;
  const bad = inputs.find((name) => !isFinite(feeds[name]?.data as Float32Array));
  if (bad !== undefined) return { operator: 'Input', node: bad, pass: 'data', output: kindOf(feeds[bad].data as Float32Array), inputs: [] };
  const values = await valuesOf(step);
  const known = (name: string): ArrayLike<number> | undefined => values.get(name) ?? (feeds[name]?.data as Float32Array | undefined) ?? (graph.tensor(name)?.data as Float32Array | undefined);
  const broken = (name: string): boolean => name !== '' && !isFinite(known(name));
  const guilty = graph.upstream([step.loss, ...step.gradients].filter(broken), broken);
  const node = graph.sorted().find((each) => guilty.has(each) && !nodeInputs(each).some(broken));
  if (!node) return undefined;
  const output = node.output.find(broken)!;
  return {
    operator: node.opType, node: node.name || output, ...placeOf(graph, node, step.loss, activations), output: kindOf(known(output)!),
    inputs: node.input.flatMap((name) => {
      const value = known(name);
      return value instanceof Float32Array && value.length > 0 ? [{ name, low: value.reduce((a, b) => Math.min(a, b)), high: value.reduce((a, b) => Math.max(a, b)) }] : [];
    }),
  };
}

async function valuesOf({ graph, opset, feeds }: TracedStep): Promise<Values> {
  const names = graph.nodes.flatMap(({ output }) => output.filter(Boolean));
  const exposed = new Graph(create(GraphProtoSchema, {
    node: graph.proto.node, initializer: graph.proto.initializer, input: graph.proto.input, output: names.map((name) => create(ValueInfoProtoSchema, { name })),
  }));
  const session = await createSession(writeModel(exposed, { opset }), 'cpu', { optimize: false });
  try {
    const present = new Set(session.inputNames);
    const results = await session.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => present.has(name))));
    return new Map(names.map((name) => [name, results[name].type === 'float16' ? Float32Array.from(results[name].data as Uint16Array, fromHalf) : (results[name].data as Float32Array)]));
  } finally {
    await session.release();
  }
}

/** IEEE 754 binary16, given as its bits. */
function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** Only floating point has values that are not finite. */
const isFinite = (data: ArrayLike<number> | undefined): boolean => !(data instanceof Float32Array) || data.every(Number.isFinite);

const kindOf = (data: ArrayLike<number>): 'NaN' | 'Inf' => (Array.prototype.some.call(data, Number.isNaN) ? 'NaN' : 'Inf');

/** The layer that a node computes: the first whose output depends on it; in the backward pass the last that it reads. */
function placeOf(graph: Graph, node: NodeProto, loss: string, activations: readonly WatchedActivation[]): Pick<NonFiniteOrigin, 'pass' | 'layer'> {
  const layers = new Map(activations.map(({ value, layer }) => [value, layer]));
  const after = nearest([...node.output], (name) => graph.consumers(name).flatMap(({ output }) => output), (name) => layers.has(name) || name === loss);
  if (after !== undefined && after !== loss) return { pass: 'forward', layer: layers.get(after) };
  if (after === loss) return { pass: 'loss' };
  const before = nearest(node.input, (name) => nodeInputs(graph.producer(name) ?? node), (name) => layers.has(name));
  return { pass: 'backward', ...(before !== undefined && { layer: layers.get(before) }) };
}

/** Breadth first. */
function nearest(start: readonly string[], next: (name: string) => readonly string[], test: (name: string) => boolean): string | undefined {
  const seen = new Set(start);
  for (const name of seen) {
    if (test(name)) return name;
    for (const other of next(name)) seen.add(other);
  }
  return undefined;
}
