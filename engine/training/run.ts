/** A run from its first to its last file: new, resumed, evaluated, exported. */
import { readFileSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { epochOrder } from '../data/dataset';
import { summarizeTraining } from '../data/trainingSummary';
import { diagnose } from '../diagnosis/diagnose';
import { InputError } from '../errors';
import type { EngineEvents, EvaluationResult, EvaluateRequest, ResumeRequest, RunResult, TrainRequest } from '../host/protocol';
import type { Model } from '../layers/model';
import { exportModel } from '../onnx/export';
import { sizeOf } from '../onnx/tensor';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from '../run/checkpoint';
import { parseRunFile } from '../run/config';
import { applyEdits } from '../run/edit';
import { createRunFolder, originOf, readHeader, readRun, runFiles, runName, runsFolder, writeFindings, writeHeader, writeResult } from '../run/folder';
import { checksum, readWhole, writeAtomically } from '../run/file';
import { History } from '../run/history';
import { lockRun } from '../run/lock';
import { hasLoss, type OutputSummary, type RunHeader, scoresOf, type StepRecord } from '../run/record';
import { StepWriter } from '../run/steps';
import { Evaluator } from './evaluation';
import { fitOneBatch } from './oneBatch';
import { evaluationReport } from './evaluationReport';
import { measuredNames, pick } from '../metrics/names';
import { metricOf, usualMetrics } from './metrics';
import { Reporter } from './reporter';
import { embeddedColumns, type Origin, prepare, setUp, trainedOutputs, type Training, valuesOf } from './setup';
import { largestFork, stateBytes } from './forkPoints';
import { type Counters, start, Trainer } from './trainer';
import { versions } from './versions';

/** The trainer is handed over as soon as it exists, so that it can be stopped. */
export type Started = (trainer: Trainer) => void;

export async function trainNew({ runFile, text: given, set, out, device, root, untilEpoch, threads }: TrainRequest, events: EngineEvents, started: Started): Promise<RunResult> {
  const text = given ?? readText(runFile);
  const { config } = parseRunFile(text, runFile, { set });
  const origin: Origin = { runFile, text, set, root, device, threads };
  const training = await setUp(config, origin);
  await prepare(training, origin);
  const name = config.name ?? runName(runFile);
  const header = describe(training, name, runFile);
  if (config.diagnose.oneBatch && config.diagnose.level !== 'off') header.oneBatch = await fitOneBatch(training);
  const folder = createRunFolder({ runs: runsFolder(path.dirname(runFile)), name, out });
  header.source = applyEdits(text, set ?? []);
  const unlock = lockRun(folder);
  try {
    if (training.data.text) writeAtomically(runFiles(folder).tokenizer, training.data.text.vocabulary.file);
    writeHeader(folder, header);
    return await follow(folder, training, header, [], start, StepWriter.open(folder, header), events, started, untilEpoch);
  } finally {
    unlock();
  }
}

export async function resumeRun(request: ResumeRequest, events: EngineEvents, started: Started): Promise<RunResult> {
  const stored = readHeader(request.run);
  const unlock = lockRun(request.run);
  try {
    return await resumeLocked(request, stored, events, started);
  } finally {
    unlock();
  }
}

async function resumeLocked({ run, device, epochs, root, untilEpoch, threads }: ResumeRequest, stored: RunHeader, events: EngineEvents, started: Started): Promise<RunResult> {
  const files = runFiles(run);
  const checkpoint = existsSync(files.last) ? readCheckpoint(files.last) : undefined;
  const progress = checkpoint ? counters(checkpoint) : start;
  checkBest(run, progress);
  if (existsSync(files.best)) readCheckpoint(files.best);
  const config = { ...stored.config, epochs: epochs ?? stored.config.epochs };
  const done = Math.ceil(progress.step / stored.stepsPerEpoch);
  if (config.epochs < done) throw new InputError(`the run is in epoch ${done} already; allowed are ${done} epochs or more, found ${config.epochs}`, { file: run });
  const steps = existsSync(files.steps) ? readRun(run).steps.filter(({ step }) => step <= progress.step) : [];
  if (steps.length < progress.step) throw new InputError(`the record ends at step ${steps.length}, before the checkpoint at step ${progress.step}`, { file: files.steps });

  const origin = storedOrigin(run, stored, { root, device, threads });
  const training = await setUp(config, origin);
  checkData(training, stored, origin.runFile);
  if (checkpoint) restore(training, checkpoint, files.last);
  await prepare(training, origin);
  const header: RunHeader = { ...stored, config: training.config, device: training.device, deviceReason: training.deviceReason, totalSteps: stored.stepsPerEpoch * config.epochs };
  if (epochs !== undefined) {
    if (stored.source !== undefined) header.source = applyEdits(stored.source, [{ path: 'epochs', value: epochs }]);
    writeHeader(run, header);
  }
  rmSync(files.result, { force: true });
  const writer = StepWriter.open(run, header, existsSync(files.steps) ? { keepSteps: progress.step } : {});
  return follow(run, training, header, steps, progress, writer, events, started, untilEpoch);
}

async function follow(folder: string, training: Training, header: RunHeader, steps: StepRecord[], counters: Readonly<Counters>, writer: StepWriter, events: EngineEvents, started: Started, untilEpoch = Infinity): Promise<RunResult> {
  const files = runFiles(folder);
  const reporter = new Reporter(folder, events);
  events.event({ type: 'started', run: folder, header, steps: [...steps] });
  for (const message of training.notices) events.event({ type: 'notice', run: folder, message });
  const trainer = new Trainer(training, header, new History(steps), counters, {
    step(record) {
      writer.append(record);
      reporter.step(record);
    },
    checkpoint(kind, progress) {
      // The record must reach at least as far as the checkpoint that a resumed run starts from.
      writer.flush();
      // What has diverged must not replace what can still be used.
      if (kind === 'fork' && stateBytes(training.optimizer.store) > largestFork) return;
      if (allFinite(training)) writeCheckpoint(kind === 'fork' ? files.fork(progress.step) : files[kind], snapshot(training, header, progress));
    },
    findings: (findings) => reporter.findings(findings),
  });
  started(trainer);
  try {
    const outcome = await trainer.run(untilEpoch * header.stepsPerEpoch);
    writer.close();
    reporter.flush();
    const record = readRun(folder);
    const findings = diagnose(record);
    writeFindings(folder, findings);
    reporter.findings(findings);
    const kept = keep(folder, header, training);
    const test = outcome.status === 'finished' && training.data.test && (await new Evaluator(training).evaluate(training.data.test, undefined, header.metrics));
    const result: RunResult = { run: folder, ...outcome, ...totals(header, record.steps, kept), ...(test && { test: { loss: test.loss, ...pick(test.scores, header.metrics ?? [header.metric]) } }), findings };
    writeResult(folder, result);
    events.event({ type: 'ended', run: folder, result });
    return result;
  } catch (error) {
    events.event({ type: 'failed', run: folder, message: (error as Error).message });
    throw error;
  }
}

export const counters = ({ progress }: Checkpoint): Counters => ({ ...start, ...progress });

/** The weights of a checkpoint in a training that has just been set up. */
export function restore({ optimizer, buffers }: Training, checkpoint: Checkpoint, file: string): void {
  const copy = (target: Float32Array, from: Checkpoint['parameters'], name: string): void => {
    const source = from[name]?.data;
    if (!source || source.length !== target.length) throw new InputError(`the checkpoint has ${source ? `${source.length} values` : 'no tensor'} for "${name}"; the model needs ${target.length} values`, { file });
    target.set(source as Float32Array);
  };
  for (const name of optimizer.store.names) copy(optimizer.store.weight(name), checkpoint.parameters, name);
  for (const [name, array] of buffers) copy(array, checkpoint.buffers, name);
  for (const [name, array] of Object.entries(optimizer.store.state())) copy(array, checkpoint.optimizer, name);
}

function snapshot({ optimizer: { store }, buffers, model }: Training, { stepsPerEpoch }: RunHeader, progress: Counters): Checkpoint {
  const dims = new Map(model.parameters.map((parameter) => [parameter.name, parameter.dims]));
  return {
    progress: { ...progress, epoch: Math.floor(progress.step / stepsPerEpoch) },
    parameters: Object.fromEntries(store.names.map((name) => [name, { dims: dims.get(name)!, data: store.weight(name) }])),
    buffers: Object.fromEntries([...buffers].map(([name, data]) => [name, { dims: [data.length], data }])),
    optimizer: Object.fromEntries(Object.entries(store.state()).map(([key, data]) => [key, { dims: dims.get(key.slice(key.indexOf('/') + 1)) ?? [data.length], data }])),
  };
}

/** A stored run with the weights of one of its checkpoints; by default the best on the validation set, the last where there is none. */
export async function loadRun(run: string, wanted: 'best' | 'last' | undefined, device?: string): Promise<{ header: RunHeader; training: Training; checkpoint: 'best' | 'last' }> {
  const header = readHeader(run);
  const files = runFiles(run);
  if (!existsSync(files.best) && existsSync(files.last)) checkBest(run, counters(readCheckpoint(files.last)));
  const checkpoint = wanted ?? usual(header).find((name) => existsSync(files[name])) ?? 'last';
  if (!existsSync(files[checkpoint])) throw new InputError(`the run has no ${checkpoint} checkpoint`, { file: run });
  const stored = readCheckpoint(files[checkpoint]);
  const training = await setUp(header.config, storedOrigin(run, header, { device }));
  restore(training, stored, files[checkpoint]);
  return { header, training, checkpoint };
}

export async function evaluateRun({ run, device, checkpoint: wanted, report = false }: EvaluateRequest): Promise<EvaluationResult> {
  const { header, training, checkpoint } = await loadRun(run, wanted, device);
  const data = training.data.test ?? training.data.validation;
  if (!data) throw new InputError('the run file names neither validation nor test data', { file: header.runFile ?? run });
  const evaluator = new Evaluator(training);
  const { samples, loss, scores } = await evaluator.evaluate(data, undefined, header.metrics);
  const result = { run, checkpoint, samples, loss, ...pick(scores, header.metrics ?? [header.metric]) };
  return report ? { ...result, report: await evaluationReport(header.name, training, evaluator, training.data.test ? 'test' : 'validation') } : result;
}

export async function exportRun({ run, out, checkpoint: wanted }: { run: string; out: string; checkpoint?: 'best' | 'last' }): Promise<{ file: string; bytes: number }> {
  const { header, training } = await loadRun(run, wanted);
  return { file: out, bytes: exportModel(out, training.model, valuesOf(training), { name: header.name }) };
}

/** The checkpoints that the trained model is taken from: the first that there is. */
const usual = ({ config: { earlyStop } }: RunHeader): ('best' | 'last')[] => (earlyStop?.restoreBest === false ? ['last'] : ['best', 'last']);

/**
 * Takes the weights that evaluate and export take by default, the best or else the last, and writes them as `model.onnx`. Returns the
 * step they are of; undefined where there is no checkpoint yet.
 */
function keep(folder: string, header: RunHeader, training: Training): number | undefined {
  const files = runFiles(folder);
  const file = usual(header).map((name) => files[name]).find((checkpoint) => existsSync(checkpoint));
  if (!file) return undefined;
  const checkpoint = readCheckpoint(file);
  restore(training, checkpoint, file);
  exportModel(files.model, training.model, valuesOf(training), { name: header.name });
  return checkpoint.progress.step;
}

/** `kept`: the step that the run's model is of; its validation is the run's. */
function totals(header: RunHeader, steps: StepRecord[], kept: number | undefined): Pick<RunResult, 'epochs' | 'steps' | 'train' | 'validation'> {
  const last = steps.at(-1);
  const epoch = steps.filter((step) => step.epoch === last?.epoch && hasLoss(step));
  const validated = (steps.find(({ step }) => step === kept) ?? steps.findLast(({ validation }) => validation))?.validation;
  return {
    epochs: Math.floor((last?.step ?? 0) / header.stepsPerEpoch),
    steps: last?.step ?? 0,
    train: { loss: epoch.reduce((sum, { loss }) => sum + loss, 0) / epoch.length },
    ...(validated && { validation: { loss: validated.loss, ...scoresOf(header, validated) } }),
  };
}

export function describe({ config, data, loss, model, device, deviceReason }: Training, name: string, runFile: string): RunHeader {
  const stepsPerEpoch = Math.ceil(data.train.samples / (config.batchSize * (config.accumulate ?? 1)));
  const trained = trainedOutputs(model, loss);
  const metrics = measuredNames(config, usualMetrics(config.loss));
  return {
    name, runFile, config, device, deviceReason,
    startedAt: new Date().toISOString(),
    versions: versions(),
    level: config.diagnose.level,
    parameters: model.parameters.filter(({ frozen }) => !frozen).map(({ frozen: _, ...info }) => info),
    activations: model.activations.map(({ value: _, input: __, ...info }) => info),
    trainSamples: data.train.samples,
    validationSamples: data.validation?.samples ?? 0,
    stepsPerEpoch,
    totalSteps: stepsPerEpoch * config.epochs,
    ...(data.train.classes && { classes: data.train.classes.length }),
    ...(data.text && { tokenizer: checksum(data.text.vocabulary.file) }),
    data: summarizeTraining(data.train, epochOrder(data.train.samples, config, 0), new Set(embeddedColumns(model, data.train).map(({ element }) => element))),
    ...(trained.length === 1 ? summaryOf(model, trained[0]) : { outputs: trained.map((each, i) => ({ name: each.output!, ...(data.train.targets[i].classes && { classes: data.train.targets[i].classes.length }), ...summaryOf(model, each) })) }),
    metric: metricOf(trained[0].loss),
    ...(metrics && { metrics }),
  };
}

/** `output`: of several, its name. */
function summaryOf({ activations }: Model, { output, dims }: { output?: string; dims?: number[] }): { output?: OutputSummary } {
  const own = output === undefined ? activations : activations.filter(({ path }) => path?.startsWith(`model.heads.${output}.`));
  return dims ? { output: { kind: own.at(-1)?.kind ?? '', width: sizeOf(dims) } } : {};
}

/** A run goes on where it was computed before, unless asked otherwise. */
export const storedOrigin = (run: string, { runFile, device, tokenizer }: RunHeader, asked: { root?: string; device?: string; threads?: number }): Origin =>
  ({ runFile: originOf(run, runFile), root: asked.root, device: asked.device ?? device, threads: asked.threads, ...(tokenizer !== undefined && { tokenizer: () => readTokenizer(run, tokenizer) }) });

/** The vocabulary that a run was trained with. */
function readTokenizer(run: string, sum: string): string {
  const file = runFiles(run).tokenizer;
  const text = readWhole(file).toString();
  if (checksum(text) !== sum) throw new InputError(`the file is damaged: its checksum is ${checksum(text)}, the run was started with ${sum}`, { file });
  return text;
}

/** A run must not go on with other data. */
function checkData({ data }: Training, { trainSamples, validationSamples }: RunHeader, file: string): void {
  const now = [data.train.samples, data.validation?.samples ?? 0];
  if (String(now) !== String([trainSamples, validationSamples])) {
    throw new InputError(`the data has ${now[0]} samples to train on and ${now[1]} to validate, but the run was started with ${trainSamples} and ${validationSamples}`, { file });
  }
}

/** The best checkpoint is written before the last one that names its step. */
function checkBest(run: string, { bestStep }: Counters): void {
  const { best } = runFiles(run);
  if (bestStep > 0 && !existsSync(best)) throw new InputError(`the file does not exist, but the run had its best validation at step ${bestStep}`, { file: best });
}

const allFinite = ({ optimizer: { store }, buffers }: Training): boolean =>
  [...store.names.map((name) => store.weight(name)), ...buffers.values()].every((values) => values.every(Number.isFinite));

/** Of a run file. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(code === 'ENOENT' ? 'the file does not exist' : `the file cannot be read (${code})`, { file });
  }
}
