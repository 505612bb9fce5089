/** How each metric is computed: what it needs of the batches, and one small function of that. Values equal scikit-learn's. */
import { KeyError, oneOf } from '../errors';
import type { LossOptions } from '../loss';
import type { Collector } from './collector';
import { Counts, type Quantity } from './counts';
import { Deviations } from './deviations';
import { Likelihood } from './likelihood';
import { Overlaps } from './overlaps';
import { metricNames, type PlainMetric, type Scores } from './names';
import { type Outcome, outcomeOf, type Problem, problemOf, type Task } from './outcome';
import { areaUnderRoc, averagePrecision, mostScores, Ranking } from './ranking';
import { Ranks } from './ranks';

interface Metric<C extends Collector = Collector> {
  tasks: readonly Task[];
  needs: new (problem: Problem) => C;
  value(collected: C): number;
  /** Beyond the task: a sentence that says what the problem lacks. */
  lacks?(problem: Problem): string | undefined;
}

const classes: Task[] = ['binary', 'multiclass', 'multilabel'];
const metric = <C extends Collector>(tasks: readonly Task[], needs: Metric<C>['needs'], value: Metric<C>['value'], lacks?: Metric['lacks']): Metric => ({ tasks, needs, value: value as Metric['value'], lacks });

/** Precision, recall and F1 of class 1 of two. */
const ofTwo = (quantity: Quantity): Metric => metric(['binary', 'multiclass'], Counts, (counts) => counts.of(1)[quantity],
  ({ width }) => (width > 2 ? `is for two classes, but there are ${width}; for more there are ${oneOf(['Macro', 'Micro', 'Weighted'].map((average) => quantity + average))}` : undefined));
const averaged = (quantity: Quantity, average: 'macro' | 'micro' | 'weighted'): Metric => metric(classes, Counts, (counts) => counts[average](quantity));
const top = (k: number): Metric => metric(['multiclass'], Ranks, (ranks) => ranks.within(k), ({ width }) => (width <= k ? `needs more than ${k} classes, but there are ${width}` : undefined));
const unlikely = ({ probabilities }: Problem): string | undefined => (probabilities ? undefined : 'needs probabilities, which the loss does not make of the outputs; crossEntropy, bce and bceWithLogits do');
const ofBoxes = (value: (overlaps: Overlaps) => number): Metric => metric(['values'], Overlaps, value, ({ boxes }) => (boxes ? undefined : 'needs boxes; the loss says with "boxes" what their four numbers are'));
const errors = (value: (deviations: Deviations) => number): Metric => metric(['values'], Deviations, value);

/** Those of a single output. */
type OneMetric = Exclude<PlainMetric, 'localizationAccuracy'>;

const metrics: Record<OneMetric, Metric> = {
  accuracy: metric(classes, Counts, ({ hits, total }) => hits / total),
  top3Accuracy: top(3),
  top5Accuracy: top(5),
  precision: ofTwo('precision'),
  precisionMacro: averaged('precision', 'macro'),
  precisionMicro: averaged('precision', 'micro'),
  precisionWeighted: averaged('precision', 'weighted'),
  recall: ofTwo('recall'),
  recallMacro: averaged('recall', 'macro'),
  recallMicro: averaged('recall', 'micro'),
  recallWeighted: averaged('recall', 'weighted'),
  f1: ofTwo('f1'),
  f1Macro: averaged('f1', 'macro'),
  f1Micro: averaged('f1', 'micro'),
  f1Weighted: averaged('f1', 'weighted'),
  rocAuc: metric(classes, Ranking, (ranking) => ranking.macro(areaUnderRoc)),
  averagePrecision: metric(classes, Ranking, (ranking) => ranking.macro(averagePrecision)),
  logLoss: metric(classes, Likelihood, ({ mean }) => mean, unlikely),
  perplexity: metric(['multiclass'], Likelihood, ({ mean }) => Math.exp(mean), unlikely),
  mae: errors(({ mae }) => mae),
  mse: errors(({ mse }) => mse),
  rmse: errors(({ rmse }) => rmse),
  r2: errors(({ r2 }) => r2),
  iou: ofBoxes(({ mean }) => mean),
  iou50: ofBoxes(({ share }) => share),
};

/** The metrics of a validation, batch by batch; those that need the same share it. */
export class Measurement {
  readonly problem: Problem;
  private readonly collected = new Map<Metric['needs'], Collector>();

  /** `outputDims`: of one sample. */
  constructor(private readonly names: readonly PlainMetric[], private readonly loss: LossOptions, outputDims: readonly number[]) {
    this.problem = problemOf(loss, outputDims);
    for (const name of names) this.collector(metrics[name as OneMetric].needs);
  }

  /** What a metric, or a report, needs of the batches. To be asked for before the first batch. */
  collector<C extends Collector>(needs: new (problem: Problem) => C): C {
    const collector = this.collected.get(needs) ?? new needs(this.problem);
    this.collected.set(needs, collector);
    return collector as C;
  }

  add(output: Float32Array, labels: ArrayLike<number>, samples: number): Outcome {
    const outcome = outcomeOf(this.problem, this.loss, output, labels, samples);
    for (const collector of this.collected.values()) collector.add(outcome);
    return outcome;
  }

  value(name: PlainMetric): number {
    const { value, needs } = metrics[name as OneMetric];
    return value(this.collector(needs));
  }

  /** What is not defined for these data (the ROC AUC of a single class) is left out. */
  scores(): Scores {
    return Object.fromEntries(this.names.map((name) => [name, this.value(name)] as const).filter(([, value]) => !Number.isNaN(value)));
  }
}

/** Throws a KeyError for a metric at `path` of the run file that does not fit the problem; `samples`: of the largest data set that it is measured on. */
export function checkMetric(name: PlainMetric, problem: Problem, samples: number, path: string): void {
  if (name === 'localizationAccuracy') throw new KeyError(path, 'localizationAccuracy needs a model with a class and a box, two outputs');
  const { tasks, lacks, needs } = metrics[name];
  if (!tasks.includes(problem.task)) throw new KeyError(path, `${name} is not defined for ${descriptions[problem.task]}; allowed are ${oneOf(fitting(problem))}`);
  const missing = lacks?.(problem);
  if (missing) throw new KeyError(path, `${name} ${missing}`);
  const scores = samples * problem.positions * problem.width;
  if (needs === Ranking && scores > mostScores) throw new KeyError(path, `${name} keeps every score, and ${scores.toLocaleString('en')} of them are more than ${mostScores.toLocaleString('en')}`);
}

const descriptions: Record<Task, string> = { binary: 'a single yes or no', multiclass: 'classes', multilabel: 'several yes or no per sample', values: 'numbers' };

/** Those that are defined, and do not need more memory than there may be. */
export const fittingMetrics = (problem: Problem, samples: number): OneMetric[] =>
  fitting(problem).filter((name) => metrics[name].needs !== Ranking || samples * problem.positions * problem.width <= mostScores);

const fitting = (problem: Problem): OneMetric[] => (metricNames as OneMetric[]).filter((name) => Object.hasOwn(metrics, name) && metrics[name].tasks.includes(problem.task) && !metrics[name].lacks?.(problem));
