import { toAttribute } from './attributes';
import type { Graph } from './graph';
import { newArray } from './tensor';

/** Operators whose second and third input are weights in every exporter, so that a Constant node there is a parameter, too. */
const weighted: Record<string, number[]> = { Conv: [1, 2], ConvTranspose: [1, 2], Gemm: [1, 2], MatMul: [1], LSTM: [1, 2, 3], GRU: [1, 2, 3], RNN: [1, 2, 3], BatchNormalization: [1, 2, 3, 4], LayerNormalization: [1, 2] };

/** Brings what exporters write in several ways into one form: training form, parameters as initializers of their own. Returns report sentences. */
export function normalize(graph: Graph): string[] {
  separateInitializers(graph);
  for (const node of graph.nodes) {
    for (const i of weighted[node.opType] ?? []) {
      const producer = node.input[i] ? graph.producer(node.input[i]) : undefined;
      const tensor = producer?.opType === 'Constant' ? graph.tensor(node.input[i]) : undefined;
      if (!tensor || tensor.type !== 'float32' || tensor.data.length < 2) continue;
      graph.remove([producer!]);
      graph.setTensor(node.input[i], tensor);
    }
  }
  return [...copies(graph), ...trainingForm(graph)];
}

/** Up to IR version 3 every initializer was listed as an input as well. */
function separateInitializers(graph: Graph): void {
  graph.proto.input = graph.proto.input.filter(({ name }) => !graph.isInitializer(name));
}

/** Exporters store equal-valued parameters once and refer to them by Identity; training would tie what was never tied. */
function copies(graph: Graph): string[] {
  const found = graph.sorted().filter(({ opType, input }) => opType === 'Identity' && reachesInitializer(graph, input[0]));
  const tensors = found.map((node) => graph.tensor(node.input[0])!);
  graph.remove(found);
  found.forEach((node, i) => graph.setTensor(node.output[0], { ...tensors[i], data: tensors[i].data.slice() }));
  return found.length === 0 ? [] : [`${found.length} parameters that the export had merged with others of equal value are separate again`];
}

const reachesInitializer = (graph: Graph, value: string): boolean => {
  const node = graph.producer(value);
  return node ? node.opType === 'Identity' && reachesInitializer(graph, node.input[0]) : graph.isInitializer(value);
};

/** BatchNormalization with running statistics as outputs and Dropout that drops, whatever form the file had. */
function trainingForm(graph: Graph): string[] {
  let changed = 0;
  for (const node of graph.nodes) {
    if (node.opType === 'BatchNormalization') {
      if (node.attribute.some(({ name, i }) => name === 'training_mode' && i === 1n)) continue;
      node.attribute = [...node.attribute.filter(({ name }) => name !== 'training_mode'), toAttribute('training_mode', 1)];
      node.output = [node.output[0], graph.unique(`${node.output[0]}_mean`), graph.unique(`${node.output[0]}_var`)];
      changed++;
    } else if (node.opType === 'Dropout' && !node.attribute.some(({ name }) => name === 'ratio')) {
      if (!node.input[2]) changed++;
      if (!node.input[1]) node.input[1] = graph.constant(0.5);
      node.input[2] = graph.unique('training');
      graph.setTensor(node.input[2], { type: 'bool', dims: [], data: newArray('bool', [1]) });
    }
  }
  return changed === 0 ? [] : [`${changed} BatchNormalization or Dropout nodes were in evaluation form; those that are not frozen now train as usual`];
}
