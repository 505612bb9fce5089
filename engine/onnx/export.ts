import type { Model } from '../layers/model';
import { writeAtomically } from '../run/file';
import { lowerForEvaluation } from './lower';
import { writeModel } from './model';
import { prune } from './prune';

/**
 * Writes the model as it is used after training (running statistics, no dropout) with these weights, as ONNX that any runtime reads;
 * the batch dimension stays free. Returns the size in bytes.
 */
export function exportModel(file: string, model: Model, values: (name: string) => Float32Array, metadata: Record<string, string>): number {
  const graph = lowerForEvaluation(model.graph);
  const frozen = new Set(model.parameters.filter((parameter) => parameter.frozen).map(({ name }) => name));
  const trained = [...model.parameters.filter(({ name }) => !frozen.has(name)).map(({ name }) => name), ...model.buffers];
  for (const name of trained) graph.setTensor(name, { ...graph.tensor(name)!, data: values(name) });
  prune(graph);
  const bytes = writeModel(graph, { opset: model.opset, metadata, seal: true });
  writeAtomically(file, bytes);
  return bytes.byteLength;
}
