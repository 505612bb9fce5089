import { type Graph, nodeInputs } from './graph';

/**
 * Lists the nodes so that onnxruntime computes the results in the order in which they were added. It takes the nodes that nothing else reads, the last listed first, and goes from
 * each back to what it needs, again the last listed first (`Graph::ReverseDFSFrom`). Otherwise it would pass through the whole network to the gradient of the first
 * weight before it computes that of the last one, and hold everything that the others need until then.
 * `first`: a result that is computed before all others.
 */
export function runAsAdded(graph: Graph, first?: string): void {
  const order = graph.sorted();
  const read = new Set(order.flatMap(nodeInputs));
  const results = order.filter(({ output }) => !output.some((value) => read.has(value)));
  const others = results.filter(({ output }) => !output.includes(first!));
  graph.proto.node = [...order.filter((node) => !results.includes(node)), ...others.reverse(), ...results.filter((node) => !others.includes(node))];
}
