import type { NodeProto } from '../onnx/generated/onnx_pb';
import { type Graph, nodeInputs } from '../onnx/graph';
import { add, fit } from './expression';
import { Context, type Rule } from './rule';
import { constantOps, rules } from './rules';
import { Builder, type Shapes, type Value } from './value';

export type { Shapes };

/** The gradient of a value by several of its ancestors at once, in place of the rules of the nodes in between. */
export interface CustomGradient {
  inputs: readonly string[];
  /** The gradient of each input, of its dimensions up to broadcasting. */
  back(dy: Value): readonly Value[];
}

/**
 * Adds the reverse pass to `graph` (whose nodes stay as they are).
 * `seeds`: value -> name of its gradient, of the same dimensions; `wanted`: the values whose gradient is asked for.
 * `custom`: value -> how its gradient passes on, where a closed form is cheaper than what its nodes give.
 * Returns wanted value -> name of its gradient; a value on which no seed depends is absent. New values are added to `shapes`.
 * Throws an Error naming op, node and opset where a rule is missing.
 */
export function differentiate(graph: Graph, shapes: Shapes, seeds: ReadonlyMap<string, string>, wanted: readonly string[], opset: number, custom: ReadonlyMap<string, CustomGradient> = new Map()): Map<string, string> {
  const builder = new Builder(graph, shapes, opset);
  const nodes = graph.sorted();
  const active = dependents(nodes, wanted, shapes);
  const gradients = new Map<string, Value>();
  const accumulate = (name: string, gradient: Value): void => {
    const known = gradients.get(name);
    gradients.set(name, known ? add(known, gradient) : gradient);
  };

  const back = (node: NodeProto): void => {
    const dys = node.output.map((output) => (output ? gradients.get(output) : undefined));
    if (dys.every((dy) => !dy) || constantOps.has(node.opType)) return;
    const pass = (input: string, partial: Value): void => accumulate(input, fit(partial, builder.value(input).dims));
    const closed = custom.get(node.output[0]);
    if (closed) {
      closed.back(dys[0]!).forEach((partial, i) => active.has(closed.inputs[i]) && pass(closed.inputs[i], partial));
      return;
    }
    const context = new Context(node, builder, dys);
    const rule = ruleOf(node, opset);
    // From the last input: the gradients of bias and weight are done before that of what comes from the layers before.
    for (const [i, input] of [...node.input.entries()].reverse()) {
      const partial = typeof rule === 'function' ? rule : rule[i];
      if (partial && active.has(input)) pass(input, partial(context, i));
    }
  };

  for (const [value, gradient] of seeds) if (active.has(value)) accumulate(value, { ...builder.value(value), name: gradient });
  for (const node of nodes.reverse()) graph.within(`gradient of ${graph.partOf(node)}`, () => back(node));
  return new Map(wanted.flatMap((value) => (gradients.has(value) ? [[value, gradients.get(value)!.name]] : [])));
}

/** The values through which a change of a wanted value can reach an output. */
function dependents(nodes: NodeProto[], wanted: readonly string[], shapes: Shapes): Set<string> {
  const active = new Set(wanted);
  for (const node of nodes) {
    if (constantOps.has(node.opType)) continue;
    const rule = rules[node.opType];
    const reads = nodeInputs(node).filter((_, i) => !rule || typeof rule === 'function' || rule[i]);
    if (!reads.some((input) => active.has(input))) continue;
    for (const output of node.output) if (output && isFloat(shapes, output)) active.add(output);
  }
  return active;
}

const isFloat = (shapes: Shapes, value: string): boolean => shapes.get(value)?.type.startsWith('float') ?? true;

function ruleOf(node: NodeProto, opset: number): Rule {
  const rule = node.domain === '' || node.domain === 'ai.onnx' ? rules[node.opType] : undefined;
  if (!rule) throw new Error(`operator ${node.domain ? `${node.domain}.` : ''}${node.opType} (node "${node.name}", opset ${opset}) has no gradient rule`);
  return rule;
}
