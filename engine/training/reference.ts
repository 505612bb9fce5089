import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type NpyArray, readNpy } from '../data/npy';
import { InputError } from '../errors';
import type { GradientsRequest, StepRequest } from '../host/protocol';
import type { Model } from '../layers/model';
import { type LossOptions, resolveLoss } from '../loss';
import { importModel } from '../onnx/import';
import type { OptimizerConfig } from '../optimizer/schema';
import { writeSafetensors } from '../run/safetensors';
import { chooseDevice } from '../runtime/devices';
import { createTrainingSession, type TrainingSession } from './session';
import { stateOf, type TrainedState } from './state';

/** Loss in training mode and the gradient of every parameter on one batch, written under the parameters' names. */
export async function gradients(request: GradientsRequest): Promise<{ loss: number }> {
  const { model, optimizer, session } = await prepare(request, { type: 'sgd', learningRate: 0 } as OptimizerConfig);
  const { loss } = await session.run({ seed: 0, step: 1 });
  save(request.out, model, (name) => optimizer.store.gradient(name));
  await session.release();
  return { loss };
}

/** Trains on one batch for some steps and writes the parameters; losses before every step and after the last. */
export async function step(request: StepRequest): Promise<{ losses: number[] }> {
  if (!Number.isInteger(request.steps) || request.steps < 0) throw new InputError(`steps is ${request.steps}; it must be a whole number from 0`);
  const { model, optimizer, session, buffers } = await prepare(request, optimizerConfig(request.optimizer));
  const { learningRate } = optimizer.config;
  const losses: number[] = [];
  for (let done = 0; ; done++) {
    // The last run only measures the loss: the running statistics belong to the steps made.
    const before = [...buffers.values()].map((buffer) => buffer.slice());
    losses.push((await session.run({ seed: 0, step: done + 1 })).loss);
    if (done === request.steps) {
      [...buffers.values()].forEach((buffer, i) => buffer.set(before[i]));
      break;
    }
    const options = { step: done + 1, learningRate };
    if (optimizer.search) await optimizer.search(options, losses[done], async () => (await session.run({ seed: 0, step: done + 1 })).loss);
    else optimizer.step(options);
  }
  save(request.out, model, (name) => optimizer.store.weight(name), buffers);
  await session.release();
  return { losses };
}

async function prepare(request: GradientsRequest | StepRequest, config: OptimizerConfig): Promise<TrainedState & { model: Model; session: TrainingSession }> {
  const { device } = await chooseDevice(request.device ?? 'cpu');
  const loss = resolveLoss(request.loss) as LossOptions;
  const inputs = request.inputs.map(load);
  const labels = load(request.labels);
  const { model } = await importModel({ file: request.model, directory: process.cwd() }, { dims: inputs.map(({ dims }) => dims.slice(1)) });
  if (inputs.length !== model.inputs.length) throw new InputError(`the model has ${model.inputs.length} inputs (${model.inputs.map(({ name }) => name).join(', ')}), but ${inputs.length} are given`);
  const batch = inputs[0].dims[0] ?? 1;
  const odd = inputs.findIndex(({ dims }) => dims[0] !== batch);
  if (odd >= 0) throw new InputError(`holds ${inputs[odd].dims[0]} samples, but ${request.inputs[0]} holds ${batch}`, { file: request.inputs[odd] });

  const { optimizer, buffers } = await stateOf(model, config);
  const session = await createTrainingSession(model, loss, batch, device, optimizer.store, buffers);
  inputs.forEach((array, i) => fill(session.inputs[i], array, request.inputs[i], `input "${model.inputs[i].name}"`));
  fill(session.labels, labels, request.labels, `loss ${loss.type}`);
  if (loss.type === 'crossEntropy') checkClasses(session, request.labels);
  return { model, optimizer, session, buffers };
}

function load(file: string): NpyArray {
  try {
    return readNpy(readFileSync(path.resolve(file)), file);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`the file cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`, { file });
  }
}

/** Copies, converting the element type; class ids and indices must be whole numbers. */
function fill(target: Float32Array | Int32Array, { data, dims }: NpyArray, file: string, use: string): void {
  if (data.length !== target.length) throw new InputError(`holds ${data.length} values ([${dims.join(', ')}]), but ${use} needs ${target.length}`, { file });
  const whole = target instanceof Int32Array;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (whole && value !== (value | 0)) throw new InputError(`holds ${value}, but ${use} needs whole numbers`, { file });
    target[i] = value;
  }
}

function checkClasses({ labels, objectives: [{ dims: [classes] }] }: TrainingSession, file: string): void {
  const bad = labels.find((label) => label < 0 || label >= classes);
  if (bad !== undefined) throw new InputError(`holds the class id ${bad}, but the model has ${classes} classes (0 to ${classes - 1})`, { file });
}

function optimizerConfig(given: unknown): OptimizerConfig {
  const value = typeof given === 'string' ? { type: given } : given;
  if (typeof value !== 'object' || value === null || typeof (value as { type?: unknown }).type !== 'string') throw new InputError(`the optimizer must be an object with "type", such as {"type": "adam", "learningRate": 0.001}`);
  return value as OptimizerConfig;
}

function save(file: string, model: Model, values: (name: string) => Float32Array, buffers: ReadonlyMap<string, Float32Array> = new Map()): void {
  const parameters = model.parameters.map(({ name, dims }) => [name, { dims, data: values(name) }] as const);
  const statistics = [...buffers].map(([name, data]) => [name, { dims: [data.length], data }] as const);
  writeSafetensors(file, Object.fromEntries([...parameters, ...statistics]) as never);
}
