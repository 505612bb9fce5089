import { type Graph, nodeInputs } from './graph';
import type { NodeProto } from './generated/onnx_pb';
import { sizeOf, type Tensor } from './tensor';

/** Larger results stay computed: a mask of this size costs less to compute than to store twice. */
const largest = 1 << 22;

/** Whether a node draws anew whenever it is run. */
export const isRandom = ({ opType }: NodeProto): boolean => opType.startsWith('Random') || opType === 'Bernoulli' || opType === 'Multinomial';

/** The nodes whose results are known before the graph is run: they depend on nothing that varies, or only on the dimensions of what varies. */
export function constantNodes(graph: Graph, varying: Iterable<string>): Set<NodeProto> {
  const changing = new Set(varying);
  const constant = new Set<NodeProto>();
  for (const node of graph.sorted()) {
    const dimensionsOnly = node.opType === 'Shape' || node.opType === 'Size';
    if (!isRandom(node) && (dimensionsOnly || !nodeInputs(node).some((input) => changing.has(input)))) constant.add(node);
    else for (const output of node.output) changing.add(output);
  }
  return constant;
}

/**
 * Replaces what is constant by its value, which gradient rules read (the starts of a Slice, the shape of a Reshape). `values` has what the
 * nodes compute for the batch size at hand; `varying` are inputs, trained parameters, buffers and what random numbers depend on.
 */
export function fold(graph: Graph, values: ReadonlyMap<string, Tensor>, varying: readonly string[]): void {
  const constant = constantNodes(graph, varying);
  const known = (name: string): boolean => !name || (values.has(name) && sizeOf(values.get(name)!.dims) <= largest);
  const removed = new Set([...constant].filter(({ opType, output }) => opType !== 'Constant' && output.every(known)));
  const needed = new Set([...graph.nodes.filter((node) => !removed.has(node)).flatMap(nodeInputs), ...graph.proto.output.map(({ name }) => name)]);
  graph.remove(removed);
  for (const name of [...removed].flatMap(({ output }) => output)) if (needed.has(name)) graph.setTensor(name, values.get(name)!);
}
