import { newArray } from '../onnx/tensor';
import type { DataSummary } from '../run/record';
import type { Dataset } from './dataset';
import { elements } from './samples';
import { Running } from './summary';

/** Samples looked at: enough for every threshold of a rule, a fraction of an epoch for large data. */
const most = 10_000;
/** Elements looked at, unless that leaves too few samples: a few hundredths of a second. */
const mostElements = 4_000_000;
const fewest = 1000;
const batch = 256;

/**
 * What the training samples look like to the model: at most 10,000 of them, evenly spread over `order`, the order of the first epoch, each together with the one
 * that follows it. Deterministic; reads each of them once. Of elements that the model takes as `ids` the scale means nothing: they are left out.
 */
export function summarizeTraining(dataset: Dataset, order: ArrayLike<number>, ids: ReadonlySet<number> = new Set()): DataSummary {
  const { inputs: [input], labels, targets } = dataset;
  const width = elements(input.dims);
  const samples = Math.min(order.length, most, Math.max(fewest, Math.floor(mostElements / width)));
  const positions = Array.from({ length: samples }, (_, i) => Math.floor((i * order.length) / samples));
  const labelWidth = elements(labels.dims);
  const values = room(input.type, batch * width);
  const own = room(labels.type, batch * labelWidth);
  const next = room(labels.type, batch * labelWidth);
  const someNumbers = ids.size < width;
  const isNumber = (_: number, i: number): boolean => !ids.has(i % width);
  const features = new Features(someNumbers ? width - ids.size : width);
  const found = targets.map(({ dims, before, classes }) => ({ from: before, to: before + elements(dims), summary: classes ? new Classes(classes.length, input.vocabulary !== undefined && dims.length > 0) : new Values(elements(dims)) }));
  for (let start = 0; start < samples; start += batch) {
    const part = positions.slice(start, start + batch);
    dataset.gather(part.map((position) => order[Math.min(position + 1, order.length - 1)]), [], next);
    dataset.gather(part.map((position) => order[position]), [values], own);
    const rows = values.subarray(0, part.length * width);
    features.add(ids.size > 0 && someNumbers ? rows.filter(isNumber) : rows);
    // The last sample of the order has none after it.
    const pairs = part.at(-1)! + 1 < order.length ? part.length : part.length - 1;
    for (let i = 0; i < part.length; i++) {
      for (const { from, to, summary } of found) {
        const of = (rows: Row): Row => rows.subarray(i * labelWidth + from, i * labelWidth + to);
        summary.add(of(own), i < pairs ? of(next) : undefined);
      }
    }
  }
  const results = found.map(({ summary }) => summary.result());
  return {
    samples, input: { type: someNumbers ? input.type : 'int32', ...features.result() }, ...results[0],
    ...(targets.length > 1 && { outputs: Object.fromEntries(results.map((result, i) => [targets[i].output!, result.labels])) }),
  };
}

const room = (type: 'int32' | 'float32', length: number) => newArray(type, length) as Float32Array | Int32Array;

type Row = Float32Array | Int32Array;

/** Scale of every feature by itself, and of all together. */
class Features {
  private readonly all = new Running();
  private readonly count: Float64Array;
  private readonly mean: Float64Array;
  private readonly squares: Float64Array;
  private readonly min: Float64Array;
  private readonly max: Float64Array;
  private nonFinite = 0;

  constructor(private readonly width: number) {
    this.count = new Float64Array(width);
    this.mean = new Float64Array(width);
    this.squares = new Float64Array(width);
    this.min = new Float64Array(width).fill(Infinity);
    this.max = new Float64Array(width).fill(-Infinity);
  }

  add(rows: Row): void {
    const finite = rows.filter(Number.isFinite);
    this.nonFinite += rows.length - finite.length;
    if (finite.length > 0) this.all.add(finite);
    for (let i = 0; i < rows.length; i++) if (Number.isFinite(rows[i])) this.update(i % this.width, rows[i]);
  }

  /** One value of a feature (Welford 1962). */
  private update(j: number, value: number): void {
    const difference = value - this.mean[j];
    this.mean[j] += difference / ++this.count[j];
    this.squares[j] += difference * (value - this.mean[j]);
    if (value < this.min[j]) this.min[j] = value;
    if (value > this.max[j]) this.max[j] = value;
  }

  result(): Omit<DataSummary['input'], 'type'> {
    let constantFeatures = 0;
    let smallest = Infinity;
    let largest = 0;
    for (let j = 0; j < this.width; j++) {
      if (!(this.max[j] > this.min[j])) constantFeatures++;
      else {
        const std = Math.sqrt(this.squares[j] / this.count[j]);
        smallest = Math.min(smallest, std);
        largest = Math.max(largest, std);
      }
    }
    const { mean, std, min, max } = this.all.result();
    return { mean, std, min, max, nonFinite: this.nonFinite, features: this.width, constantFeatures, spread: largest > 0 ? largest / smallest : 1 };
  }
}

type Labels = Pick<DataSummary, 'labels' | 'order'>;

/** Class ids; of a sequence all are counted, and the first says whether neighbours are alike. */
class Classes {
  private readonly counts: number[];
  private alike = 0;
  private pairs = 0;

  /** `tokens`: classes are the vocabulary of a text. */
  constructor(classes: number, private readonly tokens: boolean) {
    this.counts = Array<number>(classes).fill(0);
  }

  add(own: Row, next: Row | undefined): void {
    for (const id of own) this.counts[id]++;
    if (!next) return;
    this.pairs++;
    if (next[0] === own[0]) this.alike++;
  }

  result(): Labels {
    const total = this.counts.reduce((sum, count) => sum + count, 0);
    const chance = this.counts.reduce((sum, count) => sum + (count / total) ** 2, 0);
    return { labels: { type: 'classes', counts: this.counts, ...(this.tokens && { tokens: true }) }, order: this.alike / this.pairs / chance };
  }
}

/** Distinct values counted at most. */
const mostDistinct = 1000;

/** Numbers to predict; the autocorrelation is that of all targets together, each about its own mean. */
class Values {
  private readonly all = new Running();
  private readonly rows: Row[] = [];
  private readonly pairs: [Row, Row][] = [];
  private readonly distinct = new Set<number>();

  constructor(private readonly width: number) {}

  add(own: Row, next: Row | undefined): void {
    const row = own.slice();
    this.all.add(row);
    this.rows.push(row);
    if (next) this.pairs.push([row, next.slice()]);
    for (const value of row) if (this.distinct.size < mostDistinct) this.distinct.add(value);
  }

  result(): Labels {
    const means = Float64Array.from({ length: this.width }, (_, j) => this.rows.reduce((sum, row) => sum + row[j], 0) / this.rows.length);
    const product = (a: Row, b: Row): number => means.reduce((sum, mean, j) => sum + (a[j] - mean) * (b[j] - mean), 0);
    const variance = this.rows.reduce((sum, row) => sum + product(row, row), 0) / this.rows.length;
    const covariance = this.pairs.reduce((sum, [a, b]) => sum + product(a, b), 0) / this.pairs.length;
    const { mean, std, min, max } = this.all.result();
    return {
      labels: { type: 'values', mean, std, min, max, distinct: this.distinct.size, whole: [...this.distinct].every(Number.isInteger) },
      order: variance > 0 ? covariance / variance : 0,
    };
  }
}
