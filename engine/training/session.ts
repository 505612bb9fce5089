import type * as Ort from 'onnxruntime-node';
import { InputError } from '../errors';
import type { Model } from '../layers/model';
import type { Losses } from '../loss';
import { writeModel } from '../onnx/model';
import { newArray, sizeOf } from '../onnx/tensor';
import { findOrigin } from '../probe/origin';
import { activationQuantities, type NonFiniteOrigin } from '../run/record';
import { createSession, runtime } from '../runtime/ort';
import type { Objective } from '../loss/objective';
import type { Mixing } from './mix';
import { trainingProgram } from './program';

export type InputArray = Float32Array | Int32Array;

/** Weights that are trained, and where their gradients go: views that stay valid. */
export interface Weights {
  names: string[];
  weight(name: string): Float32Array;
  gradient(name: string): Float32Array;
}

export interface TrainingSession {
  batch: number;
  /** To be filled before `run`: `batch` rows each. */
  inputs: InputArray[];
  labels: Float32Array | Int32Array;
  objectives: Objective[];
  /** Of a session that mixes samples; to be filled as well, nothing is mixed at first. */
  mixing?: Mixing;
  notices: string[];
  /**
   * Gradients land in `weights.gradient(name)`, running statistics in the buffers. `outputs`, in the order of the objectives, are what the
   * loss was computed from (logits, where the model ends in softmax or sigmoid), `terms` the losses of each; outputs and `activations` (activations x
   * activationQuantities) are overwritten by the next run.
   */
  run(options: { seed: number; step: number; measureActivations?: boolean }): Promise<{ loss: number; terms: number[]; outputs: Float32Array[]; activations?: Float32Array }>;
  /** Where the first value that is not finite comes from, with the weights and inputs as they are now. Builds the step a second time: for when it has happened. */
  findOrigin(options: { seed: number; step: number }): Promise<NonFiniteOrigin | undefined>;
  release(): Promise<void>;
}

/** Computes loss and gradients of one batch. Nothing is copied between steps: onnxruntime reads the weights and writes the gradients in place. */
export async function createTrainingSession(
  model: Model, loss: Losses, batch: number, device: string, weights: Weights, buffers: ReadonlyMap<string, Float32Array>, options: { mixed?: boolean } = {},
): Promise<TrainingSession> {
  const program = await trainingProgram(model, loss, batch, weights.names, options);
  const { Tensor } = await runtime();
  const session = await openSession(writeModel(program.graph, { opset: model.opset }), device);

  const feeds: Record<string, Ort.Tensor> = {};
  const fetches: Record<string, Ort.Tensor> = {};
  const tensor = (type: 'float32' | 'int32' | 'bool', data: InputArray | Uint8Array, dims: readonly number[]): Ort.Tensor => new Tensor(type as 'float32', data as Float32Array, dims);

  const inputs = program.inputs.map(({ name, type, dims }) => {
    const data = newArray(type, sizeOf(dims)) as InputArray;
    feeds[name] = tensor(type, data, dims);
    return data;
  });
  const labels = newArray(program.labels.type, sizeOf(program.labels.dims)) as Float32Array | Int32Array;
  feeds[program.labels.name] = tensor(program.labels.type, labels, program.labels.dims);
  const dimsOf = (name: string): number[] => model.graph.initializers.get(name)!.dims;
  for (const name of weights.names) feeds[name] = tensor('float32', weights.weight(name), dimsOf(name));
  for (const [name, gradient] of program.gradients) fetches[gradient] = tensor('float32', weights.gradient(name), dimsOf(name));
  // A buffer that is read and written in one run could be overwritten before its last reader: the new value goes to a place of its own.
  const updated = [...program.updates].map(([name, value]) => {
    const next = new Float32Array(buffers.get(name)!.length);
    fetches[value] = tensor('float32', next, dimsOf(name));
    return { buffer: buffers.get(name)!, next };
  });
  for (const name of model.buffers) feeds[name] = tensor('float32', buffers.get(name)!, dimsOf(name));

  const outputs = program.outputs.map(({ name, dims }) => {
    const output = new Float32Array(sizeOf(dims));
    fetches[name] = tensor('float32', output, dims);
    return output;
  });
  const scalar = (name: string): Float32Array => {
    const value = new Float32Array(1);
    fetches[name] = tensor('float32', value, []);
    return value;
  };
  const lossValue = scalar(program.loss);
  const terms = program.terms.map(scalar);
  const seeds = { seed: new Int32Array(1), step: new Int32Array(1) };
  if (program.random) for (const key of ['seed', 'step'] as const) feeds[program.random[key]] = tensor('int32', seeds[key], []);
  const mixing: Mixing | undefined = program.mixing && { partners: Int32Array.from({ length: batch }, (_, i) => i), share: Float32Array.of(1) };
  if (program.mixing && mixing) {
    feeds[program.mixing.partners] = tensor('int32', mixing.partners, [batch]);
    feeds[program.mixing.share] = tensor('float32', mixing.share, []);
  }
  const measure = new Uint8Array(1);
  const activations = new Float32Array(model.activations.length * activationQuantities.length);
  if (program.activations) {
    feeds[program.activations.condition] = tensor('bool', measure, []);
    fetches[program.activations.output] = tensor('float32', activations, [activations.length]);
  }
  const present = new Set(session.inputNames);
  for (const name of Object.keys(feeds)) if (!present.has(name)) delete feeds[name];

  return {
    batch, inputs, labels, mixing,
    objectives: program.objectives,
    notices: program.notices,
    async run({ seed, step, measureActivations = false }) {
      seeds.seed[0] = seed | 0;
      seeds.step[0] = step | 0;
      measure[0] = Number(measureActivations);
      await session.run(feeds, fetches);
      for (const { buffer, next } of updated) buffer.set(next);
      return { loss: lossValue[0], terms: terms.map(([value]) => value), outputs, activations: measureActivations ? activations : undefined };
    },
    findOrigin({ seed, step }) {
      seeds.seed[0] = seed | 0;
      seeds.step[0] = step | 0;
      measure[0] = 0;
      return findOrigin({
        graph: program.graph, opset: model.opset, feeds, inputs: program.inputs.map(({ name }) => name), loss: program.loss, gradients: program.gradients.values(), activations: model.activations,
      });
    },
    release: () => session.release(),
  };
}

/** A graph of ours that onnxruntime refuses is a limit of the device, which the user can do something about. */
export async function openSession(bytes: Uint8Array, device: string): Promise<Ort.InferenceSession> {
  try {
    return await createSession(bytes, device);
  } catch (error) {
    throw new InputError(`the model cannot be prepared for device "${device}": ${(error as Error).message.split('\n')[0]}`);
  }
}
