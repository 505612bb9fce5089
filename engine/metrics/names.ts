/** The metrics by name: what they are called and which way is better. Data only, for the schema, the terminal and the editor. */
export interface MetricInfo {
  title: string;
  better: 'higher' | 'lower';
  /** A share is shown in percent. */
  unit: 'share' | 'number';
  description: string;
}

const share = (title: string, description: string): MetricInfo => ({ title, better: 'higher', unit: 'share', description });
const error = (title: string, description: string): MetricInfo => ({ title, better: 'lower', unit: 'number', description });

export const metricTable = {
  accuracy: share('accuracy', 'Share of right predictions; of several yes or no per sample each counts.'),
  top3Accuracy: share('top-3 accuracy', 'Share of samples whose class is among the three highest scores.'),
  top5Accuracy: share('top-5 accuracy', 'Share of samples whose class is among the five highest scores.'),
  precision: share('precision', 'Of two classes: share of the samples called 1 that are 1.'),
  precisionMacro: share('precision (macro)', 'Mean over the classes of the precision.'),
  precisionMicro: share('precision (micro)', 'Precision of all classes\' counts together.'),
  precisionWeighted: share('precision (weighted)', 'Mean over the classes of the precision, weighted by how often they occur.'),
  recall: share('recall', 'Of two classes: share of the samples that are 1 which are called 1.'),
  recallMacro: share('recall (macro)', 'Mean over the classes of the recall (balanced accuracy).'),
  recallMicro: share('recall (micro)', 'Recall of all classes\' counts together.'),
  recallWeighted: share('recall (weighted)', 'Mean over the classes of the recall, weighted by how often they occur.'),
  f1: share('F1', 'Of two classes: harmonic mean of precision and recall of class 1.'),
  f1Macro: share('F1 (macro)', 'Mean over the classes of F1.'),
  f1Micro: share('F1 (micro)', 'F1 of all classes\' counts together.'),
  f1Weighted: share('F1 (weighted)', 'Mean over the classes of F1, weighted by how often they occur.'),
  rocAuc: { ...share('ROC AUC', 'Area under the receiver operating characteristic; of more than two classes the mean of each against the rest.'), unit: 'number' },
  averagePrecision: { ...share('average precision', 'Mean precision over the gains in recall; of more than two classes the mean of each against the rest.'), unit: 'number' },
  logLoss: error('log loss', 'Mean of -log p of the right answer, without class weights and label smoothing.'),
  perplexity: error('perplexity', 'exp of the log loss: how many equally likely classes the model hesitates between.'),
  mae: error('mean absolute error', 'Mean absolute error over all outputs.'),
  mse: error('mean squared error', 'Mean squared error over all outputs.'),
  rmse: error('root mean squared error', 'Root of the mean squared error of every output, their mean.'),
  r2: { title: 'R²', better: 'higher', unit: 'number', description: 'Share of the variance that is explained, the mean over the outputs.' },
  iou: { ...share('IoU', 'Of boxes: area of the intersection with the right box over that of their union, the mean over the samples.'), unit: 'number' },
  iou50: share('IoU ≥ 0.5', 'Of boxes: share of samples whose intersection over union is at least 0.5 (CorLoc).'),
  localizationAccuracy: share('localisation accuracy', 'Of a model with a class and a box: share of samples whose class is right and whose intersection over union is at least 0.5, as in ImageNet\'s localisation task.'),
} satisfies Record<string, MetricInfo>;

/** Of one output, or of all of them together. */
export type PlainMetric = keyof typeof metricTable;
/** Of several outputs each has its own: "box.iou"; its loss stands without its weight. */
export type MetricName = PlainMetric | `${string}.${PlainMetric | 'loss'}`;
export const metricNames = Object.keys(metricTable) as PlainMetric[];

/** The output that a name speaks of, and what of it. */
export function splitName(name: 'loss' | MetricName): { output?: string; metric: 'loss' | PlainMetric } {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? { metric: name as PlainMetric } : { output: name.slice(0, dot), metric: name.slice(dot + 1) as PlainMetric };
}

/** The name of what belongs to an output: "box.iou"; of the only output the name alone. */
export const named = ({ output }: { output?: string }, metric: 'loss' | PlainMetric): MetricName => (output === undefined ? metric : `${output}.${metric}`) as MetricName;

const lossInfo = error('loss', 'Mean loss of an output.');

export function metricInfo(name: MetricName): MetricInfo {
  const { output, metric } = splitName(name);
  const info = metric === 'loss' ? lossInfo : metricTable[metric];
  return output === undefined ? info : { ...info, title: `${output} ${info.title}` };
}

const isMetric = (name: string): name is MetricName => {
  const { output, metric } = splitName(name as MetricName);
  return metric in metricTable || (metric === 'loss' && output !== undefined);
};

/** The metrics among the keys, in the order in which they are shown. */
export function measuredIn(scores: object): MetricName[] {
  const names = Object.entries(scores).flatMap(([name, value]) => (isMetric(name) && value !== undefined ? [name] : []));
  const rank = (name: MetricName): number => (metricNames as string[]).indexOf(splitName(name).metric);
  const outputs = [...new Set(names.map((name) => splitName(name).output))];
  return outputs.flatMap((output) => names.filter((name) => splitName(name).output === output).sort((a, b) => rank(a) - rank(b)));
}

/** Values by metric. */
export type Scores = Partial<Record<MetricName, number>>;

export const pick = (scores: Scores, names: readonly MetricName[]): Scores => Object.fromEntries(names.filter((name) => scores[name] !== undefined).map((name) => [name, scores[name]]));

/** What is measured: what a run file asks for, or the metrics of its losses; undefined where that is a single one. */
export function measuredNames({ metrics, earlyStop }: { metrics?: MetricName[]; earlyStop?: { monitor: 'loss' | 'metric' | MetricName } }, usual: readonly MetricName[]): MetricName[] | undefined {
  const monitored = earlyStop === undefined || earlyStop.monitor === 'loss' || earlyStop.monitor === 'metric' ? [] : [earlyStop.monitor];
  return metrics || monitored.length > 0 || usual.length > 1 ? [...new Set([...(metrics ?? usual), ...monitored])] : undefined;
}
