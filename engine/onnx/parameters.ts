import { constantOps } from '../gradient/rules';
import type { Model } from '../layers/model';
import type { Graph } from './graph';

/** Inputs that settle how an operator works: a floating-point number there is no parameter. */
const settings: Record<string, number[]> = {
  Clip: [1, 2], Pad: [1, 2, 3], Resize: [1, 2, 3], Upsample: [1], Dropout: [1, 2], BatchNormalization: [3, 4], Pow: [1], OneHot: [1, 2], Range: [0, 1, 2],
  Where: [0], Gather: [1], GatherElements: [1], GatherND: [1], QuantizeLinear: [1, 2], DequantizeLinear: [1, 2], LSTM: [4, 5, 6], GRU: [4, 5], RNN: [4, 5],
};

/** Names that exporters make up for constants of the formula ("/Constant_output_0", "val_12", "onnx::Div_5"), as opposed to a module's "logit_scale". */
const madeUp = /^(\/|_|onnx::|val_|const|scalar|\d)|constant/i;

/**
 * The parameters are the float32 initializers from which a differentiable path leads to an output, in forward order; numbers such as the 0.5
 * of a written-out GELU are not. Running statistics are the buffers.
 */
export function parametersOf(graph: Graph, outputs: readonly string[]): { parameters: Model['parameters']; buffers: string[] } {
  const reached = new Set(outputs);
  const nodes = graph.sorted();
  for (const node of [...nodes].reverse()) {
    if (constantOps.has(node.opType) || !node.output.some((value) => reached.has(value))) continue;
    node.input.forEach((input, i) => {
      if (!settings[node.opType]?.includes(i)) reached.add(input);
    });
  }
  const buffers = new Set(nodes.filter(({ opType }) => opType === 'BatchNormalization').flatMap(({ input }) => input.slice(3, 5)));
  const parameters: Model['parameters'] = [];
  const seen = new Set<string>();
  const depths = new Map<string, number>();
  for (const node of nodes) {
    for (const name of node.input) {
      const tensor = graph.initializers.get(name);
      if (!tensor || tensor.type !== 'float32' || seen.has(name) || buffers.has(name) || !reached.has(name)) continue;
      if (tensor.data.length === 0 || (tensor.dims.length === 0 && madeUp.test(name))) continue;
      seen.add(name);
      const layer = madeUp.test(name) ? (moduleOf(node.name) ?? layerOf(name)) : layerOf(name);
      if (!depths.has(layer)) depths.set(layer, depths.size);
      parameters.push({ name, dims: tensor.dims, layer, depth: depths.get(layer)! });
    }
  }
  return { parameters, buffers: [...buffers] };
}

/** The name up to its last dot: "layer1.conv" for "layer1.conv.weight". */
export const layerOf = (name: string): string => (name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : name);

/** The module's path that torch leaves in the name of a node: "layer1.conv" for "/layer1/conv/Conv". */
const moduleOf = (node: string): string | undefined => (/^\/.+\//.test(node) ? node.split('/').slice(1, -1).join('.') : undefined);
