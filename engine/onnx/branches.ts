import { constantNodes } from './fold';
import type { Graph } from './graph';
import type { Tensor } from './tensor';

/**
 * Replaces every `If` whose condition depends on constants and dimensions alone by the branch that is taken: exporters write one where a
 * dimension is squeezed if it is 1. `values` has the condition's value. Returns whether there was one.
 */
export function takeBranches(graph: Graph, values: ReadonlyMap<string, Tensor>): boolean {
  const constant = constantNodes(graph, [...graph.proto.input.map(({ name }) => name)]);
  const settled = graph.nodes.filter((node) => {
    const producer = graph.producer(node.input[0] ?? '');
    return node.opType === 'If' && (graph.isInitializer(node.input[0]) || (producer && constant.has(producer) && values.has(node.input[0])));
  });
  for (const node of settled) {
    const condition = graph.tensor(node.input[0]) ?? values.get(node.input[0])!;
    const branch = node.attribute.find(({ name }) => name === (condition.data[0] ? 'then_branch' : 'else_branch'))?.g;
    if (!branch) throw new Error(`operator If (node "${node.name}") has no branch`);
    graph.remove([node]);
    graph.include(branch);
    branch.output.forEach(({ name }, i) => graph.add('Identity', [name], {}, [node.output[i]]));
  }
  return settled.length > 0;
}
