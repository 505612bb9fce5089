import type { Collector } from './collector';
import type { Outcome, Problem } from './outcome';

/** Most scores that are kept: 256 MiB. */
export const mostScores = 1 << 25;

/** Scores and answers of one class against the rest. */
export interface OneVersusRest {
  /** Index of the class. */
  class: number;
  scores: Float64Array;
  positive: Uint8Array;
}

/** All scores, for what depends on their order: nothing less than all of them gives these metrics exactly. */
export class Ranking implements Collector {
  private readonly scores: Float64Array[] = [];
  private readonly labels: Int32Array[] = [];

  constructor(private readonly problem: Problem) {}

  add({ scores, labels, rows }: Outcome): void {
    this.scores.push(scores.slice());
    this.labels.push(Int32Array.from({ length: this.problem.task === 'multilabel' ? scores.length : rows }, (_, i) => labels[i]));
  }

  /** Of two classes the second against the first; of more each against the others. */
  get problems(): OneVersusRest[] {
    const { task, width } = this.problem;
    const classes = width === 2 && task !== 'multilabel' ? [1] : Array.from({ length: width }, (_, c) => c);
    const pick = <T extends Float64Array | Uint8Array>(parts: T[], create: (length: number) => T): T => {
      const all = create(parts.reduce((total, { length }) => total + length, 0));
      parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
      return all;
    };
    return classes.map((c) => ({
      class: c,
      scores: pick(this.scores.map((part) => Float64Array.from({ length: part.length / width }, (_, row) => part[row * width + c])), (length) => new Float64Array(length)),
      positive: pick(this.labels.map((part) => (task === 'multilabel'
        ? Uint8Array.from({ length: part.length / width }, (_, row) => part[row * width + c])
        : Uint8Array.from(part, (label) => Number(label === c)))), (length) => new Uint8Array(length)),
    }));
  }

  /** Mean of a figure of every class against the rest; classes that have only one kind of answer have none. */
  macro(figure: (curve: Threshold[]) => number): number {
    const values = this.problems.map((one) => figure(thresholds(one))).filter((value) => !Number.isNaN(value));
    return values.length === 0 ? NaN : values.reduce((a, b) => a + b, 0) / values.length;
  }
}

/** How many of each kind have a score of at least this. */
export interface Threshold {
  score: number;
  truePositives: number;
  falsePositives: number;
}

/** From the highest score to the lowest, one for each that occurs. */
export function thresholds({ scores, positive }: Pick<OneVersusRest, 'scores' | 'positive'>): Threshold[] {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const curve: Threshold[] = [];
  let [truePositives, falsePositives] = [0, 0];
  order.forEach((i, place) => {
    if (positive[i] === 1) truePositives++;
    else falsePositives++;
    if (place === order.length - 1 || scores[order[place + 1]] !== scores[i]) curve.push({ score: scores[i], truePositives, falsePositives });
  });
  return curve;
}

/** Area under the receiver operating characteristic by the trapezoidal rule; NaN where only one kind of answer occurs. */
export function areaUnderRoc(curve: readonly Threshold[]): number {
  const { truePositives = 0, falsePositives = 0 } = curve.at(-1) ?? {};
  if (truePositives === 0 || falsePositives === 0) return NaN;
  const area = curve.reduce((sum, point, i) => {
    const before = curve[i - 1] ?? { truePositives: 0, falsePositives: 0 };
    return sum + ((point.falsePositives - before.falsePositives) * (point.truePositives + before.truePositives)) / 2;
  }, 0);
  return area / (truePositives * falsePositives);
}

/** Sum over thresholds of precision times the gain in recall, without interpolation, as scikit-learn's average_precision_score; NaN without a positive. */
export function averagePrecision(curve: readonly Threshold[]): number {
  const positives = curve.at(-1)?.truePositives ?? 0;
  if (positives === 0) return NaN;
  return curve.reduce((sum, { truePositives, falsePositives }, i) => sum + ((truePositives - (curve[i - 1]?.truePositives ?? 0)) / positives) * (truePositives / (truePositives + falsePositives)), 0);
}
