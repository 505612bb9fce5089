import type { Dataset } from './dataset';
import { elements } from './samples';

export interface Statistics {
  min: number;
  max: number;
  mean: number;
  /** Standard deviation over all values. */
  std: number;
}

/** What a part of the data holds, as the model sees it: after the transforms. */
export interface DataSummary {
  samples: number;
  inputs: { type: string; dims: number[] } & Statistics;
  labels: { type: string; dims: number[] } & Statistics;
  /** Labels of each class; absent for numbers. */
  classes?: { name: string; count: number }[];
}

const batch = 256;

/** One pass over the samples, in file order. */
export function summarize(dataset: Dataset): DataSummary {
  const { samples, inputs: [input], labels, classes } = dataset;
  const values = make(input.type, elements(input.dims) * batch);
  const targets = make(labels.type, elements(labels.dims) * batch);
  const ofInputs = new Running();
  const ofLabels = new Running();
  const counts = classes?.map((name) => ({ name, count: 0 }));
  for (let start = 0; start < samples; start += batch) {
    const rows = Math.min(batch, samples - start);
    dataset.gather(Array.from({ length: rows }, (_, i) => start + i), [values], targets);
    ofInputs.add(values.subarray(0, rows * elements(input.dims)));
    const part = targets.subarray(0, rows * elements(labels.dims));
    ofLabels.add(part);
    if (counts) for (const id of part) counts[id].count++;
  }
  return { samples, inputs: { ...input, ...ofInputs.result() }, labels: { ...labels, ...ofLabels.result() }, ...(counts && { classes: counts }) };
}

const make = (type: 'int32' | 'float32', length: number): Int32Array | Float32Array => (type === 'int32' ? new Int32Array(length) : new Float32Array(length));

/** Mean and variance of a growing set by joining batches (Chan, Golub & LeVeque 1983), which keeps the digits that a sum of squares loses. */
export class Running {
  private count = 0;
  private mean = 0;
  private squares = 0;
  private min = Infinity;
  private max = -Infinity;

  add(values: ArrayLike<number>): void {
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      sum += value;
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
    }
    const mean = sum / values.length;
    let squares = 0;
    for (let i = 0; i < values.length; i++) squares += (values[i] - mean) ** 2;
    const total = this.count + values.length;
    const difference = mean - this.mean;
    this.squares += squares + (difference * difference * this.count * values.length) / total;
    this.mean += (difference * values.length) / total;
    this.count = total;
  }

  result(): Statistics {
    return { min: this.min, max: this.max, mean: this.mean, std: Math.sqrt(this.squares / this.count) };
  }
}
