/**
 * The typed protocol between the engine's process and whoever started it (command line, extension): two plain interfaces.
 * Types only: safe to import from the extension and the webview.
 */
import type { DataPreview } from '../data/preview';
import type { Finding, Remedy } from '../diagnosis/finding';
import type { Scores } from '../metrics/names';
import type { EvaluationReport } from '../metrics/report';
import type { RunHeader, StepRecord } from '../run/record';
import type { CudaRequest } from '../runtime/cuda';
import type { PerformRequest } from '../sweep/perform';
import type { SweepResult } from '../sweep/table';
import type { FixOptions, FixResult } from '../verification/fix/fix';
import type { Suggestion } from '../verification/suggest';
import type { VerificationPlan, VerifyOptions } from '../verification/verify';

export type { PerformRequest as SweepRequest } from '../sweep/perform';
export type { SweepResult } from '../sweep/table';
export type { FixResult } from '../verification/fix/fix';
export type { Suggestion } from '../verification/suggest';
export type { VerificationPlan } from '../verification/verify';

/** What the host may call. Every promise rejects with an Error whose message is one sentence; `name` is 'InputError' for a user's mistake. */
export interface EngineFunctions {
  train(request: TrainRequest): Promise<RunResult>;
  resume(request: ResumeRequest): Promise<RunResult>;
  /** Ends the run after the step in progress; the run stays resumable. */
  stop(): Promise<void>;
  evaluate(request: EvaluateRequest): Promise<EvaluationResult>;
  export(request: { run: string; out: string; checkpoint?: 'best' | 'last' }): Promise<{ file: string; bytes: number }>;
  /**
   * Findings of the record on disk. With `sharpness` the preconditioned sharpness is measured at the last checkpoint first and kept in the record.
   * `html` and `markdown`: files to write the report to.
   */
  diagnose(request: { run: string; sharpness?: boolean; device?: string; html?: string; markdown?: string }): Promise<{ findings: Finding[] }>;
  /** What `verify` would do, without doing it. */
  planVerification(request: VerifyRequest): Promise<VerificationPlan>;
  /** Runs with and without one remedy; the verdict is kept with the run's findings. `stop` ends it without one. */
  verify(request: VerifyRequest): Promise<VerifyResult>;
  /** Tries remedies until no fault is left or nothing helps; writes no file. `stop` ends it with what helps so far. */
  fix(request: FixOptions & { run: string }): Promise<FixResult>;
  /** Range test of the learning rate and the edge of stability, before training. Undefined where it was stopped. */
  suggestLearningRate(request: SuggestRequest): Promise<Suggestion | undefined>;
  /** Makes the runs of a new sweep, or those that are left of one, in engines of their own; `stop` ends it where it can go on. */
  sweep(request: PerformRequest): Promise<SweepResult>;
  /** Bytes that the engine holds now. */
  memory(): Promise<number>;
  /** What the data of a run file look like, and what is wrong with them. */
  previewData(request: PreviewRequest): Promise<DataPreview>;
  devices(): Promise<DeviceInfo[]>;
  /** Downloads what onnxruntime needs for CUDA; says whether that device works then. Undefined where it was stopped. */
  installCuda(request: CudaRequest): Promise<DeviceInfo | undefined>;
  gradients(request: GradientsRequest): Promise<{ loss: number }>;
  step(request: StepRequest): Promise<{ losses: number[] }>;
}

/** What the engine reports while a run lives. */
export interface EngineEvents {
  event(event: RunEvent): void;
  log(level: 'info' | 'warn' | 'error' | 'debug', message: string): void;
}

export interface TrainRequest {
  /** Path of the run file. */
  runFile: string;
  /** Text of the run file where the editor holds a newer one than the disk. */
  text?: string;
  /** `--set` pairs: dotted path and JSON value. */
  set?: { path: string; value: unknown }[];
  /** Folder for the new run; default `.adamscope/runs/<time>-<name>` beside the run file. */
  out?: string;
  device?: string;
  /** Data and model files must lie inside this folder; absent: anywhere. */
  root?: string;
  /** Pauses after so many epochs; resumed, it goes on. */
  untilEpoch?: number;
  /** Cores to use instead of those that the run file allows. */
  threads?: number;
}

export interface ResumeRequest {
  run: string;
  device?: string;
  /** New total of epochs. */
  epochs?: number;
  root?: string;
  untilEpoch?: number;
  threads?: number;
}

export type PreviewRequest = Pick<TrainRequest, 'runFile' | 'text' | 'set' | 'root'>;

export type SuggestRequest = Pick<TrainRequest, 'runFile' | 'text' | 'set' | 'device' | 'root'>;

export interface VerifyRequest extends VerifyOptions {
  run: string;
  /** Id of the finding, or its rule where that names only one. */
  finding: string;
  /** 1-based; default the first. */
  remedy?: number;
}

export interface VerifyResult {
  status: 'done' | 'stopped';
  /** Id. */
  finding: string;
  /** `verified` is set unless it was stopped. */
  remedy: Remedy;
}

/** By name of the metric. */
export interface Score extends Scores {
  loss: number;
}

export type RunStatus = 'finished' | 'diverged' | 'stopped';

export interface RunResult {
  run: string;
  status: RunStatus;
  /** Why it ended: "all 10 epochs done", "stopped by the user", "validation loss has not improved for 5 epochs", "loss is NaN at step 41". */
  reason: string;
  epochs: number;
  steps: number;
  train: { loss: number };
  validation?: Score;
  /** On the run file's test data, where it names some. */
  test?: Score;
  findings: Finding[];
}

export interface EvaluateRequest {
  run: string;
  device?: string;
  checkpoint?: 'best' | 'last';
  /** Everything that can be said of the model, not its scores alone. */
  report?: boolean;
}

export interface EvaluationResult extends Score {
  run: string;
  checkpoint: 'best' | 'last';
  samples: number;
  report?: EvaluationReport;
}

export interface DeviceInfo {
  id: string; // "cpu", "webgpu", "cuda", ...
  available: boolean;
  /** "2 cores", the adapter's name, or why it is not available. */
  description: string;
}

export interface GradientsRequest {
  model: string;
  inputs: string[];
  labels: string;
  loss: string;
  out: string;
  device?: string;
}

export interface StepRequest {
  model: string;
  inputs: string[];
  labels: string;
  loss: string;
  optimizer: unknown;
  steps: number;
  out: string;
  device?: string;
}

export type RunEvent =
  | { type: 'started'; run: string; header: RunHeader; /** Steps already on disk when a run is resumed. */ steps: StepRecord[] }
  /** Batched: at most about ten a second. */
  | { type: 'steps'; run: string; steps: StepRecord[] }
  /** All findings so far, whenever they change. */
  | { type: 'findings'; run: string; findings: Finding[] }
  /** Something the user should know that is no fault: "the model ends in softmax: using ...". */
  | { type: 'notice'; run: string; message: string }
  /** What came of a sweep so far, whenever a run of it begins or ends; `run` is the folder of the sweep. */
  | { type: 'sweep'; run: string; result: SweepResult }
  /** How far a verification or a repair is, in steps; `run` is what it was asked for. */
  | { type: 'progress'; run: string; done: number; total: number; message: string }
  | { type: 'ended'; run: string; result: RunResult }
  /** The process died or training failed; the run stays resumable. */
  | { type: 'failed'; run: string; message: string };
