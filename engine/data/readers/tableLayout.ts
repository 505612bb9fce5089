import { list } from '../samples';
import { perTarget, type Target } from '../targets';
import type { ColumnReference, TableConfig } from '../schema';

/** Which cells of a row are what. */
export interface Layout {
  header: boolean;
  /** One per cell; "column 3" where the file has no header. */
  names: string[];
  /** Cells that are features, and whether each holds categories. */
  features: number[];
  categorical: boolean[];
  labels: number[];
  /** Of the labels, those of each target, and whether they are names of classes. */
  targets: { output?: string; cells: number[]; classes: boolean }[];
  /** Tells the parts of the data apart; no feature unless it is named as one. */
  split?: number;
  /** Features and labels. */
  used: number[];
  /** `column "age"`. */
  describe: (cell: number) => string;
}

interface Wanted {
  categorical: readonly (readonly [transform: string, column: ColumnReference])[];
  targets: readonly Target[];
  expected?: readonly string[];
  split?: ColumnReference;
  /** Whether the first row holds names; undefined: to be found out. */
  header?: boolean;
}

/** Throws the error of a cell of the first row. */
type Fail = (cell: number, message: string) => never;

export function planLayout(first: string[], second: string[] | undefined, source: TableConfig, wanted: Wanted, fail: Fail): Layout {
  const own = perTarget(source.label, wanted.targets).map((references) => [references].flat());
  const labelReferences = own.flat();
  const header = wanted.header ?? looksLikeHeader(first, second, [...labelReferences, ...(source.columns ?? [])]);
  const names = first.map((cell, i) => (header && cell.trim() !== '' ? cell.trim() : `column ${i}`));
  const repeated = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (repeated >= 0) fail(repeated, `two columns are called ${JSON.stringify(names[repeated])}.`);

  const find = (reference: ColumnReference, key: string): number => {
    const index = typeof reference === 'number' ? reference : names.indexOf(reference);
    if (index >= 0 && index < names.length) return index;
    if (typeof reference === 'number') return fail(0, `${key} is column ${reference}, the file has the columns 0 to ${names.length - 1}.`);
    if (!header) return fail(0, `${key} is ${JSON.stringify(reference)}, but the file has no header; name a column by its index, 0 to ${names.length - 1}.`);
    return fail(0, `${key} is ${JSON.stringify(reference)}, but there is no such column; the columns are ${list(names, 100)}.`);
  };

  const targets = wanted.targets.map(({ output, loss, classes, boxes }, i) => {
    const cells = own[i].map((reference) => find(reference, 'label'));
    const of = output === undefined ? '' : ` of ${output}`;
    if (classes && cells.length > 1) fail(cells[1], `label${of} names ${cells.length} columns, but the loss ${loss} needs exactly one.`);
    if (boxes && cells.length !== 4) fail(cells[0], `label${of} names ${cells.length} ${cells.length === 1 ? 'column' : 'columns'}, but a box has four, ${boxes}.`);
    return { output, cells, classes };
  });
  const labels = targets.flatMap(({ cells }) => cells);
  const split = wanted.split === undefined ? undefined : find(wanted.split, 'the column to split by');
  const features = source.columns?.map((reference) => find(reference, 'columns'))
    ?? (header ? wanted.expected : undefined)?.map((name) => find(name, 'a feature of the training data'))
    ?? names.map((_, i) => i).filter((i) => !labels.includes(i) && i !== split);
  if (features.length === 0) fail(0, 'there is no column besides the label.');
  const both = features.find((cell) => labels.includes(cell));
  if (both !== undefined) fail(both, `column ${JSON.stringify(names[both])} is both a feature and a label.`);
  const categories = new Set(wanted.categorical.map(([transform, reference]) => find(reference, transform)));
  return {
    header,
    names,
    features,
    categorical: features.map((cell) => categories.has(cell)),
    labels,
    targets,
    split,
    used: [...features, ...labels, ...(split === undefined ? [] : [split])],
    describe: (cell) => (header ? `column ${JSON.stringify(names[cell])}` : names[cell]),
  };
}

const isNumber = (cell: string): boolean => cell.trim() !== '' && !Number.isNaN(Number(cell));

/** A first row is a header if it holds a column's name that the run file uses, or no number while the second row has one or there is no way to tell. */
function looksLikeHeader(first: string[], second: string[] | undefined, references: ColumnReference[]): boolean {
  const cells = first.map((cell) => cell.trim());
  if (references.some((reference) => typeof reference === 'string' && cells.includes(reference))) return true;
  return !cells.some(isNumber) && (second === undefined || second.some(isNumber) || new Set(cells).size === cells.length);
}
