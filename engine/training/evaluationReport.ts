/** Everything that can be said of a trained model on a data set. */
import { newArray, sizeOf } from '../onnx/tensor';
import type { Dataset } from '../data/dataset';
import type { LoadedData } from '../data/load';
import { setting } from '../run/changes';
import { Confusion } from '../metrics/confusion';
import { Counts, type Quantity } from '../metrics/counts';
import { surprises } from '../metrics/likelihood';
import { fittingMetrics, Measurement } from '../metrics/metrics';
import { type Outcome, type Problem, problemOf } from '../metrics/outcome';
import { mostScores, Ranking, thresholds } from '../metrics/ranking';
import { type EvaluationReport, mostClasses, type WorstSample } from '../metrics/report';
import type { Evaluator } from './evaluation';
import { png } from './png';
import type { Training } from './setup';

const mostPoints = 1500;

export async function evaluationReport(name: string, training: Training, evaluator: Evaluator, which: 'validation' | 'test', worstSamples = 12): Promise<EvaluationReport> {
  const data = training.data[which]!;
  const outputDims = await evaluator.outputDims(data);
  const problem = problemOf(training.loss, outputDims);
  const few = data.samples * problem.positions * problem.width <= mostScores;
  const measurement = new Measurement(fittingMetrics(problem, data.samples), training.loss, outputDims);
  const [counts, confusion] = [measurement.collector(Counts), measurement.collector(Confusion)];
  const ranking = few && problem.task === 'binary' || (few && problem.task === 'multiclass' && problem.width === 2) ? measurement.collector(Ranking) : undefined;
  const worst = new Worst(worstSamples);
  const residuals = { label: [] as number[], prediction: [] as number[] };
  const every = Math.max(1, Math.ceil(data.samples / mostPoints));
  let start = 0;
  const { loss } = await evaluator.evaluate(data, (output, labels, count) => {
    const outcome = measurement.add(output, labels, count);
    lossesOf(problem, training, outcome, count).forEach((each, i) => worst.offer({ index: start + i, loss: each, ...describe(problem, data, outcome, i) }));
    if (problem.task === 'values') {
      for (let i = 0; i < count; i++) {
        if ((start + i) % every !== 0) continue;
        residuals.label.push(outcome.labels[i * problem.width]);
        residuals.prediction.push(outcome.scores[i * problem.width]);
      }
    }
    start += count;
  });
  const curves = ranking && curvesOf(ranking);
  return {
    name, data: which, task: problem.task, samples: data.samples, loss, scores: measurement.scores(),
    ...(problem.task !== 'values' && problem.width <= 1000 && {
      classes: Array.from({ length: problem.width }, (_, c) => ({ name: nameOf(problem, data, c), ...counts.of(c) })),
      averages: { macro: averages(counts, 'macro'), weighted: averages(counts, 'weighted') },
    }),
    ...((problem.task === 'binary' || problem.task === 'multiclass') && problem.width <= mostClasses && { confusion: confusion.rows() }),
    ...curves,
    ...(problem.task === 'values' && { residuals }),
    worst: worst.list.map((each) => ({ ...each, row: data.spec.rows[each.index], ...imageOf(data, each.index), ...textOf(training.data, data, each.index) })),
  };
}

const averages = (counts: Counts, average: 'macro' | 'weighted'): Record<Quantity, number> => ({ precision: counts[average]('precision'), recall: counts[average]('recall'), f1: counts[average]('f1') });

const nameOf = ({ task }: Problem, data: Dataset, c: number): string => data.classes?.[c] ?? (task === 'binary' ? ['no', 'yes'][c] : `${c}`);

/** Of every sample, without class weights and smoothing; of a loss of numbers against classes the squared distance. */
function lossesOf(problem: Problem, { loss }: Training, outcome: Outcome, samples: number): number[] {
  const { task, width, probabilities } = problem;
  if (task !== 'values' && probabilities) return means(surprises(problem, outcome), samples);
  const target = (row: number, c: number): number => (task === 'values' ? outcome.labels[row * width + c] : Number(outcome.labels[row] === c));
  const delta = loss.delta ?? 1;
  const of = (error: number): number => (loss.type === 'l1' ? error : loss.type === 'huber' ? (error <= delta ? error ** 2 / 2 : delta * (error - delta / 2)) : error ** 2);
  return means(outcome.scores.map((score, i) => of(Math.abs(score - target(Math.floor(i / width), i % width)))), samples);
}

function means(values: Float64Array, samples: number): number[] {
  const each = values.length / samples;
  return Array.from({ length: samples }, (_, i) => values.subarray(i * each, (i + 1) * each).reduce((a, b) => a + b, 0) / each);
}

/** In words; of a sequence, its first position. */
function describe(problem: Problem, data: Dataset, { labels, scores, predicted }: Outcome, sample: number): Pick<WorstSample, 'label' | 'prediction' | 'probability'> {
  const { task, width, positions, probabilities } = problem;
  if (task === 'values' || task === 'multilabel') {
    const row = (values: ArrayLike<number>): string => Array.from({ length: Math.min(width, 6) }, (_, j) => setting(Number(values[sample * width + j].toPrecision(4)))).join(', ') + (width > 6 ? ', …' : '');
    return { label: row(labels), prediction: row(task === 'values' ? scores : predicted) };
  }
  const row = sample * positions;
  return {
    label: nameOf(problem, data, labels[row]), prediction: nameOf(problem, data, predicted[row]),
    ...(probabilities && { probability: scores[row * width + predicted[row]] }),
  };
}

/** Keeps the largest losses; of equal ones the first. */
class Worst {
  list: Omit<WorstSample, 'row'>[] = [];

  constructor(private readonly most: number) {}

  offer(sample: Omit<WorstSample, 'row'>): void {
    const { loss } = sample;
    if (Number.isNaN(loss) || (this.list.length === this.most && !(loss > this.list.at(-1)!.loss))) return;
    const at = this.list.findIndex((other) => loss > other.loss);
    this.list.splice(at < 0 ? this.list.length : at, 0, sample);
    this.list.length = Math.min(this.list.length, this.most);
  }
}

/** Thinned to what a chart can show, both ends kept. */
function curvesOf(ranking: Ranking): Pick<EvaluationReport, 'roc' | 'precisionRecall'> {
  const all = thresholds(ranking.problems[0]);
  const { truePositives = 0, falsePositives = 0 } = all.at(-1) ?? {};
  if (truePositives === 0 || falsePositives === 0) return {};
  const every = Math.max(1, Math.ceil(all.length / mostPoints));
  const curve = all.filter((_, i) => i % every === 0 || i === all.length - 1);
  return {
    roc: { x: [0, ...curve.map((point) => point.falsePositives / falsePositives)], y: [0, ...curve.map((point) => point.truePositives / truePositives)] },
    precisionRecall: { x: curve.map((point) => point.truePositives / truePositives), y: curve.map((point) => point.truePositives / (point.truePositives + point.falsePositives)) },
  };
}

function textOf({ text }: LoadedData, data: Dataset, index: number): { text?: string } {
  return text ? { text: text.vocabulary.decode(inputOf(data, index)) } : {};
}

/** Samples of [1 or 3, height, width] are images. */
function imageOf(data: Dataset, index: number): { image?: string } {
  const [{ type, dims: [channels, height, width, ...more] }] = data.inputs;
  if (type !== 'float32' || more.length > 0 || width === undefined || (channels !== 1 && channels !== 3) || Math.min(height, width) < 4 || Math.max(height, width) > 512) return {};
  return { image: `data:image/png;base64,${png(inputOf(data, index), channels, height, width).toString('base64')}` };
}

function inputOf(data: Dataset, index: number): Float32Array | Int32Array {
  const inputs = data.inputs.map((input) => newArray(input.type, sizeOf(input.dims)) as Float32Array | Int32Array);
  data.gather([index], inputs, newArray(data.labels.type, sizeOf(data.labels.dims)) as Float32Array | Int32Array);
  return inputs[0];
}
