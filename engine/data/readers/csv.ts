import Papa from 'papaparse';
import { InputError } from '../../errors';
import { readTextSync, textPieces } from '../text';
import { resolvePath } from '../path';
import type { Samples } from '../samples';
import type { CsvConfig } from '../schema';
import { locateCell } from './csvPlace';
import { Table, type TableOptions } from './table';

const longestRow = 1 << 22;
/** Characters that delimiter and line ends are guessed from. */
const headLength = 1 << 16;

/** Reads a table piece by piece: of the text there is never more in memory than a piece. */
export async function readCsv(source: CsvConfig, options: TableOptions): Promise<Samples> {
  const rows = new CsvRows(source, options);
  let rest = '';
  let waiting: string | undefined;
  for await (const piece of textPieces(source.csv, options)) {
    // One piece is held back: the last is parsed differently.
    if (waiting !== undefined) {
      const text = rest + waiting;
      const used = rows.parse(text, false);
      if (used === 'done') return rows.table.finish();
      rest = text.slice(used);
      if (rest.length >= longestRow) rows.fail(0, 0, `the row is longer than ${longestRow} characters; a closing quote may be missing.`);
    }
    waiting = piece;
  }
  rows.parse(rest + (waiting ?? ''), true);
  if (!rows.table.begun) throw new InputError('is empty.', { file: source.csv });
  return rows.table.finish();
}

class CsvRows {
  readonly table: Table;
  /** Rows seen, blank ones included. */
  private record = 0;
  private parser?: Papa.Parser;
  private delimiter = ',';

  constructor(private readonly source: CsvConfig, options: TableOptions) {
    const file = resolvePath(source.csv, options);
    this.table = new Table(source, source.csv, options, (record, cell) => {
      const text = readTextSync(file);
      return text === undefined ? {} : locateCell(text, this.delimiter, record, cell);
    });
  }

  /** Characters of whole rows at the start of the text, all of which are taken. */
  parse(text: string, last: boolean): number | 'done' {
    this.parser ??= this.createParser(text.slice(0, headLength));
    const { data, errors, meta } = this.parser.parse(text, 0, !last) as Papa.ParseResult<string[]> & { meta: { cursor: number } };
    const quotes = errors.find(({ type }) => type === 'Quotes');
    if (quotes) this.fail(quotes.row ?? 0, 0, quotes.code === 'MissingQuotes' ? 'a quoted cell of this row is never closed.' : 'a quoted cell of this row goes on after its closing quote.');
    for (let i = 0; i < data.length; i++, this.record++) {
      const row = data[i];
      if (row.length === 1 && row[0].trim() === '') continue;
      if (!this.table.begun) {
        const { header } = this.source;
        if (this.table.begin(row, data[i + 1], header === 'auto' ? undefined : header)) continue;
      }
      const { names, header } = this.table;
      if (row.length !== names.length) this.fail(0, Math.min(row.length, names.length), `the row has ${row.length} cells, ${header ? 'the header' : 'the first row'} has ${names.length}.`);
      if (this.table.add(row, this.record) === 'done') return 'done';
    }
    return meta.cursor;
  }

  /** `ahead`: of the rows not yet counted. */
  fail(ahead: number, cell: number, message: string): never {
    return this.table.fail(this.record + ahead, cell, message);
  }

  /** Guessed from the start alone: Papa Parse would try every candidate on the whole piece. */
  private createParser(head: string): Papa.Parser {
    const guess = Papa.parse(head, { preview: 10 }).meta;
    this.delimiter = this.source.delimiter ?? (/\.(tsv|tab)(\.gz)?$/i.test(this.source.csv) ? '\t' : guess.delimiter);
    return new Papa.Parser({ delimiter: this.delimiter, newline: guess.linebreak as '\n' });
  }
}
