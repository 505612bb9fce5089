import { InputError } from '../../errors';
import { type Column, list } from '../samples';
import type { ColumnReference } from '../schema';
import { columnIndex } from './columns';
import { type Change, type Fit, visit } from './transform';

interface Config {
  columns: ColumnReference[];
  unknown?: 'error' | 'zero';
}

/** Most features that one column may become: a column of identifiers is no category. */
const mostCategories = 10_000;

/** Replaces each column by one 0/1 feature per category of the training part, sorted (by value where all are numbers). */
export const oneHot: Fit<Config> = (config, train, file) => {
  const { columns, dims } = train.samples.features;
  const chosen = new Map(config.columns.map((reference) => [columnIndex(reference, columns, 'oneHot', file), new Set<number>()]));
  if (!columns || dims.length !== 1) throw new InputError('the transform oneHot needs a table without reshape.', { file });
  visit(train, (values) => {
    for (const [j, seen] of chosen) if (!Number.isNaN(values[j])) seen.add(values[j]);
  });
  const categories = new Map([...chosen].map(([j, seen]) => [j, sorted([...seen].map((id) => columns[j].categories![id]))]));
  for (const [j, { length }] of categories) {
    if (length > mostCategories) throw new InputError(`column ${JSON.stringify(columns[j].name)} has ${length} categories; oneHot takes at most ${mostCategories}.`, { file });
  }
  return ({ columns: own }) => encoding(own!, categories, config.unknown ?? 'error');
};

/** Ids of categories are those of a source: each needs a plan of its own. */
function encoding(own: readonly Column[], categories: ReadonlyMap<number, string[]>, unknown: 'error' | 'zero'): Change {
  const columns = own.flatMap((column, j): Column[] => categories.get(j)?.map((category) => ({ ...column, name: `${column.name}=${category}`, categories: undefined })) ?? [column]);
  let next = 0;
  const plan = own.map(({ categories: texts, origin }, j) => {
    const known = categories.get(j);
    const start = next;
    next += known?.length ?? 1;
    if (!known) return { start, origin };
    const features = Int32Array.from(texts!, (text) => known.indexOf(text));
    return {
      start, origin, features,
      ...(unknown === 'error' && { unknown: texts!.map((text) => `holds ${JSON.stringify(text)}, a category that the training part does not have (${list(known)}); "unknown": "zero" accepts it.`) }),
    };
  });
  return { step: { op: 'oneHot', width: columns.length, plan }, dims: [columns.length], columns };
}

const sorted = (texts: string[]): string[] =>
  texts.every((text) => Number.isFinite(Number(text))) ? texts.sort((a, b) => Number(a) - Number(b)) : texts.sort();
