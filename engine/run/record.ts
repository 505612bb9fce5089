/**
 * The run record: everything that diagnosis and the panel know of a run. Pure data; the same record gives the same findings.
 * On disk: `run.json` holds the header, `steps.arrow` the steps.
 */
import type { MetricName, Scores } from '../metrics/names';
import { isLeast } from '../optimizer/lossScale';

/** Quantities of every parameter at every recorded step, in the order of their columns. Notation: facts of the field, g gradient,
 * m and v Adam's moments, u = m^/(sqrt(v^)+eps), D = lr u the update, w the weights before the update. */
export const parameterQuantities = [
  'gradientNorm', // ||g||, before clipping
  'gradientMeanAbs', // mean |g|
  'gradientMaxAbs', // max |g|
  'gradientZeroShare', // share of g == 0
  'nonFinite', // number of NaN or Inf elements in g
  'firstMomentNorm', // ||m||; SGD: ||momentum buffer||; 0 where the optimizer has none
  'secondMomentNorm', // ||sqrt(v)||; RMSprop's square average, Adagrad's sum; 0 where the optimizer has none
  'updateNorm', // ||D||, as applied
  'weightNorm', // ||w||
  'updateStd', // standard deviation of D
  'weightStd', // standard deviation of w
  'updateMaxAbs', // max |D| / lr (p99.9 of |u| is approximated from above by its maximum)
  'signalToNoise', // s^2 = sum m^^2 / sum v^ (Adam); NaN elsewhere
  'rms', // RMS_t = sqrt(mean(g^2 / max(v, eps^2))) (Adam); NaN elsewhere
  'epsilonShare', // mean(eps / (sqrt(v^) + eps)) (Adam; with biasCorrection off v instead of v^, as in the update); NaN elsewhere
  'momentCosine', // cos(g_t, m_{t-1}); NaN at the first step or without momentum
  'gradientCosine', // cosine of the step -D as applied and -g before clipping; NaN where either is 0 or the record is from before it was measured
] as const;
export type ParameterQuantity = (typeof parameterQuantities)[number];

/** Quantities of every activation (the output of a layer), measured on the training batch every `activationEvery` steps. */
export const activationQuantities = [
  'mean', // over all elements
  'std',
  'deadShare', // share of units (channels, features) that are zero for every sample of the batch
  'saturatedShare', // share of elements of the layer's INPUT beyond +-5 (sigmoid, tanh: the flat parts); 0 for other layers
  'nonFinite', // 1 if any element is NaN or Inf, else 0
] as const;
export type ActivationQuantity = (typeof activationQuantities)[number];

/** What every parameter has a histogram of, where they are measured: the sizes of its elements. */
export const histogramQuantities = [
  'gradient', // |g|, before clipping
  'secondMoment', // sqrt(v) after the update, without bias correction; all shares are 0 where the optimizer has none
] as const;
export type HistogramQuantity = (typeof histogramQuantities)[number];

/** Inner edges of the bins in ascending order: thirds of a decade from 1e-12 to 1e4. */
export const histogramEdges: readonly number[] = Array.from({ length: 49 }, (_, i) => 10 ** (i / 3 - 12));
/** Bin i holds edges[i - 1] <= x < edges[i]; the first one also zero, the last one also what is not finite. */
export const histogramBins = histogramEdges.length + 1;

export interface ParameterInfo {
  /** Unique, e.g. "conv1.weight". */
  name: string;
  dims: number[];
  /** Layer it belongs to, e.g. "conv1"; for an ONNX model the name up to its last dot. */
  layer: string;
  /** Path of that layer in the run file, e.g. "model.layers.0"; absent for an ONNX model. */
  path?: string;
  /** Depth: index of the layer in forward order. */
  depth: number;
}

export interface ActivationInfo {
  /** Name of the layer whose output it is, e.g. "relu1". */
  layer: string;
  /** What the layer is: "relu", "dense", ...; for an ONNX model the op. */
  kind: string;
  dims: number[];
  path?: string;
  depth: number;
}

/** What the training samples look like after the transforms, measured before the first step on at most 10,000 of them, evenly spread. */
export interface DataSummary {
  /** Samples looked at. */
  samples: number;
  /** Of all elements of the first input together; ids (int32) have no scale. */
  input: {
    type: 'float32' | 'int32';
    mean: number;
    std: number;
    min: number;
    max: number;
    nonFinite: number;
    features: number;
    /** Features with one value in all samples. */
    constantFeatures: number;
    /** Largest over smallest standard deviation of the features that vary. */
    spread: number;
  };
  /** Of several outputs those of the first. Samples per class (`tokens`: of a text, which has rare ones and such as are there for what is unknown), or the scale of the values to predict; `distinct`: how many different ones, 1,000 at most; `whole`: none has a fraction. */
  labels: { type: 'classes'; counts: number[]; tokens?: true } | { type: 'values'; mean: number; std: number; min: number; max: number; distinct: number; whole: boolean };
  /** Of several outputs by name. */
  outputs?: Record<string, DataSummary['labels']>;
  /**
   * Share of neighbouring samples, in the order in which they are trained on, that have the same class, over what chance gives; for values the lag-1
   * autocorrelation. About 1 (0 for values) where the order is random.
   */
  order: number;
}

/** How far the model learnt a few samples by heart before the run, from its initial weights. */
export interface OneBatch {
  samples: number;
  /** That of the run file, or ten times or a tenth of it where that went further. */
  learningRate: number;
  /** Before the first update. */
  first: number;
  least: number;
  /** Updates made before each of these losses, counted from 1. */
  step: number[];
  loss: number[];
}

/** What leaves the model and meets the loss. */
export interface OutputSummary {
  /** Kind of the last layer with an activation of its own: "softmax", "relu", "dense", ... */
  kind: string;
  /** Elements per sample. */
  width: number;
}

export type Level = 'off' | 'light' | 'standard' | 'full';

/** What is fixed when a run starts. */
export interface RunHeader {
  name: string;
  /** ISO 8601. */
  startedAt: string;
  /** Absolute path of the run file when it was started from one. */
  runFile?: string;
  /** Text of the run file with the settings of the command line in it: what a verified remedy or a repair edits. Absent in runs of version 0.1. */
  source?: string;
  /** The resolved run file: every default filled in. */
  config: import('./config').RunConfig;
  /** The resolved schema: what it was trained on. */
  device: string;
  deviceReason: string;
  versions: Record<string, string>;
  level: Level;
  parameters: ParameterInfo[];
  activations: ActivationInfo[];
  trainSamples: number;
  validationSamples: number;
  stepsPerEpoch: number;
  totalSteps: number;
  /** Number of classes; absent for regression. */
  classes?: number;
  data?: DataSummary;
  /** Checksum of the run's tokenizer.json, where the data is text. */
  tokenizer?: string;
  /** Where the run file asks for it. */
  oneBatch?: OneBatch;
  output?: OutputSummary;
  /** Of a model with several outputs, in the order of their losses; `classes` and `output` are then told here. */
  outputs?: { name: string; classes?: number; output?: OutputSummary }[];
  /** Name of the metric, of several outputs that of the first: higher accuracy is better, lower mae is better. */
  metric: 'accuracy' | 'mae';
  /** What is measured on the validation set; absent where that is `metric` alone. */
  metrics?: MetricName[];
}

export interface Validation {
  loss: number;
  /** The metric of the header. */
  metric: number;
  /** The metrics of the header, where it names some; one that is not defined for the data is left out. */
  scores?: Scores;
}

export interface StepRecord {
  /** 1-based: the number of updates made after this step. */
  step: number;
  /** 0-based. */
  epoch: number;
  /** Since the start of the run's first session, pauses left out. */
  seconds: number;
  learningRate: number;
  /** Mean loss of the batch before the update. */
  loss: number;
  /** Of several outputs the loss of each, without its weight. */
  losses?: Record<string, number>;
  /** Of the batch. */
  metric: number;
  /** Global norm of the gradient before clipping. */
  gradientNorm: number;
  clipped: boolean;
  /** parameters x parameterQuantities, row-major; absent where the level did not measure at this step. */
  parameters?: Float32Array;
  /** activations x activationQuantities, row-major; absent where not measured at this step. */
  activations?: Float32Array;
  /** parameters x histogramQuantities x histogramBins, row-major: the share of the parameter's elements in the bin, 0 to 1; absent where not measured at this step. */
  histograms?: Float32Array;
  /** After this step, where the epoch (or the validation interval) ended. */
  validation?: Validation;
  /** Largest eigenvalue of the preconditioned Hessian P^-1 H before this step, where it was measured. */
  sharpness?: number;
  /** What the loss's gradient was multiplied by on its way back; with `"precision": "float16"` only. */
  lossScale?: number;
  /** Where the loss or a gradient is not finite: what produced the first such value, if it was found. */
  origin?: NonFiniteOrigin;
}

/** The first operator that made something not finite out of finite inputs. */
export interface NonFiniteOrigin {
  /** ONNX operator: "Exp"; "Input" where the data themselves are not finite. */
  operator: string;
  /** Name of its node. */
  node: string;
  pass: 'data' | 'forward' | 'loss' | 'backward';
  /** Forward the layer that it belongs to, backward one beside it; absent where no watched layer is near. */
  layer?: string;
  output: 'NaN' | 'Inf';
  /** Ranges of its floating-point inputs. */
  inputs: { name: string; low: number; high: number }[];
}

export interface RunRecord {
  header: RunHeader;
  steps: StepRecord[];
}

export const isFinite = ({ loss, gradientNorm }: Pick<StepRecord, 'loss' | 'gradientNorm'>): boolean => Number.isFinite(loss) && Number.isFinite(gradientNorm);

/** Whether loss scaling skipped the step: its gradient overflowed, the weights are those of before, and the next step has a smaller scale. At the least scale a run has diverged. */
export const isSkipped = (step: Pick<StepRecord, 'loss' | 'gradientNorm' | 'lossScale'>): boolean => step.lossScale !== undefined && !isLeast(step.lossScale) && !isFinite(step);

/** False where the loss of a skipped step overflowed as well: it belongs in no mean. */
export const hasLoss = (step: Pick<StepRecord, 'loss' | 'gradientNorm' | 'lossScale'>): boolean => Number.isFinite(step.loss) || !isSkipped(step);

/** The name of the header's metric: of several outputs that of the first, "class.accuracy". */
export const mainMetric = ({ metric, outputs }: Pick<RunHeader, 'metric' | 'outputs'>): MetricName => (outputs ? `${outputs[0].name}.${metric}` : metric);

/** What was measured on the validation set, by name. */
export const scoresOf = ({ metric }: Pick<RunHeader, 'metric'>, validation: Validation): Scores => validation.scores ?? { [metric]: validation.metric };

export const parameterValue = (record: StepRecord, parameter: number, quantity: ParameterQuantity): number =>
  record.parameters?.[parameter * parameterQuantities.length + parameterQuantities.indexOf(quantity)] ?? NaN;

export const activationValue = (record: StepRecord, activation: number, quantity: ActivationQuantity): number =>
  record.activations?.[activation * activationQuantities.length + activationQuantities.indexOf(quantity)] ?? NaN;

/** The shares of a parameter's elements by bin; undefined where they were not measured. */
export const histogramOf = ({ histograms }: Pick<StepRecord, 'histograms'>, parameter: number, quantity: HistogramQuantity): Float32Array | undefined => {
  const row = parameter * histogramQuantities.length + histogramQuantities.indexOf(quantity);
  return histograms?.subarray(row * histogramBins, (row + 1) * histogramBins);
};
