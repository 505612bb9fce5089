import { type Graph, nodeInputs } from './graph';

/** Removes the nodes and initializers that no graph output depends on: onnxruntime would run and keep them. */
export function prune(graph: Graph): void {
  const outputs = graph.proto.output.map(({ name }) => name);
  const kept = graph.upstream(outputs);
  const needed = new Set([...outputs, ...[...kept].flatMap(nodeInputs)]);
  graph.remove(graph.nodes.filter((node) => !kept.has(node)));
  for (const name of [...graph.initializers.keys()]) if (!needed.has(name)) graph.removeTensor(name);
}
