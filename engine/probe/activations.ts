import { abs, cast, concat, equal, greater, less, reshape, sqrt, square, sub } from '../gradient/expression';
import { allAxes, reduce } from '../gradient/reduce';
import { Builder, type Shapes, type Value } from '../gradient/value';
import type { WatchedActivation } from '../layers/model';
import { create } from '@bufbuild/protobuf';
import { GraphProtoSchema, type NodeProto } from '../onnx/generated/onnx_pb';
import { type Graph, valueInfo } from '../onnx/graph';
import { sizeOf } from '../onnx/tensor';
import { type ActivationQuantity, activationQuantities } from '../run/record';

/** Where sigmoid and tanh are flat. */
const saturation = 5;
const saturating = new Set(['sigmoid', 'tanh']);
const largestFinite = 3.4028234e38;

interface Watched {
  kind: string;
  output: Value;
  input: Value;
}

const mean = (x: Value): Value => reduce('ReduceMean', x, allAxes(x));
const share = (condition: Value): Value => mean(cast(condition, 'float32'));
const zero = ({ output }: Watched): Value => output.builder.constant(0, 'float32', [1]);

/** Every quantity as an expression of a single element; what each means is written at `activationQuantities`. */
const quantities: Record<ActivationQuantity, (watched: Watched) => Value> = {
  mean: ({ output }) => mean(output),
  std: ({ output }) => sqrt(mean(square(sub(output, mean(output))))),
  deadShare: ({ output }) => share(equal(reduce('ReduceMax', abs(output), allAxes(output).filter((axis) => axis !== 1)), 0)),
  saturatedShare: (watched) => (saturating.has(watched.kind.toLowerCase()) ? share(greater(abs(watched.input), saturation)) : zero(watched)),
  // A comparison with NaN is false, so that both NaN and infinity count as not finite.
  nonFinite: ({ output }) => sub(output.builder.constant(1, 'float32'), reduce('ReduceMin', cast(less(abs(output), largestFinite), 'float32'), allAxes(output))),
};

/** Activations that are measured together, in bytes: each group costs a call in every step, and holds what it reads until the last of it is there. */
const groupBytes = 1 << 20;

/**
 * Adds the statistics of the activations behind ONNX `If`s on the bool scalar `condition`, so that the graph, and with it training, is the
 * same whether they are measured or not, and costs nothing where they are not. Returns the name of a value [activations x quantities].
 */
export function addActivationStatistics(graph: Graph, shapes: Shapes, opset: number, condition: string, activations: readonly WatchedActivation[]): string {
  // The first activations last: of what a node reads, onnxruntime computes the last listed first (`engine/onnx/order.ts`).
  const parts = groups(activations, shapes).toReversed().map((group) => {
    const size = group.length * activationQuantities.length;
    const zeros = graph.constant(Array(size).fill(0));
    const then = branch(graph, size, () => {
      const builder = new Builder(graph, shapes, opset);
      const values = group.flatMap(({ kind, value, input }) => {
        const watched = { kind, output: builder.value(value), input: builder.value(input) };
        return activationQuantities.map((quantity) => reshape(quantities[quantity](watched), [1]));
      });
      return graph.add('Identity', [concat(values, 0).name]);
    });
    const otherwise = branch(graph, size, () => graph.add('Identity', [zeros]));
    return graph.add('If', [condition], { then_branch: { graph: then }, else_branch: { graph: otherwise } }, [graph.unique('activation_statistics')]);
  });
  return parts.length === 1 ? parts[0] : graph.add('Concat', parts.toReversed(), { axis: 0 });
}

/** Neighbours, as many as make up a group. */
function groups(activations: readonly WatchedActivation[], shapes: Shapes): WatchedActivation[][] {
  const list: WatchedActivation[][] = [];
  let bytes = Infinity;
  for (const activation of activations) {
    if (bytes >= groupBytes) {
      list.push([]);
      bytes = 0;
    }
    list.at(-1)!.push(activation);
    bytes += 4 * sizeOf(shapes.get(activation.value)!.dims);
  }
  return list;
}

/** The nodes that `build` adds, moved into a graph of their own; they read the outer graph's values by name. */
function branch(graph: Graph, size: number, build: () => string) {
  const before = new Set<NodeProto>(graph.nodes);
  const output = build();
  const node = graph.nodes.filter((candidate) => !before.has(candidate));
  graph.remove(node);
  return create(GraphProtoSchema, { name: output, node, output: [valueInfo(output, 'float32', [size])] });
}
