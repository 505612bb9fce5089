import type * as Ort from 'onnxruntime-node';
import { InputError } from '../errors';
import type { Model } from '../layers/model';
import type { Losses } from '../loss';
import { lowerForEvaluation } from '../onnx/lower';
import { mixPrecision } from '../onnx/mixedPrecision';
import { writeModel } from '../onnx/model';
import { prune } from '../onnx/prune';
import { newArray, sizeOf } from '../onnx/tensor';
import { runtime } from '../runtime/ort';
import { inferShapes } from '../runtime/shapes';
import type { Objective } from '../loss/objective';
import { addLoss, narrowInputs, type ProgramOptions, withBatch } from './program';
import { type InputArray, openSession } from './session';

export interface EvaluationSession {
  /** To be filled before `run`: `batch` rows each. */
  inputs: InputArray[];
  labels: Float32Array | Int32Array;
  objectives: Objective[];
  /** Mean loss of the batch, and what it was computed from (see TrainingSession); `outputs` are overwritten by the next run. */
  run(): Promise<{ loss: number; terms: number[]; outputs: Float32Array[] }>;
  release(): Promise<void>;
}

/** The model with its running statistics and without dropout. `values` gives trained parameters and buffers by name; they are read at every run. */
export async function createEvaluationSession(
  model: Model, loss: Losses, batch: number, device: string, values: (name: string) => Float32Array, { precision }: Pick<ProgramOptions, 'precision'> = {},
): Promise<EvaluationSession> {
  const inputs = withBatch(model, batch);
  const graph = lowerForEvaluation(model.graph);
  const shapes = await inferShapes(graph, model.opset, inputs);
  const fed = [...model.parameters.filter(({ frozen }) => !frozen).map(({ name }) => name), ...model.buffers];
  const { heads, labels, total } = guarded(() => addLoss(graph, model, loss, shapes));
  graph.proto.input = [];
  graph.proto.output = [];
  const narrow = narrowInputs(graph, inputs);
  graph.addInput(labels.name, labels.type, labels.dims);
  for (const name of fed) {
    graph.removeTensor(name);
    graph.addInput(name, 'float32', shapes.get(name)!.dims);
  }
  // Of one output its loss is the total.
  const scalars = [...new Set([total, ...heads.map(({ term }) => term)])];
  const ends = [...new Set(heads.map(({ value }) => value))];
  for (const name of scalars) graph.addOutput(name, 'float32', []);
  for (const name of ends) graph.addOutput(name, 'float32', shapes.get(name)!.dims);
  if (precision) mixPrecision(graph, shapes, precision);
  prune(graph);

  const { Tensor } = await runtime();
  const session = await openSession(writeModel(graph, { opset: model.opset }), device);
  const feeds: Record<string, Ort.Tensor> = {};
  const arrays = narrow.map(({ name, type, dims }) => {
    const data = newArray(type, sizeOf(dims)) as InputArray;
    feeds[name] = new Tensor(type as 'float32', data as Float32Array, dims);
    return data;
  });
  const labelData = newArray(labels.type, sizeOf(labels.dims)) as Float32Array | Int32Array;
  feeds[labels.name] = new Tensor(labels.type as 'float32', labelData as Float32Array, labels.dims);
  for (const name of fed) feeds[name] = new Tensor('float32', values(name), shapes.get(name)!.dims);
  const present = new Set(session.inputNames);
  for (const name of Object.keys(feeds)) if (!present.has(name)) delete feeds[name];
  const room = new Map([...scalars, ...ends].map((name) => [name, new Float32Array(sizeOf(shapes.get(name)!.dims))]));
  const fetches = Object.fromEntries([...room].map(([name, data]) => [name, new Tensor('float32', data, shapes.get(name)!.dims)]));
  const outputs = heads.map(({ value }) => room.get(value)!);

  return {
    inputs: arrays,
    labels: labelData,
    objectives: heads.map(({ objective }) => objective),
    async run() {
      await session.run(feeds, fetches);
      return { loss: room.get(total)![0], terms: heads.length > 1 ? heads.map(({ term }) => room.get(term)![0]) : [], outputs };
    },
    release: () => session.release(),
  };
}

function guarded<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new InputError(`the model cannot be evaluated: ${(error as Error).message}`);
  }
}
