import { InputError } from '../../errors';
import { type Column, type Samples, failAt, list } from '../samples';
import type { ColumnReference } from '../schema';
import { columnIndex } from './columns';
import type { Fit } from './transform';

interface Config {
  columns: ColumnReference[];
  unknown?: 'error' | 'zero';
}

/** Most features that one column may become: a column of identifiers is no category. */
const mostCategories = 10_000;

/** Replaces each column by one 0/1 feature per category of the training part, sorted (by value where all are numbers). */
export const oneHot: Fit<Config> = (config, train, file) => {
  const { columns, dims, data } = train.samples.features;
  const chosen = new Map(config.columns.map((reference) => [columnIndex(reference, columns, 'oneHot', file), [] as string[]]));
  if (!columns || dims.length !== 1) throw new InputError('the transform oneHot needs CSV data without reshape.', { file });
  for (const [j, categories] of chosen) {
    const seen = new Set<number>();
    for (const row of train.rows) seen.add(data[row * columns.length + j]);
    categories.push(...sorted([...seen].map((id) => columns[j].categories![id])));
    if (categories.length > mostCategories)
      throw new InputError(`column ${JSON.stringify(columns[j].name)} has ${categories.length} categories; oneHot takes at most ${mostCategories}.`, { file });
  }
  return (samples) => encode(samples, chosen, config.unknown ?? 'error');
};

function encode(samples: Samples, chosen: ReadonlyMap<number, string[]>, unknown: 'error' | 'zero'): void {
  const { features } = samples;
  const old = features.columns!;
  const columns = old.flatMap((column, j): Column[] => chosen.get(j)?.map((category) => ({ ...column, name: `${column.name}=${category}`, categories: undefined })) ?? [column]);
  // For each old column: where it starts now and, where it is encoded, the new index of each old category.
  let next = 0;
  const plan = old.map(({ categories }, j) => {
    const known = chosen.get(j);
    const plan = { start: next, known, index: known && categories!.map((category) => known.indexOf(category)) };
    next += known?.length ?? 1;
    return plan;
  });
  const result = new Float64Array(samples.count * columns.length);
  for (let row = 0, from = 0; row < samples.count; row++) {
    for (let j = 0; j < old.length; j++, from++) {
      const { start, known, index } = plan[j];
      const value = features.data[from];
      if (!index) result[row * columns.length + start] = value;
      else if (index[value] >= 0) result[row * columns.length + start + index[value]] = 1;
      else if (unknown === 'error')
        failAt(samples.locate(row, 'input', old[j].origin), `holds ${JSON.stringify(old[j].categories![value])}, a category that the training part does not have (${list(known!)}); "unknown": "zero" accepts it.`);
    }
  }
  samples.features = { ...features, dims: [columns.length], data: result, columns };
}

const sorted = (texts: string[]): string[] =>
  texts.every((text) => Number.isFinite(Number(text))) ? texts.sort((a, b) => Number(a) - Number(b)) : texts.sort();
