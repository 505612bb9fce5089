import { clone } from '@bufbuild/protobuf';
import { type AttributeProto, AttributeProtoSchema, type FunctionProto, type GraphProto, type ModelProto, type NodeProto, NodeProtoSchema } from './generated/onnx_pb';

const deepest = 32;

/**
 * Replaces every call of a model-local function by the function's nodes (onnx.ai/onnx/repo-docs/IR.html, "Functions"), as newer exporters
 * wrap whole layers in functions. Throws an Error naming the function where it calls itself.
 */
export function inlineFunctions(proto: ModelProto): void {
  if (proto.functions.length === 0 || !proto.graph) return;
  const functions = new Map(proto.functions.map((definition) => [`${definition.domain}:${definition.name}:${definition.overload}`, definition]));
  let calls = 0;

  const expandAll = (nodes: NodeProto[], depth: number): NodeProto[] => nodes.flatMap((node) => expand(node, depth));

  function expand(node: NodeProto, depth: number): NodeProto[] {
    for (const { g } of node.attribute) if (g) g.node = expandAll(g.node, depth);
    const definition = functions.get(`${node.domain}:${node.opType}:${node.overload}`);
    if (!definition) return [node];
    if (depth === deepest) throw new Error(`the model's function "${definition.name}" calls itself`);
    return expandAll(body(definition, node, `${node.name || definition.name}#${calls++}/`), depth + 1);
  }

  proto.graph.node = expandAll(proto.graph.node, 0);
  proto.functions = [];
}

/** The function's nodes with the call's values and attributes in place of the formal ones; values of its own get the prefix. */
function body(definition: FunctionProto, call: NodeProto, prefix: string): NodeProto[] {
  const names = new Map<string, string>([['', '']]);
  definition.input.forEach((name, i) => names.set(name, call.input[i] ?? ''));
  definition.output.forEach((name, i) => names.set(name, call.output[i] || prefix + name));
  const given = new Map([...definition.attributeProto, ...call.attribute].map((attribute) => [attribute.name, attribute]));
  const nodes = definition.node.map((node) => {
    const copy = clone(NodeProtoSchema, node);
    rename(copy, names, prefix);
    copy.name = prefix + node.name;
    copy.attribute = copy.attribute.flatMap((attribute) => bind(attribute, given));
    return copy;
  });
  return nodes;
}

function rename(node: NodeProto, names: Map<string, string>, prefix: string): void {
  const to = (name: string): string => names.get(name) ?? prefix + name;
  node.input = node.input.map(to);
  node.output = node.output.map(to);
  for (const { g } of node.attribute) if (g) renameGraph(g, names, prefix);
}

function renameGraph(graph: GraphProto, names: Map<string, string>, prefix: string): void {
  for (const value of [...graph.input, ...graph.output, ...graph.initializer]) value.name = names.get(value.name) ?? prefix + value.name;
  for (const node of graph.node) rename(node, names, prefix);
}

/** An attribute that refers to one of the function's takes its value, or is left out where the call gives none. */
function bind(attribute: AttributeProto, given: Map<string, AttributeProto>): AttributeProto[] {
  if (attribute.g) for (const node of attribute.g.node) node.attribute = node.attribute.flatMap((inner) => bind(inner, given));
  if (!attribute.refAttrName) return [attribute];
  const value = given.get(attribute.refAttrName);
  if (!value) return [];
  const copy = clone(AttributeProtoSchema, value);
  copy.name = attribute.name;
  return [copy];
}
