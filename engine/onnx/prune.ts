import { type Graph, nodeInputs } from './graph';

/** Removes the nodes and initializers that no graph output depends on: onnxruntime would run and keep them. */
export function prune(graph: Graph): void {
  const needed = new Set(graph.proto.output.map(({ name }) => name));
  const kept = new Set<unknown>();
  for (const node of graph.sorted().reverse()) {
    if (!node.output.some((output) => needed.has(output))) continue;
    kept.add(node);
    for (const input of nodeInputs(node)) needed.add(input);
  }
  graph.remove(graph.nodes.filter((node) => !kept.has(node)));
  for (const name of [...graph.initializers.keys()]) if (!needed.has(name)) graph.removeTensor(name);
}
