import type * as Ort from 'onnxruntime-node';
import { InputError } from '../errors';
import type { Model } from '../layers/model';
import type { LossOptions } from '../loss';
import { lowerForEvaluation } from '../onnx/lower';
import { writeModel } from '../onnx/model';
import { prune } from '../onnx/prune';
import { newArray, sizeOf } from '../onnx/tensor';
import { runtime } from '../runtime/ort';
import { inferShapes } from '../runtime/shapes';
import { addLoss, narrowInputs, withBatch } from './program';
import { type InputArray, openSession } from './session';

export interface EvaluationSession {
  /** To be filled before `run`: `batch` rows each. */
  inputs: InputArray[];
  labels: Float32Array | Int32Array;
  /** Of one row of the output. */
  outputDims: number[];
  /** Mean loss of the batch, and what it was computed from (see TrainingSession); `output` is overwritten by the next run. */
  run(): Promise<{ loss: number; output: Float32Array }>;
  release(): Promise<void>;
}

/** The model with its running statistics and without dropout. `values` gives trained parameters and buffers by name; they are read at every run. */
export async function createEvaluationSession(
  model: Model, loss: LossOptions, batch: number, device: string, values: (name: string) => Float32Array,
): Promise<EvaluationSession> {
  const inputs = withBatch(model, batch);
  const graph = lowerForEvaluation(model.graph);
  const shapes = await inferShapes(graph, model.opset, inputs);
  const fed = [...model.parameters.filter(({ frozen }) => !frozen).map(({ name }) => name), ...model.buffers];
  const { target, labels, value } = guarded(() => addLoss(graph, model, loss, shapes));
  graph.proto.input = [];
  graph.proto.output = [];
  const narrow = narrowInputs(graph, inputs);
  graph.addInput(labels.name, labels.type, labels.dims);
  for (const name of fed) {
    graph.removeTensor(name);
    graph.addInput(name, 'float32', shapes.get(name)!.dims);
  }
  const outputDims = shapes.get(target.value)!.dims;
  graph.addOutput(value, 'float32', []);
  graph.addOutput(target.value, 'float32', outputDims);
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
  const output = new Float32Array(sizeOf(outputDims));
  const result = new Float32Array(1);
  const fetches = { [target.value]: new Tensor('float32', output, outputDims), [value]: new Tensor('float32', result, []) };

  return {
    inputs: arrays,
    labels: labelData,
    outputDims: outputDims.slice(1),
    async run() {
      await session.run(feeds, fetches);
      return { loss: result[0], output };
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
