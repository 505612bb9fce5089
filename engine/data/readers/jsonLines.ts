import { InputError } from '../../errors';
import type { Samples } from '../samples';
import type { JsonLinesConfig } from '../schema';
import { textPieces } from '../text';
import { Table, type TableOptions } from './table';

const longestLine = 1 << 22;

/** One JSON object per line (https://jsonlines.org); the keys of the first are the columns, a key that a later one lacks is a missing value. */
export async function readJsonLines(source: JsonLinesConfig, options: TableOptions): Promise<Samples> {
  const file = source.jsonLines;
  const table = new Table(source, file, options, (record) => ({ line: record + 1 }));
  let line = 0;
  let rest = '';
  const take = (text: string): 'more' | 'done' => {
    const row = parseLine(text, file, ++line);
    if (!row) return 'more';
    if (!table.begun) table.begin(Object.keys(row), undefined, true);
    return table.add(table.names.map((name) => row[name]), line - 1);
  };
  for await (const piece of textPieces(file, options)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    if (rest.length > longestLine) throw new InputError(`the line is longer than ${longestLine} characters; every sample stands on a line of its own.`, { file, line: line + lines.length + 1 });
    for (const text of lines) if (take(text) === 'done') return table.finish();
  }
  take(rest);
  if (!table.begun) throw new InputError('is empty.', { file });
  return table.finish();
}

/** Undefined for a blank line. */
function parseLine(text: string, file: string, line: number): Record<string, unknown> | undefined {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`is not JSON (${(error as Error).message.slice(0, 100)}); each line holds one object.`, { file, line });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InputError(`holds ${Array.isArray(value) ? 'a list' : JSON.stringify(value).slice(0, 40)}; each line holds one object, as in {"age": 39, "income": "low"}.`, { file, line });
  return value as Record<string, unknown>;
}
