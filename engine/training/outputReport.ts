/** What can be said of one output of a trained model. */
import { setting } from '../run/changes';
import { type LossOptions, lossType } from '../loss';
import type { Objective } from '../loss/objective';
import { Confusion } from '../metrics/confusion';
import { Counts, type Quantity } from '../metrics/counts';
import { surprises } from '../metrics/likelihood';
import { fittingMetrics, Measurement } from '../metrics/metrics';
import { type Outcome, type Problem, problemOf } from '../metrics/outcome';
import { corners, generalizedIntersectionOverUnion } from '../metrics/overlaps';
import { mostScores, Ranking, thresholds } from '../metrics/ranking';
import { mostClasses, type OutputReport, type WorstSample } from '../metrics/report';
import type { Scores } from '../metrics/names';

const mostPoints = 1500;

/** Gathers, batch by batch, what is said of an output. */
export class OutputReporter {
  readonly problem: Problem;
  private readonly measurement: Measurement;
  private readonly counts: Counts;
  private readonly confusion: Confusion;
  private readonly ranking?: Ranking;
  private readonly residuals = { label: [] as number[], prediction: [] as number[] };
  private seen = 0;

  /** `samples`: of the data set; `classes`: names. */
  constructor(readonly objective: Objective, private readonly samples: number, private readonly classes: readonly string[] | undefined) {
    const { loss, dims } = objective;
    const problem = (this.problem = problemOf(loss, dims));
    this.measurement = new Measurement(fittingMetrics(problem, samples), loss, dims);
    [this.counts, this.confusion] = [this.measurement.collector(Counts), this.measurement.collector(Confusion)];
    const few = samples * problem.positions * problem.width <= mostScores;
    if (few && (problem.task === 'binary' || (problem.task === 'multiclass' && problem.width === 2))) this.ranking = this.measurement.collector(Ranking);
  }

  /** Returns of every sample its loss, times the weight, and what is right and predicted in words. */
  add(output: Float32Array, labels: Float32Array | Int32Array, count: number): Judged[] {
    const { problem, residuals, objective: { loss } } = this;
    const outcome = this.measurement.add(output, labels, count);
    const every = Math.max(1, Math.ceil(this.samples / mostPoints));
    for (let i = 0; problem.task === 'values' && i < count; i++) {
      if ((this.seen + i) % every !== 0) continue;
      residuals.label.push(outcome.labels[i * problem.width]);
      residuals.prediction.push(outcome.scores[i * problem.width]);
    }
    this.seen += count;
    return lossesOf(problem, loss, outcome, count).map((each, i) => ({ loss: each * (loss.weight ?? 1), ...this.describe(outcome, i) }));
  }

  get scores(): Scores {
    return this.measurement.scores();
  }

  report(): OutputReport {
    const { problem, counts } = this;
    const { task, width } = problem;
    return {
      task,
      ...(task !== 'values' && width <= 1000 && {
        classes: Array.from({ length: width }, (_, c) => ({ name: this.nameOf(c), ...counts.of(c) })),
        averages: { macro: averages(counts, 'macro'), weighted: averages(counts, 'weighted') },
      }),
      ...((task === 'binary' || task === 'multiclass') && width <= mostClasses && { confusion: this.confusion.rows() }),
      ...(this.ranking && curvesOf(this.ranking)),
      ...(task === 'values' && { residuals: this.residuals }),
    };
  }

  private nameOf(c: number): string {
    return this.classes?.[c] ?? (this.problem.task === 'binary' ? ['no', 'yes'][c] : `${c}`);
  }

  /** In words; of a sequence, its first position. */
  private describe({ labels, scores, predicted }: Outcome, sample: number): Omit<Judged, 'loss'> {
    const { task, width, positions, probabilities, boxes } = this.problem;
    if (task === 'values' || task === 'multilabel') {
      const row = (values: ArrayLike<number>): string => Array.from({ length: Math.min(width, 6) }, (_, j) => setting(Number(values[sample * width + j].toPrecision(4)))).join(', ') + (width > 6 ? ', …' : '');
      return {
        label: row(labels), prediction: row(task === 'values' ? scores : predicted),
        ...(boxes && { boxes: { right: corners(labels, 4 * sample, boxes), predicted: corners(scores, 4 * sample, boxes) } }),
      };
    }
    const row = sample * positions;
    return {
      label: this.nameOf(labels[row]), prediction: this.nameOf(predicted[row]),
      ...(probabilities && { probability: scores[row * width + predicted[row]] }),
    };
  }
}

/** A sample by one output. */
export type Judged = Pick<WorstSample, 'loss' | 'label' | 'prediction' | 'probability' | 'boxes'>;

const averages = (counts: Counts, average: 'macro' | 'weighted'): Record<Quantity, number> => ({ precision: counts[average]('precision'), recall: counts[average]('recall'), f1: counts[average]('f1') });

/** Of every sample, without class weights and smoothing; of a loss of numbers against classes the squared distance. */
function lossesOf(problem: Problem, loss: LossOptions, outcome: Outcome, samples: number): number[] {
  const { task, width, probabilities, boxes } = problem;
  if (task !== 'values' && probabilities) return means(surprises(problem, outcome), samples);
  if (lossType(loss) === 'giou') return Array.from({ length: samples }, (_, i) => 1 - generalizedIntersectionOverUnion(corners(outcome.scores, 4 * i, boxes!), corners(outcome.labels, 4 * i, boxes!)));
  const target = (row: number, c: number): number => (task === 'values' ? outcome.labels[row * width + c] : Number(outcome.labels[row] === c));
  const delta = loss.delta ?? 1;
  const of = (error: number): number => (loss.type === 'l1' ? error : loss.type === 'huber' ? (error <= delta ? error ** 2 / 2 : delta * (error - delta / 2)) : error ** 2);
  return means(outcome.scores.map((score, i) => of(Math.abs(score - target(Math.floor(i / width), i % width)))), samples);
}

function means(values: Float64Array, samples: number): number[] {
  const each = values.length / samples;
  return Array.from({ length: samples }, (_, i) => values.subarray(i * each, (i + 1) * each).reduce((a, b) => a + b, 0) / each);
}

/** Thinned to what a chart can show, both ends kept. */
function curvesOf(ranking: Ranking): Pick<OutputReport, 'roc' | 'precisionRecall'> {
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
