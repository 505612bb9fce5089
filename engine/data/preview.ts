/** What the data of a run file look like, for the terminal and the editor: columns as they stand in the file, a few samples as the model sees them. */
import { deflateSync, crc32 } from 'node:zlib';
import { epochOrder, type Dataset, type LabelPart } from './dataset';
import type { LoadedData, LoadedText } from './load';
import { elements, type Samples } from './samples';
import { openSource } from './sources/source';
import type { Role } from './split';
import { Running, type Statistics } from './summary';
import type { Vocabulary } from './tokens/tokens';

/** A column of a table before the transforms. */
export interface ColumnPreview {
  name: string;
  kind: 'number' | 'category';
  missing: number;
  /** Of numbers. */
  range?: Statistics;
  /** Of a category: how many there are, and the most frequent. */
  categories?: { count: number; most: { name: string; count: number }[] };
}

export interface SamplePreview {
  /** The class, or the numbers to predict. */
  label: string;
  /** A PNG as data URI. */
  image?: string;
  /** Where the sample is tokens of a text: as the model sees it. */
  text?: string;
  /** Where the sample is neither. */
  values?: number[];
}

export interface TextPreview {
  /** Ids that there are. */
  vocabulary: number;
  /** Tokens of a sample. */
  length: number;
  /** Tokens of a training text before it is cut or padded. */
  tokens: Statistics;
  /** Share of the training texts that are cut. */
  truncated: number;
  /** Share of the tokens that the vocabulary does not have, of the last part looked at: test, validation or training. */
  unknown?: { role: Role; share: number };
}

export interface DataPreview {
  name: string;
  parts: { role: 'train' | 'validation' | 'test'; samples: number; classes?: number[] }[];
  input: { type: string; dims: number[] };
  /** Of several outputs those of the first that has classes. */
  classes?: string[];
  /** Numbers to predict, of the training part; of several outputs all of them together. */
  targets?: Statistics;
  columns?: ColumnPreview[];
  /** Rows that the columns were looked at in: all, or evenly spread ones. */
  rows?: number;
  text?: TextPreview;
  /** Names of the values of a sample after the transforms. */
  features?: string[];
  samples: SamplePreview[];
  /** What is wrong, worst first. */
  problems: { severity: 'error' | 'warning' | 'information'; title: string; explanation: string }[];
}

const mostRows = 100_000;
const mostTexts = 10_000;
const mostSamples = 12;
/** Of a sample that is neither image nor text. */
const mostValues = 200;
const mostCategories = 5;

/** Columns of a table as they were read; undefined where the data are no table. */
export function previewColumns({ count, features: { columns, source } }: Samples): Pick<DataPreview, 'columns' | 'rows'> {
  if (!columns) return {};
  const rows = Math.min(count, mostRows);
  const read = openSource(source);
  const values = new Float64Array(columns.length);
  const found = columns.map(({ name, categories }) => ({ name, missing: 0, range: new Running(), counts: categories?.map(() => 0), categories }));
  for (let i = 0; i < rows; i++) {
    read(Math.floor((i * count) / rows), values, 0);
    found.forEach((column, j) => {
      if (Number.isNaN(values[j])) column.missing++;
      else if (column.counts) column.counts[values[j]]++;
      else column.range.add([values[j]]);
    });
  }
  return {
    rows,
    columns: found.map(({ name, missing, range, counts, categories }) => ({
      name, missing,
      ...(counts
        ? { kind: 'category' as const, categories: { count: categories!.length, most: categories!.map((text, id) => ({ name: text, count: counts[id] })).sort((a, b) => b.count - a.count).slice(0, mostCategories) } }
        : { kind: 'number' as const, ...(missing < rows && { range: range.result() }) }),
    })),
  };
}

export function previewDatasets(data: LoadedData, config: { data: { shuffle?: boolean }; seed: number }): Omit<DataPreview, 'name' | 'columns' | 'rows' | 'problems'> {
  const { train } = data;
  const targets = new Running();
  const named = train.targets.find(({ classes }) => classes);
  const parts = (['train', 'validation', 'test'] as const).flatMap((role) => {
    const part = data[role];
    if (!part) return [];
    const counts = named?.classes!.map(() => 0);
    const labels = row(part.labels);
    for (let i = 0; i < part.samples; i++) {
      part.gather([i], [], labels);
      if (named) for (const id of own(named, labels)) counts![id]++;
      if (role === 'train') for (const target of train.targets) if (!target.classes) targets.add(own(target, labels));
    }
    return [{ role, samples: part.samples, ...(counts && { classes: counts }) }];
  });
  const [input] = train.inputs;
  return {
    parts, input, classes: named?.classes, features: train.columns,
    ...(train.targets.some(({ classes }) => !classes) && { targets: targets.result() }),
    ...(data.text && { text: textOf(data, data.text) }),
    samples: samplesOf(data, epochOrder(train.samples, config, 0).subarray(0, mostSamples)),
  };
}

const row = ({ type, dims }: { type: string; dims: number[] }): Float32Array | Int32Array => new (type === 'int32' ? Int32Array : Float32Array)(elements(dims));

function textOf(data: LoadedData, { tokens, vocabulary }: LoadedText): TextPreview {
  const counts = new Running();
  counts.add(tokens);
  const [length] = data.train.inputs[0].dims;
  const role = (['test', 'validation', 'train'] as const).find((each) => data[each])!;
  return {
    vocabulary: vocabulary.size, length, tokens: counts.result(),
    truncated: tokens.reduce((sum, count) => sum + Number(count > length), 0) / tokens.length,
    ...(vocabulary.unknown !== undefined && { unknown: { role, share: unknownShare(data[role]!, vocabulary) } }),
  };
}

/** Of the tokens of at most 10,000 evenly spread samples. */
function unknownShare(part: Dataset, { unknown, padding }: Vocabulary): number {
  const [values, labels] = [row(part.inputs[0]), row(part.labels)];
  const looked = Math.min(part.samples, mostTexts);
  let [missing, all] = [0, 0];
  for (let i = 0; i < looked; i++) {
    part.gather([Math.floor((i * part.samples) / looked)], [values], labels);
    for (const id of values) {
      all += Number(id !== padding);
      missing += Number(id === unknown);
    }
  }
  return all > 0 ? missing / all : 0;
}

/** What of a row of labels is one output's. */
const own = ({ before, dims }: LabelPart, labels: Float32Array | Int32Array): Float32Array | Int32Array => labels.subarray(before, before + elements(dims));


/** The first of an epoch, as they are trained on. */
function samplesOf({ train, text }: LoadedData, order: Uint32Array): SamplePreview[] {
  const [{ dims, type }] = train.inputs;
  const [values, labels] = [row({ type, dims }), row(train.labels)];
  return Array.from(order, (index) => {
    train.gather([index], [values], labels, 0);
    const label = train.targets.map((target) => {
      const words = Array.from(own(target, labels).subarray(0, 8), (value) => (target.classes ? target.classes[value] : String(Number(value.toPrecision(6))))).join(', ');
      return target.output === undefined ? words : `${target.output} ${words}`;
    }).join(' · ');
    // The label of a window is the window one token later.
    if (text) return { label: train.labels.dims.length > 0 ? `… ${text.vocabulary.decode(labels.subarray(-1))}` : label, text: text.vocabulary.decode(values) };
    return isImage(dims) ? { label, image: pngUri(values, dims) } : { label, values: [...values.subarray(0, mostValues)] };
  });
}

const isImage = (dims: number[]): boolean => dims.length === 3 && (dims[0] === 1 || dims[0] === 3);

/** The smallest value black, the largest white. */
function pngUri(values: ArrayLike<number>, [channels, height, width]: number[]): string {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const plane = width * height;
  const rows = Buffer.alloc(height * (1 + width * channels));
  for (let y = 0, at = 0; y < height; y++) {
    rows[at++] = 0; // no filter
    for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) rows[at++] = Math.round((255 * (values[c * plane + y * width + x] - low)) / (high - low || 1));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 3 ? 2 : 0, 0, 0, 0], 8);
  const bytes = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
  return `data:image/png;base64,${bytes.toString('base64')}`;
}

/** https://www.w3.org/TR/png-3/#5Chunk-layout */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
