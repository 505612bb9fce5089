import Papa from 'papaparse';
import { InputError } from '../../errors';
import { readBytes } from '../file';
import type { Folders } from '../path';
import { type Column, type Samples, list, reshaped } from '../samples';
import type { ColumnReference, CsvConfig } from '../schema';
import { type Layout, planLayout } from './csvLayout';
import { locateCell } from './csvPlace';

/** Longest text: what one JavaScript string holds. */
const longest = 2 ** 29 - 32;
/** Characters that are split into cells at once: few enough that cells die young in the garbage collector. */
const pieceLength = 1 << 17;
const longestRow = 1 << 22;

export interface CsvOptions extends Folders {
  /** Columns that hold categories: those of the oneHot transforms. */
  categorical: readonly ColumnReference[];
  /** Labels are names of classes rather than numbers. */
  classLabels: boolean;
  /** Features of the training data, for a validation or test file. */
  expected?: readonly string[];
}

export async function readCsv(source: CsvConfig, options: CsvOptions): Promise<Samples> {
  const file = source.csv;
  const text = decode(await readBytes(file, options), file);
  // Guessed from the start alone: Papa Parse would try every candidate on the whole piece.
  const delimiter = source.delimiter ?? Papa.parse(text.slice(0, 1 << 16), { preview: 10 }).meta.delimiter;
  const rows = new Rows(source, options, text, delimiter);
  // The type of a text's configuration lacks `chunk`, which is synchronous for texts.
  const config: Papa.ParseConfig<string[]> & Pick<Papa.ParseLocalConfig<string[], never>, 'chunk' | 'chunkSize'> = {
    delimiter,
    chunkSize: pieceLength,
    chunk: (piece, parser) => {
      if (rows.add(piece) === 'done') parser.abort();
    },
  };
  Papa.parse<string[]>(text, config);
  return rows.finish();
}

function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > longest) throw new InputError(`has ${bytes.length} bytes of text; at most ${longest} can be read, larger tables as .npy.`, { file });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError('is not UTF-8 text; save it as UTF-8.', { file });
  }
}

/** Turns rows of cells into numbers as they come. */
class Rows {
  private layout: Layout | undefined;
  private values = new Float64Array(0);
  private labels = new Float64Array(0);
  private count = 0;
  private skipped = 0;
  /** Number of rows seen, blank ones included; `records[sample]` is where a sample came from. */
  private record = 0;
  private records: number[] = [];
  /** Characters since the last complete row. */
  private unfinished = 0;
  private dictionaries: Map<string, number>[] = [];
  private readonly labelDictionary = new Map<string, number>();
  private readonly dropped: Set<string>;

  constructor(private readonly source: CsvConfig, private readonly options: CsvOptions, private readonly text: string, private readonly delimiter: string) {
    this.dropped = new Set(source.dropRowsWith);
  }

  add(piece: Papa.ParseResult<string[]>): 'more' | 'done' {
    const rows = piece.data;
    const quotes = piece.errors.find((error) => error.type === 'Quotes');
    if (quotes) this.fail(this.record + (quotes.row ?? 0), 0, quotes.code === 'MissingQuotes' ? 'a quoted cell of this row is never closed.' : 'a quoted cell of this row goes on after its closing quote.');
    this.unfinished = rows.length === 0 ? this.unfinished + pieceLength : 0;
    if (this.unfinished >= longestRow) this.fail(this.record, 0, `the row is longer than ${longestRow} characters; a closing quote may be missing.`);
    for (let i = 0; i < rows.length; i++, this.record++) {
      const row = rows[i];
      if (row.length === 1 && row[0].trim() === '') continue;
      if (!this.layout) {
        this.layout = planLayout(row, rows[i + 1], this.source, this.options, this.failAt);
        this.dictionaries = this.layout.features.map(() => new Map());
        if (this.layout.header) continue;
      }
      if (row.length !== this.layout.names.length)
        this.fail(this.record, Math.min(row.length, this.layout.names.length), `the row has ${row.length} cells, ${this.layout.header ? 'the header' : 'the first row'} has ${this.layout.names.length}.`);
      if (this.dropped.size > 0 && this.layout.used.some((cell) => this.dropped.has(row[cell].trim()))) continue;
      if (this.skipped < (this.source.offset ?? 0)) {
        this.skipped++;
        continue;
      }
      this.convert(row, this.layout);
      if (this.count === this.source.limit) return 'done';
    }
    return 'more';
  }

  private convert(row: string[], layout: Layout): void {
    const { features, labels } = layout;
    this.values = grown(this.values, this.count, features.length);
    this.labels = grown(this.labels, this.count, labels.length);
    let at = this.count * features.length;
    for (let j = 0; j < features.length; j++) {
      const cell = features[j];
      this.values[at++] = layout.categorical[j] ? this.category(this.dictionaries[j], row[cell], cell, layout) : this.number(row[cell], cell, layout, 'feature');
    }
    at = this.count * labels.length;
    for (const cell of labels)
      this.labels[at++] = this.options.classLabels ? this.category(this.labelDictionary, row[cell], cell, layout) : this.number(row[cell], cell, layout, 'label');
    this.records.push(this.record);
    this.count++;
  }

  private number(cell: string, index: number, layout: Layout, role: 'feature' | 'label'): number {
    const value = Number(cell);
    if (value === 0 ? cell.trim() !== '' : value - value === 0) return value;
    return this.fail(this.record, index, `${layout.describe(index)} ${numberFault(cell.trim(), role)}`);
  }

  private category(dictionary: Map<string, number>, cell: string, index: number, layout: Layout): number {
    const text = cell.trim();
    const known = dictionary.get(text);
    if (known !== undefined) return known;
    if (text === '') this.fail(this.record, index, `${layout.describe(index)} ${numberFault('', 'feature')}`);
    dictionary.set(text, dictionary.size);
    return dictionary.size - 1;
  }

  private readonly failAt = (cell: number, message: string): never => this.fail(this.record, cell, message);

  private fail(record: number, cell: number, message: string): never {
    throw new InputError(message, { file: this.source.csv, ...locateCell(this.text, this.delimiter, record, cell) });
  }

  finish(): Samples {
    const { source, layout, count } = this;
    const file = source.csv;
    if (!layout) throw new InputError('is empty.', { file });
    if (count === 0) throw new InputError(emptyReason(source, this.skipped, layout.header), { file });
    const columns = layout.features.map((cell, origin): Column => ({
      name: layout.names[cell],
      cell,
      origin,
      ...(layout.categorical[origin] && { categories: [...this.dictionaries[origin].keys()] }),
    }));
    const width = columns.length;
    return {
      count,
      features: {
        type: 'float32',
        dims: reshaped([width], source.reshape, file),
        data: this.values.subarray(0, count * width),
        columns,
      },
      labels: {
        dims: layout.labels.length === 1 ? [] : [layout.labels.length],
        data: this.labels.subarray(0, count * layout.labels.length),
        ...(this.options.classLabels && { texts: [...this.labelDictionary.keys()] }),
      },
      classes: source.classes,
      locate: (sample, part, element) => {
        const cell = (part === 'input' ? layout.features : layout.labels)[element];
        return { place: { file, ...locateCell(this.text, this.delimiter, this.records[sample], cell) }, what: layout.describe(cell) };
      },
    };
  }
}

function emptyReason(source: CsvConfig, skipped: number, header: boolean): string {
  if (skipped > 0) return `offset ${source.offset} leaves none of the ${skipped} samples.`;
  if (source.dropRowsWith?.length) return `every row holds one of the values of dropRowsWith: ${list(source.dropRowsWith)}.`;
  return header ? 'has a header but no rows.' : 'has no rows.';
}

function numberFault(text: string, role: 'feature' | 'label'): string {
  if (text === '') return 'is blank; fill the cell, or leave such rows out with "dropRowsWith": [""].';
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text) || Number.isFinite(parseFloat(text)) === false && /^[+-]?\d/.test(text))
    return `holds ${JSON.stringify(text)}, which is not a finite number.`;
  const hint = role === 'feature' ? 'list the column in a oneHot transform or leave it out of "columns"' : 'names of classes need the loss crossEntropy';
  return `holds ${JSON.stringify(text)}, which is not a number; ${hint}.`;
}

/** `array` with room for one more row of `width` values. */
function grown(array: Float64Array<ArrayBuffer>, rows: number, width: number): Float64Array<ArrayBuffer> {
  if ((rows + 1) * width <= array.length) return array;
  const larger = new Float64Array(Math.max(1024 * width, array.length * 2));
  larger.set(array);
  return larger;
}
