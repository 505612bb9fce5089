/** Transforms of chosen columns, fitted on the training part. */
import { InputError } from '../../errors';
import { type Column, list } from '../samples';
import type { BucketConfig, CategoriesConfig, ClipConfig, ColumnReference, ImputeConfig, LogConfig, MinMaxConfig } from '../schema';
import { identity } from './affine';
import { columnIndex } from './columns';
import { type Fit, type Part, sizeOf, visit } from './transform';

/** Elements of the named columns; without names all that hold numbers. */
export function chosen(references: readonly ColumnReference[] | undefined, train: Part, transform: string, file: string): Int32Array {
  const { columns } = train.samples.features;
  if (references) return Int32Array.from(references, (reference) => columnIndex(reference, columns, transform, file));
  return Int32Array.from({ length: sizeOf(train) }, (_, j) => j).filter((j) => !columns?.[j].categories);
}

const originsOf = (elements: Int32Array, columns: readonly Column[] | undefined): Int32Array => elements.map((j) => columns?.[j].origin ?? j);

const must = (condition: boolean, message: string, file: string): void => {
  if (!condition) throw new InputError(message, { file });
};

export const minMax: Fit<MinMaxConfig> = (config, train, file) => {
  const [bottom, top] = config.to ?? [0, 1];
  const elements = chosen(config.columns, train, 'minMax', file);
  const low = new Float64Array(elements.length).fill(Infinity);
  const high = low.map(() => -Infinity);
  visit(train, (values) => {
    elements.forEach((j, i) => {
      if (values[j] < low[i]) low[i] = values[j];
      if (values[j] > high[i]) high[i] = values[j];
    });
  });
  const map = identity(sizeOf(train));
  elements.forEach((j, i) => {
    // A constant feature becomes the lower end, as scikit-learn's MinMaxScaler.
    map.scale[j] = (top - bottom) / (high[i] - low[i] || 1);
    map.shift[j] = bottom - low[i] * map.scale[j];
  });
  return () => ({ step: { op: 'affine', ...map } });
};

export const log: Fit<LogConfig> = (config, train, file) => {
  const elements = chosen(config.columns, train, 'log', file);
  return ({ columns }) => ({ step: { op: 'log', elements, offset: config.offset ?? 0, origins: originsOf(elements, columns) } });
};

export const clip: Fit<ClipConfig> = (config, train, file) => {
  const elements = chosen(config.columns, train, 'clip', file);
  const { low = -Infinity, high = Infinity, quantiles } = config;
  must(low <= high, `the transform clip has low ${low} above high ${high}.`, file);
  must(config.low !== undefined || config.high !== undefined || quantiles !== undefined, 'the transform clip needs low, high or quantiles.', file);
  const ends = quantiles && sortedValues(train, elements).map((values) => quantiles.map((q) => quantile(values, q)));
  return () => ({
    step: {
      op: 'clip', elements,
      low: Float64Array.from(elements, (_, i) => Math.max(low, ends?.[i][0] ?? -Infinity)),
      high: Float64Array.from(elements, (_, i) => Math.min(high, ends?.[i][1] ?? Infinity)),
    },
  });
};

export const bucket: Fit<BucketConfig> = (config, train, file) => {
  const elements = chosen(config.columns, train, 'bucket', file);
  const { edges, count } = config;
  must((edges === undefined) !== (count === undefined), 'the transform bucket needs either edges or count.', file);
  must(edges?.every((edge, i) => i === 0 || edge > edges[i - 1]) ?? true, `the edges of the transform bucket must rise: ${edges?.join(', ')}.`, file);
  const all = count === undefined
    ? Array.from(elements, () => Float64Array.from(edges!))
    : sortedValues(train, elements).map((values) => Float64Array.from(new Set(Array.from({ length: count - 1 }, (_, i) => quantile(values, (i + 1) / count)))));
  return ({ columns }) => ({
    step: { op: 'bucket', elements, edges: all },
    ...(columns && { columns: columns.map((column, j) => (elements.includes(j) ? { ...column, categories: names(all[elements.indexOf(j)]) } : column)) }),
  });
};

/** "< 10", "10 to 20", ">= 20". */
const names = (edges: Float64Array): string[] =>
  Array.from({ length: edges.length + 1 }, (_, i) => (edges.length === 0 ? 'all' : i === 0 ? `< ${edges[0]}` : i === edges.length ? `>= ${edges[i - 1]}` : `${edges[i - 1]} to ${edges[i]}`));

export const impute: Fit<ImputeConfig> = (config, train, file) => {
  const { columns } = train.samples.features;
  const elements = config.columns ? chosen(config.columns, train, 'impute', file) : Int32Array.from({ length: sizeOf(train) }, (_, j) => j);
  const { strategy = 'median', value } = config;
  must((strategy === 'constant') === (value !== undefined), strategy === 'constant' ? 'the transform impute with the strategy constant needs a value.' : `the transform impute has a value, which the strategy ${strategy} does not take.`, file);
  const fill = fillValues(train, elements, strategy, value, file);
  return (features) => {
    const own = features.columns;
    const indicators = config.indicator ? elements : new Int32Array();
    const width = sizeOf(train);
    // A category is filled in by its text: ids are those of a source.
    const values = Float64Array.from(elements, (j, i) => (typeof fill[i] === 'number' ? fill[i] : idOf(own![j], fill[i])));
    return {
      step: { op: 'impute', elements, fill: values, indicators, width },
      dims: indicators.length > 0 ? [width + indicators.length] : undefined,
      ...(own && { columns: [...own, ...Array.from(indicators, (j) => ({ ...columns![j], name: `${columns![j].name} is missing`, categories: undefined }))] }),
    };
  };
};

function idOf({ categories }: Column, text: string): number {
  const id = categories!.indexOf(text);
  return id >= 0 ? id : categories!.push(text) - 1;
}

function fillValues(train: Part, elements: Int32Array, strategy: NonNullable<ImputeConfig['strategy']>, value: number | string | undefined, file: string): (number | string)[] {
  const { columns } = train.samples.features;
  const sorted = strategy === 'constant' ? [] : sortedValues(train, elements);
  return Array.from(elements, (j, i) => {
    const column = columns?.[j];
    const name = column ? `column ${JSON.stringify(column.name)}` : `feature ${j}`;
    if (strategy === 'constant') {
      must(column?.categories ? true : typeof value === 'number', `the transform impute fills ${name}, which holds numbers, with ${JSON.stringify(value)}.`, file);
      return column?.categories ? String(value) : value!;
    }
    const known = sorted[i];
    must(known.length > 0, `${name} has no value in the training part that the transform impute could go by; leave it out of "columns".`, file);
    // Of categories only the most frequent makes sense.
    if (column?.categories) return column.categories[mostFrequent(known)];
    if (strategy === 'mostFrequent') return mostFrequent(known);
    return strategy === 'median' ? quantile(known, 0.5) : known.reduce((sum, x) => sum + x, 0) / known.length;
  });
}

/** Of sorted values; the smallest of several, as scikit-learn's SimpleImputer. */
function mostFrequent(sorted: Float64Array): number {
  let [best, most] = [sorted[0], 0];
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    if (end - start > most) [best, most] = [sorted[start], end - start];
  }
  return best;
}

/** Linear between neighbours, as NumPy's default. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}

/** Values of an element that a quantile is computed from, at most: evenly spread rows of larger data. */
const mostValues = 1 << 20;

/** Of each element the values that are not missing. */
function sortedValues({ samples, rows }: Part, elements: Int32Array): Float64Array[] {
  const step = Math.ceil(rows.length / mostValues);
  const some = step === 1 ? rows : rows.filter((_, i) => i % step === 0);
  const found = Array.from(elements, () => new Float64Array(some.length));
  let row = 0;
  visit({ samples, rows: some }, (values) => {
    elements.forEach((j, i) => (found[i][row] = values[j]));
    row++;
  });
  return found.map((values) => values.filter((value) => !Number.isNaN(value)).sort());
}

/** Categories become ids in one order for all sources. */
export const categories: Fit<CategoriesConfig> = (config, train, file) => {
  const { columns } = train.samples.features;
  const elements = chosen(config.columns, train, 'categories', file);
  const seen = Array.from(elements, () => new Set<number>());
  visit(train, (values) => elements.forEach((j, i) => seen[i].add(values[j])));
  const unknown = config.unknown === 'own';
  const known = Array.from(elements, (j, i) => [...(unknown ? ['(unknown)'] : []), ...[...seen[i]].filter((id) => !Number.isNaN(id)).map((id) => columns![j].categories![id]).sort()]);
  return (features) => {
    const own = features.columns!;
    const texts = Array.from(elements, (j) => own[j].categories!);
    return {
      step: {
        op: 'renumber', elements, origins: originsOf(elements, own),
        ids: texts.map((list, i) => Int32Array.from(list, (text) => (unknown ? Math.max(0, known[i].indexOf(text)) : known[i].indexOf(text)))),
        unknown: texts.map((all, i) => all.map((text) => `holds ${JSON.stringify(text)}, a category that the training part does not have (${list(known[i])}); "unknown": "own" gives such a category of their own.`)),
      },
      columns: own.map((column, j) => (elements.includes(j) ? { ...column, categories: known[elements.indexOf(j)] } : column)),
    };
  };
};
