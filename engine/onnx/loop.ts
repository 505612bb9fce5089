import { clone, create } from '@bufbuild/protobuf';
import { GraphProtoSchema, TensorShapeProto_DimensionSchema, type ValueInfoProto, ValueInfoProtoSchema } from './generated/onnx_pb';
import { Graph, valueInfo } from './graph';

/** What becomes of the inputs and outputs of a step that is done several times. */
export interface Repetition {
  /** An input whose value in the next step is that of an output; the last one leaves the loop. */
  carried: readonly { input: string; output: string }[];
  /** Inputs with a value of their own in every step, stacked along a new first axis. Those that are neither keep their value and their name. */
  each: readonly string[];
  /** Outputs of which only the last step's value leaves the loop, float32 of rank 2; all that are neither leave it stacked. */
  last: readonly string[];
}

/**
 * A graph that does a step as often as the int64 scalar `count` says, in one ONNX Loop (onnx.ai/onnx/operators/onnx__Loop.html). The step becomes its body and must not be used any more.
 * `names`: an input or output of the step -> that of the graph; names are unique across a graph and its bodies.
 */
export function repeat(step: Graph, { carried, each, last }: Repetition): { graph: Graph; count: string; names: ReadonlyMap<string, string> } {
  const { proto } = step;
  const graph = Graph.create('steps');
  const ends = new Map([...proto.input, ...proto.output].map((value) => [value.name, value]));
  const names = new Map([...carried.map(({ input }) => input), ...each, ...proto.output.map(({ name }) => name)].map((name) => [name, step.unique(`${name}_of_steps`)]));
  const outside = (name: string, stacked: boolean): ValueInfoProto => renamed(ends.get(name)!, names.get(name)!, stacked);
  const [count, iteration, condition, goesOn] = ['count', 'iteration', 'condition', 'goes_on'].map((name) => step.unique(name));

  const single = new Set([...carried.map(({ output }) => output), ...last]);
  const outputs = [...single, ...proto.output.map(({ name }) => name).filter((name) => !single.has(name))];
  graph.addInput(count, 'int64', []);
  for (const { name } of proto.input) graph.proto.input.push(carried.some(({ input }) => input === name) ? outside(name, false) : names.has(name) ? outside(name, true) : ends.get(name)!);
  graph.proto.output.push(...outputs.map((name) => outside(name, !single.has(name))));

  // What a step does not read is carried as well: nothing else keeps no more than the last value. At first it is empty.
  const unread = last.map((name) => step.unique(`${name}_before`));
  const body = [...proto.node];
  for (const name of each) step.add('Gather', [names.get(name)!, iteration], { axis: 0 }, [name]);
  step.add('Identity', [condition], {}, [goesOn]);
  proto.node = [...proto.node.slice(body.length), ...body];
  proto.input = [valueInfo(iteration, 'int64', []), valueInfo(condition, 'bool', []), ...carried.map(({ input }) => ends.get(input)!), ...unread.map((name) => valueInfo(name, 'float32', ['any_rows', 'any_columns']))];
  proto.output = [valueInfo(goesOn, 'bool', []), ...outputs.map((name) => ends.get(name)!)];
  graph.addAll(
    'Loop', [count, '', ...carried.map(({ input }) => names.get(input)!), ...last.map(() => graph.constant([], [0, 0]))],
    { body: { graph: create(GraphProtoSchema, { name: 'step', node: step.sorted(), initializer: proto.initializer, input: proto.input, output: proto.output }) } },
    outputs.map((name) => names.get(name)!),
  );
  return { graph, count, names };
}

function renamed(value: ValueInfoProto, name: string, stacked: boolean): ValueInfoProto {
  const copy = clone(ValueInfoProtoSchema, value);
  copy.name = name;
  if (stacked && copy.type?.value.case === 'tensorType') copy.type.value.value.shape?.dim.unshift(create(TensorShapeProto_DimensionSchema, { value: { case: 'dimParam', value: 'steps' } }));
  return copy;
}
