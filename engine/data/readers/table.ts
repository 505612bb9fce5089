import { InputError, type Place } from '../../errors';
import type { Folders } from '../path';
import { type Column, type RawLabels, type Samples, list, reshaped } from '../samples';
import type { ColumnReference, TableConfig } from '../schema';
import { Store } from '../sources/store';
import type { Target } from '../targets';
import { Texts } from '../tokens/texts';
import type { TextTransform } from '../tokens/tokens';
import { type Layout, planLayout } from './tableLayout';

export interface TableOptions extends Folders {
  /** Columns that hold categories or texts, and the transform that takes them as such. */
  categorical: readonly (readonly [transform: string, column: ColumnReference])[];
  /** Columns whose missing values a transform fills in. */
  imputed: readonly ColumnReference[] | 'all';
  /** What the labels are for. */
  targets: readonly Target[];
  /** Column that tells the parts of the data apart. */
  split?: ColumnReference;
  /** Features of the training data, for a validation or test file. */
  expected?: readonly string[];
  /** Bytes that inputs may take in memory; beyond, they are kept in a temporary file. */
  memory: number;
  /** What makes tokens of the one feature, which is text. */
  text?: TextTransform;
}

/** What a cell may hold, whatever the format. */
export type Cell = unknown;

/** Where the cell of a record stands; `cell` counts from 0. */
export type LocateCell = (record: number, cell: number) => Omit<Place, 'file'>;

/** What counts as missing unless the run file says otherwise. */
const blank = [''];

/** Turns rows of cells into numbers as they come: the one way from a table of any format to samples. */
export class Table {
  private layout!: Layout;
  private readonly values: Store;
  private readonly texts?: Texts;
  private labels = new Float64Array(1024);
  private row = new Float64Array(0);
  private count = 0;
  private skipped = 0;
  /** Where a sample came from. */
  private records = new Uint32Array(1024);
  private dictionaries: Map<string, number>[] = [];
  /** For each cell of a label, that of its target where it holds classes. */
  private labelDictionaries: (Map<string, number> | undefined)[] = [];
  private parts = new Uint32Array(1024);
  private readonly partDictionary = new Map<string, number>();
  private readonly dropped: Set<string>;
  private readonly missing: Set<string>;
  private filled: boolean[] = [];

  /** `file` is what errors start with. */
  constructor(private readonly source: TableConfig, private readonly file: string, private readonly options: TableOptions, private readonly locateCell: LocateCell) {
    this.dropped = new Set(source.dropRowsWith);
    this.missing = new Set(source.missing ?? blank);
    this.values = new Store(options.memory, file);
    if (options.text) this.texts = new Texts(options.text, options.memory, file);
  }

  get begun(): boolean {
    return this.layout !== undefined;
  }

  /** Names of the columns; with `header` undefined it is found out whether `first` holds them. Returns whether it does. */
  begin(first: string[], second: string[] | undefined, header: boolean | undefined): boolean {
    this.layout = planLayout(first, second, this.source, { ...this.options, header }, (cell, message) => this.fail(0, cell, message));
    const { features, names } = this.layout;
    const { text } = this.options;
    if (text && features.length > 1) this.fail(0, features[1], `the transform ${text.name} reads one column of text, but there are ${features.length} features: ${list(features.map((cell) => names[cell]))}; "columns" names the one to take.`);
    this.dictionaries = features.map(() => new Map());
    this.labelDictionaries = this.layout.targets.flatMap(({ cells, classes }) => cells.map(() => (classes ? new Map<string, number>() : undefined)));
    this.row = new Float64Array(features.length);
    const { imputed } = this.options;
    this.filled = features.map((cell) => imputed === 'all' || imputed.some((reference) => reference === cell || reference === names[cell]));
    return this.layout.header;
  }

  get names(): readonly string[] {
    return this.layout.names;
  }

  get header(): boolean {
    return this.layout.header;
  }

  /** Names of the columns that are features or labels. */
  get used(): string[] {
    return this.layout.used.map((cell) => this.layout.names[cell]);
  }

  add(cells: readonly Cell[], record: number): 'more' | 'done' {
    const { layout, source } = this;
    if (this.dropped.size > 0 && layout.used.some((cell) => this.dropped.has(textOf(cells[cell])))) return 'more';
    if (this.skipped < (source.offset ?? 0)) {
      this.skipped++;
      return 'more';
    }
    const { features, labels } = layout;
    for (let j = 0; j < features.length; j++) {
      const cell = features[j];
      if (this.isMissing(cells[cell])) this.row[j] = this.filled[j] ? NaN : this.fail(record, cell, `${layout.describe(cell)} ${missingFault(cells[cell], 'feature')}`);
      else if (this.texts) this.texts.add(this.text(cells[cell], cell, record));
      else this.row[j] = layout.categorical[j] ? this.category(this.dictionaries[j], cells[cell], cell, record) : this.number(cells[cell], cell, record, 'feature');
    }
    if (!this.texts) this.values.add(this.row);
    if ((this.count + 1) * labels.length > this.labels.length) this.labels = larger(this.labels, labels.length);
    for (let j = 0, at = this.count * labels.length; j < labels.length; j++, at++) {
      const cell = labels[j];
      if (this.isMissing(cells[cell])) this.fail(record, cell, `${layout.describe(cell)} ${missingFault(cells[cell], 'label')}`);
      const dictionary = this.labelDictionaries[j];
      this.labels[at] = dictionary ? this.category(dictionary, cells[cell], cell, record) : this.number(cells[cell], cell, record, 'label');
    }
    if (this.count === this.records.length) {
      this.records = larger(this.records, 1);
      this.parts = larger(this.parts, 1);
    }
    if (layout.split !== undefined) this.parts[this.count] = this.category(this.partDictionary, cells[layout.split], layout.split, record);
    this.records[this.count++] = record;
    return this.count === source.limit ? 'done' : 'more';
  }

  fail(record: number, cell: number, message: string): never {
    throw new InputError(message, { file: this.file, ...this.locateCell(record, cell) });
  }

  private targets(): RawLabels[] {
    const { layout: { labels, targets }, count } = this;
    let next = 0;
    return targets.map(({ output, cells: { length: width } }) => {
      const first = next;
      next += width;
      const dictionary = this.labelDictionaries[first];
      const data = width === labels.length ? this.labels.subarray(0, count * width) : Float64Array.from({ length: count * width }, (_, i) => this.labels[Math.floor(i / width) * labels.length + first + (i % width)]);
      return { output, dims: width === 1 ? [] : [width], data, ...(dictionary && { texts: [...dictionary.keys()] }) };
    });
  }

  private isMissing(cell: Cell): boolean {
    if (typeof cell === 'number') return Number.isNaN(cell);
    return cell === null || cell === undefined || (typeof cell === 'string' && this.missing.has(cell.trim()));
  }

  private number(cell: Cell, index: number, record: number, role: 'feature' | 'label'): number {
    const value = typeof cell === 'string' ? Number(cell) : typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean' ? Number(cell) : NaN;
    if (value === 0 ? cell !== '' && !(typeof cell === 'string' && cell.trim() === '') : value - value === 0) return value;
    return this.fail(record, index, `${this.layout.describe(index)} ${numberFault(cell, role)}`);
  }

  private category(dictionary: Map<string, number>, cell: Cell, index: number, record: number): number {
    if (typeof cell === 'object') this.fail(record, index, `${this.layout.describe(index)} ${numberFault(cell, 'feature')}`);
    const text = textOf(cell);
    const known = dictionary.get(text);
    if (known !== undefined) return known;
    dictionary.set(text, dictionary.size);
    return dictionary.size - 1;
  }

  private text(cell: Cell, index: number, record: number): string {
    return typeof cell === 'object' ? this.fail(record, index, `${this.layout.describe(index)} ${numberFault(cell, 'feature')}`) : String(cell);
  }

  finish(): Samples {
    const { source, layout, count, file, records } = this;
    if (count === 0) throw new InputError(emptyReason(source, this.skipped, layout.header), { file });
    const columns = layout.features.map((cell, origin): Column => ({
      name: layout.names[cell],
      cell,
      origin,
      ...(layout.categorical[origin] && { categories: [...this.dictionaries[origin].keys()] }),
    }));
    return {
      count,
      features: this.texts?.finish() ?? { type: 'float32', dims: reshaped([columns.length], source.reshape, file), source: this.values.finish(columns.length), steps: [], columns },
      labels: this.targets(),
      classes: source.classes,
      ...(layout.split !== undefined && { parts: { ids: this.parts.subarray(0, count), texts: [...this.partDictionary.keys()] } }),
      locate: (sample, part, element) => {
        const cell = part === 'label' ? layout.labels[element] : layout.features[this.texts ? 0 : element];
        return { place: { file, ...this.locateCell(records[sample], cell) }, what: layout.describe(cell) };
      },
    };
  }
}

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell.trim() : String(cell ?? ''));

const larger = <T extends Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(array: T, width: number): T => {
  const result = new (array.constructor as new (length: number) => T)(Math.max(array.length * 2, 1024 * width));
  result.set(array);
  return result;
};

function emptyReason(source: TableConfig, skipped: number, header: boolean): string {
  if (skipped > 0) return `offset ${source.offset} leaves none of the ${skipped} samples.`;
  if (source.dropRowsWith?.length) return `every row holds one of the values of dropRowsWith: ${list(source.dropRowsWith)}.`;
  return header ? 'has a header but no rows.' : 'has no rows.';
}

function missingFault(cell: Cell, role: 'feature' | 'label'): string {
  const text = textOf(cell);
  const drop = `leave such rows out with "dropRowsWith": [${JSON.stringify(text)}]`;
  return `${text === '' ? 'is blank' : `holds ${JSON.stringify(text)}, which counts as missing`}; fill the cell, ${role === 'label' ? `or ${drop}` : `${drop}, or let the transform impute fill it in`}.`;
}

/** Dates as ISO 8601, or with day, month and year in any order, and with a time after them or not. */
const date = /^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ]\d{1,2}:\d{2}.*)?$/;

function numberFault(cell: Cell, role: 'feature' | 'label'): string {
  if (cell instanceof Date || (typeof cell === 'string' && date.test(cell.trim())))
    return `holds the date ${cell instanceof Date ? cell.toISOString() : cell.trim()}; what a date means to a model is not guessed: write it as numbers (days since a start, month, weekday) or leave the column out of "columns".`;
  if (typeof cell === 'object') return `holds ${Array.isArray(cell) || ArrayBuffer.isView(cell) ? 'a list' : 'an object'}; numbers, texts and true or false can be read.`;
  const text = textOf(cell);
  if (/^[+-]?(nan|inf(inity)?)$/i.test(text) || (!Number.isFinite(parseFloat(text)) && /^[+-]?\d/.test(text)))
    return `holds ${JSON.stringify(text)}, which is not a finite number.`;
  const hint = role === 'feature' ? /\S\s+\S+\s+\S/.test(text) ? 'the transforms characters and tokenize read texts' : 'list the column in a oneHot transform or leave it out of "columns"' : 'names of classes need the loss crossEntropy';
  return `holds ${JSON.stringify(text)}, which is not a number; ${hint}.`;
}
