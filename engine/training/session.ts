import type * as Ort from 'onnxruntime-node';
import { InputError } from '../errors';
import type { Model } from '../layers/model';
import type { Losses } from '../loss';
import { writeModel } from '../onnx/model';
import { newArray, sizeOf } from '../onnx/tensor';
import { findOrigin } from '../probe/origin';
import { activationQuantities, type NonFiniteOrigin } from '../run/record';
import { requireTraining } from '../runtime/devices';
import { createSession, runtime, type SessionOptions } from '../runtime/ort';
import type { Objective } from '../loss/objective';
import { discard } from '../runtime/discard';
import type { Mixing } from './mix';
import { type Program, type ProgramOptions, trainingProgram } from './program';

export type InputArray = Float32Array | Int32Array;

/** Weights that are trained, and where their gradients go: views that stay valid. */
export interface Weights {
  names: string[];
  weight(name: string): Float32Array;
  gradient(name: string): Float32Array;
}

/** What a batch is put into before it is run: one row for every sample. */
export interface BatchArrays {
  inputs: InputArray[];
  labels: InputArray;
  /** Of a session that mixes samples; to be filled as well, nothing is mixed at first. */
  mixing?: Mixing;
}

export interface TrainingSession extends BatchArrays {
  batch: number;
  objectives: Objective[];
  notices: string[];
  /** Gradients land in `weights.gradient(name)`, running statistics in the buffers. */
  run(options: RunOptions): Promise<RunValues>;
  /** Where the first value that is not finite comes from, with the weights and inputs as they are now. Builds the step a second time: for when it has happened. */
  findOrigin(options: Pick<RunOptions, 'seed' | 'step' | 'lossScale'>): Promise<NonFiniteOrigin | undefined>;
  release(): Promise<void>;
}

/** What a step is asked for. */
export interface RunOptions {
  seed: number;
  step: number;
  measureActivations?: boolean;
  /** Of a session in mixed precision: what the loss's gradient is multiplied by on its way back; default 1. */
  lossScale?: number;
}

/**
 * What a step tells. `outputs`, in the order of the objectives, are what the loss was computed from (logits, where the model ends in softmax or
 * sigmoid), `terms` the losses of each; outputs and `activations` (activations x activationQuantities) are overwritten by the next run.
 */
export interface RunValues {
  loss: number;
  terms: number[];
  outputs: Float32Array[];
  activations?: Float32Array;
}

/** Everything that enters a training graph but weights and running statistics, and what comes of a run. */
interface Ends extends BatchArrays {
  feeds: Record<string, Ort.Tensor>;
  set(options: RunOptions): void;
  /** `array`: an output of the run. */
  result(options: RunOptions, array: (name: string) => Float32Array): RunValues;
}

/** Makes the array that holds an input of the graph. */
export type Room = (name: string, type: 'float32' | 'int32' | 'bool', dims: readonly number[]) => InputArray | Uint8Array;

export async function endsOf(program: Program, model: Model, room: Room = (_, type, dims) => newArray(type, sizeOf(dims)) as InputArray | Uint8Array): Promise<Ends> {
  const { Tensor } = await runtime();
  const feeds: Record<string, Ort.Tensor> = {};
  const feed = (name: string, type: 'float32' | 'int32' | 'bool', dims: readonly number[]): InputArray => {
    const data = room(name, type, dims) as InputArray;
    feeds[name] = new Tensor(type as 'float32', data as Float32Array, dims);
    return data;
  };
  const inputs = program.inputs.map(({ name, type, dims }) => feed(name, type, dims));
  const labels = feed(program.labels.name, program.labels.type, program.labels.dims);
  const [seedOf, stepOf] = [program.random?.seed, program.random?.step].map((name) => name && feed(name, 'int32', []));
  const mixing = program.mixing && { partners: feed(program.mixing.partners, 'int32', program.inputs[0].dims.slice(0, 1)) as Int32Array, share: feed(program.mixing.share, 'float32', []) as Float32Array };
  mixing?.partners.forEach((_, i, partners) => { partners[i] = i; });
  mixing?.share.fill(1);
  const scale = program.lossScale && feed(program.lossScale, 'float32', []);
  const measure = program.activations && feed(program.activations.condition, 'bool', []);
  return {
    feeds, inputs, labels, mixing,
    set({ seed, step, measureActivations = false, lossScale = 1 }) {
      const values: [InputArray | '' | undefined, number][] = [[seedOf, seed | 0], [stepOf, step | 0], [scale, lossScale], [measure, Number(measureActivations)]];
      for (const [array, value] of values) if (array) array[0] = value;
    },
    result({ measureActivations = false }, array) {
      return {
        loss: array(program.loss)[0], terms: program.terms.map((name) => array(name)[0]), outputs: program.outputs.map(({ name }) => array(name)),
        activations: measureActivations && program.activations ? array(program.activations.output) : undefined,
      };
    },
  };
}

/** Everything that leaves a training graph but gradients and running statistics. */
export function resultsOf({ outputs, loss, terms, activations }: Program, model: Model): { name: string; dims: number[] }[] {
  return [
    ...outputs, ...[loss, ...terms].map((name) => ({ name, dims: [] })),
    ...(activations ? [{ name: activations.output, dims: [model.activations.length * activationQuantities.length] }] : []),
  ];
}

/** Leaves out what the graph does not read. */
export function keepInputs(feeds: Record<string, Ort.Tensor>, session: Ort.InferenceSession): void {
  const present = new Set(session.inputNames);
  for (const name of Object.keys(feeds)) if (!present.has(name)) delete feeds[name];
}

/** Computes loss and gradients of one batch. Nothing is copied between steps: onnxruntime reads the weights and writes the gradients in place. */
export async function createTrainingSession(
  model: Model, loss: Losses, batch: number, device: string, weights: Weights, buffers: ReadonlyMap<string, Float32Array>, options: ProgramOptions = {},
): Promise<TrainingSession> {
  requireTraining(device);
  const program = await trainingProgram(model, loss, batch, weights.names, options);
  const { Tensor } = await runtime();
  const session = await openSession(writeModel(program.graph, { opset: model.opset }), device, { ordered: true, repeats: Boolean(options.recompute) });
  const { feeds, inputs, labels, mixing, set, result } = await endsOf(program, model);
  const fetches: Record<string, Ort.Tensor> = Object.fromEntries(resultsOf(program, model).map(({ name, dims }) => [name, new Tensor('float32', new Float32Array(sizeOf(dims)), dims)]));
  const tensor = (name: string, data: Float32Array): Ort.Tensor => new Tensor('float32', data, model.graph.initializers.get(name)!.dims);
  for (const name of weights.names) feeds[name] = tensor(name, weights.weight(name));
  for (const [name, gradient] of program.gradients) fetches[gradient.name] = new Tensor('float32', weights.gradient(name), gradient.dims);
  // A buffer that is read and written in one run could be overwritten before its last reader: the new value goes to a place of its own.
  const updated = [...program.updates].map(([name, value]) => {
    const next = new Float32Array(buffers.get(name)!.length);
    fetches[value] = tensor(name, next);
    return { buffer: buffers.get(name)!, next };
  });
  for (const name of model.buffers) feeds[name] = tensor(name, buffers.get(name)!);
  keepInputs(feeds, session);

  return {
    batch, inputs, labels, mixing,
    objectives: program.objectives,
    notices: program.notices,
    async run(asked) {
      set(asked);
      const found = await runSession(session, feeds, fetches, device);
      // What overflows float16 on its way forward must not stay in a running mean: the next batch is computed with another scale, or not at all.
      for (const { buffer, next } of updated) if (!options.precision || next.every(Number.isFinite)) buffer.set(next);
      return result(asked, (name) => found[name].data as Float32Array);
    },
    findOrigin(asked) {
      set({ ...asked, measureActivations: false });
      return findOrigin({
        graph: program.graph, opset: model.opset, feeds, inputs: program.inputs.map(({ name }) => name), loss: program.loss, gradients: [...program.gradients.values()].map(({ name }) => name), activations: model.activations,
      });
    },
    release: () => session.release(),
  };
}

/** What a device says where its memory is full, or where it has been taken away (driver reset, laptop that sleeps). */
const outOfMemory = /out of (device )?memory|allocat\w* (failed|memory)|failed to allocate|OutOfMemory/i;
const deviceLost = /device (was |is |has been )?(lost|removed|hung)|DeviceLost|DXGI_ERROR_DEVICE/i;

/** On the CPU what comes back are the arrays that were given. Throws InputError where the device gives up: the run goes on from its last checkpoint. */
export async function runSession(session: Ort.InferenceSession, feeds: Record<string, Ort.Tensor>, fetches: Record<string, Ort.Tensor | null>, device: string): Promise<Ort.InferenceSession.OnnxValueMapType> {
  try {
    const found = await session.run(feeds, fetches);
    if (device !== 'cpu') return found;
    // onnxruntime-node has written into the arrays given to it, and returns copies of them.
    const given = Object.entries(fetches).filter((entry): entry is [string, Ort.Tensor] => entry[1] !== null);
    discard(given.flatMap(([name, tensor]) => (found[name] === tensor ? [] : [found[name].data as Float32Array])));
    return { ...found, ...Object.fromEntries(given) };
  } catch (error) {
    throw deviceError((error as Error).message, device) ?? error;
  }
}

export function deviceError(message: string, device: string): InputError | undefined {
  if (outOfMemory.test(message)) return new InputError(`the memory of device "${device}" is full: a smaller batchSize needs less (accumulate keeps the size of an update), and so does recompute; the run can be resumed from its last checkpoint`);
  if (deviceLost.test(message)) return new InputError(`device "${device}" was lost (its driver was reset, or another program used it up); the run can be resumed from its last checkpoint, also on "cpu"`);
  return undefined;
}

/** A graph of ours that onnxruntime refuses is a limit of the device, which the user can do something about. */
export async function openSession(bytes: Uint8Array, device: string, options?: SessionOptions): Promise<Ort.InferenceSession> {
  try {
    return await createSession(bytes, device, options);
  } catch (error) {
    throw deviceError((error as Error).message, device) ?? new InputError(`the model cannot be prepared for device "${device}": ${(error as Error).message.split('\n')[0]}`);
  }
}
