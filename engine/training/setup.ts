/** From a checked run file to everything that a run needs in memory: data, model, optimizer, buffers. */
import path from 'node:path';
import { loadData, type LoadedData } from '../data/load';
import type { Dataset } from '../data/dataset';
import { InputError, KeyError, oneOf } from '../errors';
import { buildModel, type Model } from '../layers/model';
import { replaceHead } from '../onnx/head';
import { importModel } from '../onnx/import';
import { newArray, sizeOf } from '../onnx/tensor';
import { byOutput, type Losses, type LossOptions, resolveLoss, takesClasses } from '../loss';
import { boxesOf, type OneLossConfig } from '../loss/schema';
import { localizationOf } from '../metrics/localization';
import { checkMetric } from '../metrics/metrics';
import { type MetricName, splitName } from '../metrics/names';
import { problemOf } from '../metrics/outcome';
import type { RunConfig } from '../run/config';
import { pathRange } from '../run/edit';
import { type Setting, settingPlace } from '../run/parse';
import { parseSyntax, placeAt } from '../run/syntax';
import { chooseDevice, float16On, keepingOf } from '../runtime/devices';
import { limitThreads } from '../runtime/ort';
import { mixOptions, type MixOptions } from './mix';
import type { ProgramOptions } from './program';
import { createTrainingSession, type TrainingSession } from './session';
import { Resident } from './resident';
import { stateOf, type TrainedState } from './state';
import { freeze, takeWeights } from './pretrained';
import { lossTarget } from './target';

/** Where a run file lies and what its paths may reach. */
export interface Origin {
  /** Absolute path. */
  runFile: string;
  /** Its text, to name line and column of a mistake; absent where the run is resumed. */
  text?: string;
  /** What overrides it. */
  set?: readonly Setting[];
  /** Data and models must lie inside; absent: anywhere. */
  root?: string;
  /** Where to compute instead of what the run file says. */
  device?: string;
  /** Reads the tokenizer.json of a stored run. */
  tokenizer?: () => string;
  /** Cores to use instead of those that the run file allows. */
  threads?: number;
  /** Data of another training with the same `data`, `seed` and kinds of loss, so that they need not be read again. */
  data?: LoadedData;
}

export interface Training extends TrainedState {
  config: RunConfig;
  data: LoadedData;
  model: Model;
  loss: Losses;
  device: string;
  deviceReason: string;
  /** What the user should know of how the run file was understood. */
  notices: string[];
  /** How samples are mixed while training, where they are. */
  mix?: MixOptions;
  /** Present where weights and moments stay on the device while a trainer runs, or for several steps of it; it then copies them into the optimizer's store when they are needed there. */
  resident?: Resident;
  /** Samples of a full batch. */
  batch: number;
  /** How float16 is computed, where the run file asks for it. */
  precision?: ProgramOptions['precision'];
  /** Computes loss and gradients of batches of this size in float32; kept between calls. */
  session(batch: number): Promise<TrainingSession>;
  /** The same in the precision of the run file: what a step of the run is computed by. */
  stepSession(batch: number): Promise<TrainingSession>;
  /** Gives back what the sessions hold outside of JavaScript's memory; one that is asked for later is made anew. */
  release(): Promise<void>;
}

/** Throws InputError for every mistake in the run file, its data or its model. */
export async function setUp(config: RunConfig, origin: Origin): Promise<Training> {
  return located(origin, async () => {
    const threads = origin.threads ?? config.threads;
    limitThreads(threads);
    const { device, reason: deviceReason } = origin.device === undefined ? await at('device', () => chooseDevice(config.device)) : await chooseDevice(origin.device);
    const folders = { directory: path.dirname(origin.runFile), root: origin.root };
    const data = origin.data ?? await loadData(config.data, { ...folders, seed: config.seed, loss: config.loss, tokenizer: origin.tokenizer?.() });
    const precision = config.precision === 'float16' ? await at('precision', () => float16On(device)) : undefined;
    const { model, notices } = await modelOf(config, data.train, folders);
    const loss = await at('loss', () => resolveLoss(config.loss, (output) => classCounts(data.train, output)));
    checkOutput(model, data.train, loss, config);
    checkMeasured(model, data, loss, config);
    for (const part of [data.train, data.validation, data.test]) if (part) checkIds(model, part);
    if (model.parameters.every(({ frozen }) => frozen)) {
      const { length } = model.parameters;
      throw length > 0 ? new KeyError('model.freeze', `leaves nothing to train: it matches all ${length} parameters`) : new KeyError('model', 'the model has no parameter to train');
    }
    const mix = mixOptions(config.regularization, data.train.inputs[0], byOutput<OneLossConfig | string>(config.loss).some((one) => boxesOf(one.loss)));
    const perUpdate = config.batchSize * (config.accumulate ?? 1);
    if (config.optimizer.type === 'lbfgs' && config.precision === 'float16') throw new KeyError('precision', 'float16 is not possible with the optimizer "lbfgs": its line search compares losses that differ by less than float16 resolves; use "float32"');
    if (config.optimizer.type === 'lbfgs' && perUpdate < data.train.samples) {
      throw new KeyError('batchSize', `the optimizer "lbfgs" needs all ${data.train.samples} training samples in every update, but batchSize x accumulate is ${perUpdate}`);
    }
    const weighted = Object.keys(loss).find((output) => (config.accumulate ?? 1) > 1 && (loss as Record<string, LossOptions | undefined>)[output]?.classWeights);
    if (weighted !== undefined) throw new KeyError(`loss.${weighted}.classWeights`, 'are not supported together with accumulate where there are several outputs: their means are over different weights');
    const surroundings = { groups: config.parameterGroups, clip: config.clip, regularization: config.regularization, ema: config.ema, accumulates: (config.accumulate ?? 1) > 1 };
    const { optimizer, buffers } = await at('optimizer', () => stateOf(model, config.optimizer, surroundings));
    for (const { index, loss: own } of trainedOutputs(model, loss)) {
      const { notice } = lossTarget(model, model.outputs[index], own, outputDims(model, index)?.length ?? 2);
      if (notice) notices.push(notice);
    }
    if (precision?.emulated) notices.push('the CPU does not compute in float16: it computes in float32 and rounds as a GPU would, which is slower and saves no memory');
    const batch = Math.min(config.batchSize, data.train.samples);
    const keeps = keepingOf(device);
    const resident = keeps && (precision ? 'precision "float16" skips updates' : Resident.of({ model, loss, optimizer, buffers, device, mix, config, batch }, surroundings, keeps));
    if (typeof resident === 'string') notices.push(`the weights are updated on the CPU: ${resident}`);
    const sessions = new Map<string, Promise<TrainingSession>>();
    const sessionsIn = (own: Training['precision']) => (size: number): Promise<TrainingSession> => {
      const key = `${size} ${own ? 'float16' : 'float32'}`;
      const created = sessions.get(key) ?? createTrainingSession(model, loss, size, device, optimizer.store, buffers, { mixed: mix !== undefined, precision: own, recompute: config.recompute });
      sessions.set(key, created);
      return created;
    };
    const release = async (): Promise<void> => {
      const all = [...sessions.values()];
      sessions.clear();
      for (const created of all) await (await created).release();
      if (typeof resident === 'object') await resident.release();
    };
    return { config: { ...config, device: origin.device ?? config.device, ...(threads !== undefined && { threads }) }, data, model, loss, optimizer, buffers, device, deviceReason, notices, mix, batch, precision, session: sessionsIn(undefined), stepSession: sessionsIn(precision), release, ...(typeof resident === 'object' && { resident }) };
  });
}

/** Trained parameters (their moving average, where the run keeps one) and buffers by name, as they are now. */
export const valuesOf = ({ buffers, optimizer }: Training) => (name: string): Float32Array => buffers.get(name) ?? optimizer.averaged(name);

/** Builds the first session: what is wrong with the model, or to be known of its graph, must be known before the run has a folder. */
export async function prepare({ config, batch, notices, stepSession, resident }: Training, origin: Origin): Promise<void> {
  const session = await located(origin, () => at('onnx' in config.model ? 'model.onnx' : 'model', async (): Promise<Pick<TrainingSession, 'notices'>> => resident?.session(batch) ?? stepSession(batch)));
  notices.push(...session.notices.filter((notice) => !notices.includes(notice)));
}

/** Says of a mistake that names no place which key it comes from: the one it starts with ("loss.classWeights has ..."), or this one. */
async function at<T>(key: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof InputError) || error instanceof KeyError || error.place) throw error;
    const [first, ...rest] = error.message.split(' ');
    throw `${first}.`.startsWith(`${key}.`) ? new KeyError(first, rest.join(' ')) : new KeyError(key, error.message);
  }
}

/** Adds file, line and column to a mistake at a key. */
export async function located<T>({ runFile, text, set = [] }: Origin, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    if (text === undefined) throw new InputError(error.message, { file: runFile });
    const path = error.path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    throw new InputError(error.message, settingPlace(path, set, parseSyntax(text.replace(/^\ufeff/, ''), runFile)) ?? placeAt(text, runFile, pathRange(text, error.path).offset));
  }
}

async function modelOf(config: RunConfig, train: Dataset, folders: { directory: string; root?: string }): Promise<{ model: Model; notices: string[] }> {
  const outputs = byOutput(config.loss as LossOptions).flatMap(({ output }) => output ?? []);
  if ('layers' in config.model) {
    const { layers, heads = {}, weights, freeze: frozen = [] } = config.model;
    checkOutputs(Object.keys(heads), outputs);
    const model = buildModel(layers, train.inputs[0], config.seed, heads);
    const notices = weights === undefined ? [] : await at('model.weights', () => takeWeights(model, weights, folders));
    freeze(model, frozen);
    return { model, notices };
  }
  const { head } = config.model;
  if (head && outputs.length > 0) throw new KeyError('model.head', `takes the place of a single output, but the loss names the outputs ${outputs.join(', ')}`);
  const { model, report } = await importModel({ file: config.model.onnx, ...folders }, outputs.length > 0 ? { outputs } : {});
  freeze(model, config.model.freeze);
  if (head) report.push(await at('model.head', () => replaceHead(model, head.classes ?? train.classes?.length ?? sizeOf(train.labels.dims), config.seed)));
  const [input] = train.inputs;
  const [wanted] = model.inputs;
  if (model.inputs.length !== 1) throw new KeyError('model.onnx', `the model has ${model.inputs.length} inputs; training from a run file needs one`);
  if (String(wanted.dims) !== String(input.dims)) {
    throw new KeyError('model.onnx', `the model takes samples of dimensions [${wanted.dims.join(', ')}], the data has [${input.dims.join(', ')}]; "reshape" in the data source changes them`);
  }
  if (input.type === 'float32' && wanted.type !== 'float32') {
    throw new KeyError('model.onnx', `the model takes whole numbers (${wanted.type}), the data has floats; "inputType": "int32" in the data source reads them as whole numbers`);
  }
  return { model, notices: report };
}

/** The loss must name the outputs that there are. */
function checkOutputs(heads: readonly string[], outputs: readonly string[]): void {
  if (heads.length === 0 && outputs.length > 0) throw new KeyError('loss', `names the outputs ${outputs.join(', ')}, but model.heads is not there and the model has one output`);
  if (heads.length > 0 && outputs.length === 0) throw new KeyError('loss', `must have a loss for each of the outputs ${heads.join(', ')}, as in {${heads.map((head) => `"${head}": ...`).join(', ')}}`);
  const missing = heads.find((head) => !outputs.includes(head));
  if (missing !== undefined) throw new KeyError('loss', `has none for the output "${missing}"`);
  const unknown = outputs.find((output) => !heads.includes(output));
  if (unknown !== undefined) throw new KeyError(`loss.${unknown}`, `is for no output of the model; its outputs are ${heads.join(', ')}`);
}

/** Dimensions that the graph states of an output; a symbolic one is undefined. */
export function outputDims({ graph }: Model, index = 0): (number | undefined)[] | undefined {
  const value = graph.proto.output[index].type?.value;
  if (value?.case !== 'tensorType') return undefined;
  return value.value.shape?.dim.map(({ value: n }) => (n.case === 'dimValue' ? Number(n.value) : undefined));
}

/** The outputs that have a loss, in its order: each with its place among those of the model and, where they are known, its dimensions without the batch. */
export function trainedOutputs(model: Model, loss: Losses): { output?: string; index: number; loss: LossOptions; dims?: number[] }[] {
  return byOutput<LossOptions>(loss).map(({ output, loss: own }) => {
    const index = output === undefined ? 0 : model.outputs.findIndex(({ name }) => name === output);
    const dims = outputDims(model, index)?.slice(1);
    return { output, index, loss: own, ...(dims && !dims.includes(undefined) && { dims: dims as number[] }) };
  });
}

/** The width of every output must fit its labels. */
function checkOutput(model: Model, train: Dataset, losses: Losses, config: RunConfig): void {
  for (const [i, { output, loss, dims }] of trainedOutputs(model, losses).entries()) {
    if (!dims) continue;
    const { classes: names, dims: labelDims } = train.targets[i];
    const last = 'onnx' in config.model ? 'model.onnx' : output === undefined ? `model.layers.${config.model.layers.length - 1}` : `model.heads.${output}.${config.model.heads![output].length - 1}`;
    const shown = `${output === undefined ? 'the model\'s output' : `the output "${output}"`} has the dimensions [${dims.join(', ')}]`;
    if (takesClasses(loss)) {
      const classes = names?.length ?? 0;
      if (loss.type !== 'crossEntropy' && classes === 2 && dims[0] === 1) continue;
      if (dims.length === 0 || dims[0] < classes) throw new KeyError(last, `${shown}, but the data has ${classes} classes; ${loss.type} needs one output per class`);
    } else if (sizeOf(dims) !== sizeOf(labelDims)) {
      throw new KeyError(last, `${shown}, but a label has [${labelDims.join(', ')}]`);
    }
  }
}

/** What is measured must fit the outputs. */
function checkMeasured(model: Model, { validation, test }: LoadedData, loss: Losses, { metrics = [], earlyStop }: RunConfig): void {
  const trained = trainedOutputs(model, loss);
  const outputs = trained.flatMap(({ output }) => output ?? []);
  const problems = trained.map(({ loss: own, dims }) => dims && problemOf(own, dims));
  const samples = Math.max(validation?.samples ?? 0, test?.samples ?? 0);
  const check = (name: MetricName, path: string): void => {
    const { output, metric } = splitName(name);
    if (metric === 'localizationAccuracy' && output === undefined) {
      if (problems.every(Boolean) && !localizationOf(problems.map((problem) => problem!))) throw new KeyError(path, 'localizationAccuracy needs an output with a class and one with a box');
      return;
    }
    const index = trained.findIndex((each) => each.output === output);
    if (index < 0 && output === undefined) throw new KeyError(path, `${metric} must say of which output it is: ${oneOf(outputs.map((each) => `${each}.${metric}`))}`);
    if (index < 0) throw new KeyError(path, outputs.length > 0 ? `"${output}" is no output of the model; its outputs are ${outputs.join(', ')}` : `names the output "${output}", but the model has one output; write "${metric}"`);
    if (metric !== 'loss' && problems[index]) checkMetric(metric, problems[index], samples, path);
  };
  metrics.forEach((name, i) => check(name, `metrics.${i}`));
  const { monitor = 'loss' } = earlyStop ?? {};
  if (monitor !== 'loss' && monitor !== 'metric') check(monitor, 'earlyStop.monitor');
}

/** Columns of categories that the model looks up. */
export const embeddedColumns = ({ activations }: Model, { inputs: [{ categories = [] }] }: Dataset): typeof categories =>
  (activations.some(({ kind }) => kind === 'categoricalEmbedding') ? categories : []);

/** Ids that select rows of a parameter, as an embedding does, must be rows that it has. */
function checkIds(model: Model, part: Dataset): void {
  const { graph, parameters, inputs: [{ name: input }] } = model;
  const columns = embeddedColumns(model, part);
  if (columns.length > 0) {
    eachSample(part, ([values], sample) => {
      const wrong = columns.find(({ element, count }) => !(Number.isInteger(values[element]) && values[element] >= 0 && values[element] < count));
      if (wrong) throw new KeyError('data.transforms', `leave ${values[wrong.element]} in the column "${wrong.name}" of sample ${sample}, which is no number of a category (0 to ${wrong.count - 1}); categories that are looked up must be left as they are numbered`);
    });
  }
  for (const { opType, input: [table, ids] } of graph.nodes) {
    const parameter = opType === 'Gather' && ids === input ? parameters.find(({ name }) => name === table) : undefined;
    if (!parameter) continue;
    const [rows] = parameter.dims;
    eachSample(part, ([values], sample) => {
      const bad = values.find((id) => id < 0 || id >= rows);
      if (bad !== undefined) throw new KeyError(parameter.path ?? 'model.onnx', `${parameter.layer} has the ids 0 to ${rows - 1}, but sample ${sample} of the data holds ${bad}`);
    });
  }
}

/** Training samples of each class of an output; undefined where its labels are numbers. */
function classCounts(train: Dataset, output: string | undefined): number[] | undefined {
  const target = train.targets.find((each) => each.output === output);
  const counts = target?.classes?.map(() => 0);
  if (!counts) return undefined;
  const labels = newArray(train.labels.type, sizeOf(train.labels.dims)) as Float32Array | Int32Array;
  for (let i = 0; i < train.samples; i++) {
    train.gather([i], [], labels);
    for (const label of labels.subarray(target!.before, target!.before + sizeOf(target!.dims))) counts[label]++;
  }
  return counts;
}

/** The arrays are those of the next sample afterwards. */
function eachSample(part: Dataset, visit: (inputs: (Float32Array | Int32Array)[], sample: number, labels: Float32Array | Int32Array) => void): void {
  const room = ({ type, dims }: { type: 'int32' | 'float32'; dims: number[] }) => newArray(type, sizeOf(dims)) as Float32Array | Int32Array;
  const inputs = part.inputs.map(room);
  const labels = room(part.labels);
  for (let i = 0; i < part.samples; i++) {
    part.gather([i], inputs, labels);
    visit(inputs, i, labels);
  }
}
