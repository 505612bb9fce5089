import { InputError } from '../errors';
import { Random } from '../random';
import { type Samples, list } from './samples';
import type { ColumnReference, ColumnSplitConfig, DataConfig, SourceConfig, SplitConfig } from './schema';

export type Role = 'train' | 'validation' | 'test';

/** How validation and test data come from the training data, and which come from sources of their own. */
export interface SplitPlan {
  /** Parts that a column tells. */
  columns: Partial<Record<Role, ColumnSplitConfig>>;
  drawn?: SplitConfig;
  sources: { role: Role; source: SourceConfig }[];
}

const byColumn = (part: object): part is ColumnSplitConfig => 'column' in part && 'values' in part;

export function planSplit({ validation, test }: DataConfig): SplitPlan {
  const plan: SplitPlan = { columns: {}, sources: [] };
  if (typeof validation === 'number') plan.drawn = validation > 0 ? { fraction: validation } : undefined;
  else if (validation && ('fraction' in validation || 'folds' in validation)) plan.drawn = validation;
  else if (validation) byColumn(validation) ? (plan.columns.validation = validation) : plan.sources.push({ role: 'validation', source: validation });
  if (test) byColumn(test) ? (plan.columns.test = test) : plan.sources.push({ role: 'test', source: test });
  return plan;
}

/** The column that parts are told by. */
export function splitColumn({ columns: { validation, test } }: SplitPlan, file: string): ColumnReference | undefined {
  if (validation && test && validation.column !== test.column)
    throw new InputError(`validation is told by the column ${JSON.stringify(validation.column)}, test by ${JSON.stringify(test.column)}; one column tells all parts.`, { file });
  return (validation ?? test)?.column;
}

/** Rows of each part, in the order of the data. `classes`: of each row, to stratify by. */
export function splitRows(samples: Samples, { columns, drawn }: SplitPlan, { seed, shuffle, classes, file }: { seed: number; shuffle: boolean; classes?: ArrayLike<number>; file: string }): Map<Role, Uint32Array> {
  const parts = new Map<Role, Uint32Array>();
  let rest = Uint32Array.from({ length: samples.count }, (_, i) => i);
  for (const [role, { column, values }] of Object.entries(columns) as [Role, ColumnSplitConfig][]) {
    if (!samples.parts) throw new InputError(`${role} is told by the column ${JSON.stringify(column)}; only tables have columns.`, { file });
    const { ids, texts } = samples.parts;
    const wanted = new Set(values.map((value) => texts.indexOf(value)));
    const rows = rest.filter((row) => wanted.has(ids[row]));
    if (rows.length === 0) throw new InputError(`no row belongs to ${role}: the column ${JSON.stringify(column)} holds ${list(texts)}, not ${list(values)}.`, { file });
    parts.set(role, rows);
    rest = rest.filter((row) => !wanted.has(ids[row]));
  }
  if (drawn) {
    if (drawn.stratify && !classes) throw new InputError('stratify needs one class for each sample; the labels are others.', { file });
    if ('folds' in drawn && drawn.fold >= drawn.folds) throw new InputError(`fold is ${drawn.fold}; ${drawn.folds} folds are 0 to ${drawn.folds - 1}.`, { file });
    const groups = drawn.stratify ? grouped(rest, classes!) : [rest];
    const validation = new Set(groups.flatMap((rows, i) => draw(rows, drawn, shuffle ? new Random(seed, groups.length > 1 ? `split/${i}` : 'split') : undefined)));
    parts.set('validation', rest.filter((row) => validation.has(row)));
    rest = rest.filter((row) => !validation.has(row));
  }
  return parts.set('train', rest);
}

function grouped(rows: Uint32Array, classes: ArrayLike<number>): Uint32Array[] {
  const found = new Map<number, number[]>();
  for (const row of rows) {
    const group = found.get(classes[row]);
    if (group) group.push(row);
    else found.set(classes[row], [row]);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, group]) => Uint32Array.from(group));
}

/** Rows of a group that go to validation: of a random order the end, or a fold of it; at least one where a share is asked for. */
function draw(rows: Uint32Array, config: SplitConfig, random: Random | undefined): number[] {
  const order = Array.from(random ? random.permutation(rows.length) : rows.keys(), (i) => rows[i]);
  if ('fraction' in config) return order.slice(order.length - (config.fraction > 0 ? Math.max(1, Math.round(order.length * config.fraction)) : 0));
  const edge = (fold: number): number => Math.round((order.length * fold) / config.folds);
  return order.slice(edge(config.fold), edge(config.fold + 1));
}
