import { InputError } from '../../errors';
import { type Column, list } from '../samples';
import type { ColumnReference } from '../schema';

/** The element that a transform's column is; an InputError lists the columns there are. */
export function columnIndex(reference: ColumnReference, columns: readonly Column[] | undefined, transform: string, file: string): number {
  if (!columns) throw new InputError(`the transform ${transform} names a column; only CSV data has columns.`, { file });
  const index = columns.findIndex(({ name, cell }) => (typeof reference === 'number' ? cell : name) === reference);
  if (index < 0) throw new InputError(`the transform ${transform} names the column ${JSON.stringify(reference)}, which is no feature; the features are ${list(columns.map(({ name }) => name), 100)}.`, { file });
  return index;
}
