import { InputError } from '../../errors';
import { elements } from '../samples';
import type { ColumnReference } from '../schema';
import { columnIndex } from './columns';
import { identity } from './affine';
import { type Fit, type Part, sizeOf, visit } from './transform';

interface Config {
  per?: 'feature' | 'channel' | 'all';
  columns?: ColumnReference[];
  mean?: number | number[];
  std?: number | number[];
}

/** (x - mean) / std; the standard deviation divides by n, as scikit-learn's StandardScaler, and counts as 1 where it is 0. */
export const standardize: Fit<Config> = (config, train, file) => {
  const { dims, columns } = train.samples.features;
  const size = elements(dims);
  const group = grouping(config.per ?? 'feature', dims);
  const groups = group(size - 1) + 1;
  const { mean, variance } = config.mean !== undefined && config.std !== undefined ? { mean: [], variance: [] } : statistics(train, group, groups);
  const means = given(config.mean, 'mean', groups, file) ?? mean;
  const stds = given(config.std, 'std', groups, file) ?? Array.from(variance, (value) => Math.sqrt(value) || 1);
  const chosen = config.columns && new Set(config.columns.map((reference) => columnIndex(reference, columns, 'standardize', file)));
  const map = identity(size);
  for (let j = 0; j < size; j++) {
    if (columns?.[j].categories || (chosen && !chosen.has(j))) continue;
    map.scale[j] = 1 / stds[group(j)];
    map.shift[j] = -means[group(j)] / stds[group(j)];
  }
  return () => ({ step: { op: 'affine', ...map } });
};

/** The group that shares one mean, for every element. */
function grouping(per: 'feature' | 'channel' | 'all', dims: number[]): (element: number) => number {
  const plane = elements(dims.slice(1));
  return { feature: (j: number) => j, channel: (j: number) => Math.floor(j / plane), all: () => 0 }[per];
}

function given(value: number | number[] | undefined, name: string, groups: number, file: string): number[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return Array<number>(groups).fill(value);
  if (value.length !== groups) throw new InputError(`standardize has ${value.length} values for ${name}; ${groups} are needed.`, { file });
  return value;
}

/** Two passes (mean first) keep the digits of data far from 0; groups join their elements' statistics (law of total variance). */
function statistics(train: Part, group: (element: number) => number, groups: number): { mean: Float64Array; variance: Float64Array } {
  const { length } = train.rows;
  const size = sizeOf(train);
  const each = { mean: new Float64Array(size), variance: new Float64Array(size) };
  visit(train, (values) => {
    for (let j = 0; j < size; j++) each.mean[j] += values[j];
  });
  for (let j = 0; j < size; j++) each.mean[j] /= length;
  visit(train, (values) => {
    for (let j = 0; j < size; j++) {
      const difference = values[j] - each.mean[j];
      each.variance[j] += difference * difference;
    }
  });
  for (let j = 0; j < size; j++) each.variance[j] /= length;

  const share = groups / size;
  const joined = { mean: new Float64Array(groups), variance: new Float64Array(groups) };
  for (let j = 0; j < size; j++) joined.mean[group(j)] += each.mean[j] * share;
  for (let j = 0; j < size; j++) joined.variance[group(j)] += (each.variance[j] + (each.mean[j] - joined.mean[group(j)]) ** 2) * share;
  return joined;
}
