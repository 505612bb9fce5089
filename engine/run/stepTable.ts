/** The columns of `steps.arrow`: one row per StepRecord. */
import { Bool, Field, FixedSizeList, Float32, Float64, Int32, List, makeData, RecordBatch, Schema, Struct, Uint32, Utf8, type Data } from 'apache-arrow';
import type { Scores } from '../metrics/names';
import { checksum, crc32 } from './file';
import { activationQuantities, histogramBins, histogramQuantities, parameterQuantities, type RunHeader, type StepRecord } from './record';

/** What the rows' lists hold; kept in the schema's metadata. */
export interface StepColumns {
  format: 1;
  /** Names, in the order of the rows of `parameters`. */
  parameters: string[];
  parameterQuantities: string[];
  /** Layers, in the order of the rows of `activations`. */
  activations: string[];
  activationQuantities: string[];
  /** A row for every parameter and every one of these, `histogramBins` long; absent in files from before there were histograms. */
  histogramQuantities?: string[];
  histogramBins?: number;
  /** Columns of JSON, absent in files from before there were any. */
  texts?: string[];
}

export const columnsOf = (header: Pick<RunHeader, 'parameters' | 'activations'>): StepColumns => ({
  format: 1,
  parameters: header.parameters.map(({ name }) => name),
  parameterQuantities: [...parameterQuantities],
  activations: header.activations.map(({ layer }) => layer),
  activationQuantities: [...activationQuantities],
  histogramQuantities: [...histogramQuantities],
  histogramBins,
  texts: Object.keys(texts),
});

type Scalar = { type: typeof Int32 | typeof Float64 | typeof Bool; nullable?: true; get(record: StepRecord): number | undefined };

/** In the order of the file and of the row's checksum. */
export const scalars: Record<string, Scalar> = {
  step: { type: Int32, get: (record) => record.step },
  epoch: { type: Int32, get: (record) => record.epoch },
  seconds: { type: Float64, get: (record) => record.seconds },
  learningRate: { type: Float64, get: (record) => record.learningRate },
  loss: { type: Float64, get: (record) => record.loss },
  metric: { type: Float64, get: (record) => record.metric },
  gradientNorm: { type: Float64, get: (record) => record.gradientNorm },
  clipped: { type: Bool, get: (record) => Number(record.clipped) },
  validationLoss: { type: Float64, nullable: true, get: (record) => record.validation?.loss },
  validationMetric: { type: Float64, nullable: true, get: (record) => record.validation?.metric },
  sharpness: { type: Float64, nullable: true, get: (record) => record.sharpness },
};

/** Columns of JSON: for what few rows or few runs have. In the order of the file and of the row's checksum. */
export const texts: Record<string, { get(record: StepRecord): unknown; set(record: StepRecord, value: never): void }> = {
  origin: { get: ({ origin }) => origin, set: (record, origin: StepRecord['origin']) => { record.origin = origin; } },
  losses: { get: ({ losses }) => losses, set: (record, losses: StepRecord['losses']) => { record.losses = losses; } },
  scores: { get: ({ validation }) => validation?.scores, set: ({ validation }, scores: Scores) => { if (validation) validation.scores = scores; } },
  lossScale: { get: ({ lossScale }) => lossScale, set: (record, lossScale: StepRecord['lossScale']) => { record.lossScale = lossScale; } },
};

type ListName = 'parameters' | 'activations' | 'histograms';

interface ListColumn {
  name: ListName;
  /** Values in a row. */
  size: number;
  /** Rows without values take no room; for what most steps do not have. */
  sparse?: true;
}

/** The list columns that the file has: none for an empty list. */
export const listsOf = ({ parameters, parameterQuantities, activations, activationQuantities, histogramQuantities = [], histogramBins = 0 }: StepColumns): ListColumn[] =>
  ([
    { name: 'parameters', size: parameters.length * parameterQuantities.length },
    { name: 'activations', size: activations.length * activationQuantities.length },
    { name: 'histograms', size: parameters.length * histogramQuantities.length * histogramBins, sparse: true },
  ] satisfies ListColumn[]).filter(({ size }) => size > 0);

const metadataKey = 'adamscope';

export function tableSchema(columns: StepColumns): Schema {
  const text = JSON.stringify(columns);
  return new Schema([
    ...Object.entries(scalars).map(([name, { type, nullable }]) => new Field(name, new type(), nullable ?? false)),
    ...listsOf(columns).map(({ name, size, sparse }) => {
      const item = new Field('item', new Float32(), false);
      return new Field(name, sparse ? new List(item) : new FixedSizeList(size, item), true);
    }),
    ...(columns.texts ?? []).map((name) => new Field(name, new Utf8(), true)),
    new Field('checksum', new Uint32(), false),
  ], new Map([[metadataKey, text], [`${metadataKey}.checksum`, checksum(text)]]));
}

/** The columns that a schema's metadata describe; undefined where they are missing, damaged or do not fit the schema's fields. */
export function columnsIn(schema: Schema): StepColumns | undefined {
  const text = schema.metadata.get(metadataKey);
  if (text === undefined || schema.metadata.get(`${metadataKey}.checksum`) !== checksum(text)) return undefined;
  const columns = JSON.parse(text) as StepColumns;
  const fields = ({ fields }: Schema): string => fields.map(String).join();
  return fields(schema) === fields(tableSchema(columns)) ? columns : undefined;
}

/**
 * CRC-32 of a row that goes on from the row before, so that a changed, missing or moved row is noticed. Absent values count as such;
 * every NaN counts as the same NaN.
 */
export function rowChecksum(record: StepRecord, lists: ListColumn[], before: number): number {
  const values = Object.values(scalars).map(({ get }) => get(record));
  const present = [...values, ...lists.map(({ name }) => record[name])].map((value) => Number(value !== undefined));
  let crc = crc32(Float64Array.from(values, (value) => (value === undefined || Number.isNaN(value) ? NaN : value)), before);
  crc = crc32(Uint8Array.from(present), crc);
  for (const { name } of lists) if (record[name]) crc = crc32(record[name], crc);
  for (const { get } of Object.values(texts)) if (get(record) !== undefined) crc = crc32(JSON.stringify(get(record)), crc);
  return crc;
}

/**
 * Brings the rows of a file to this version's quantities, by name: quantities are added from version to version, and what the file's version did
 * not measure is NaN.
 */
export function currentRows(columns: StepColumns): (record: StepRecord) => StepRecord {
  const parameters = arrange(columns.parameterQuantities, parameterQuantities);
  const activations = arrange(columns.activationQuantities, activationQuantities);
  return (record) => ({
    ...record,
    ...(record.parameters && { parameters: parameters(record.parameters) }),
    ...(record.activations && { activations: activations(record.activations) }),
  });
}

/** From rows of the quantities `old` to rows of `current`. */
function arrange(old: readonly string[], current: readonly string[]): (rows: Float32Array) => Float32Array {
  if (old.join() === current.join()) return (rows) => rows;
  const from = current.map((name) => old.indexOf(name));
  return (rows) => Float32Array.from({ length: (rows.length / old.length) * current.length }, (_, i) => {
    const column = from[i % current.length];
    return column < 0 ? NaN : rows[Math.floor(i / current.length) * old.length + column];
  });
}

/** Rows as one Arrow record batch. */
export function toBatch(schema: Schema, columns: StepColumns, records: StepRecord[], checksums: number[]): RecordBatch {
  const lists = listsOf(columns);
  const length = records.length;
  const children: Data[] = Object.values(scalars).map(({ type, nullable, get }) => {
    const values = records.map(get);
    const validity = nullable ? validityOf(values) : {};
    if (type === Bool) return makeData({ type: new Bool(), length, ...validity, data: bitmap(values.map(Boolean)) });
    const data = values.map((value) => value ?? 0);
    return type === Int32
      ? makeData({ type: new Int32(), length, ...validity, data: Int32Array.from(data) })
      : makeData({ type: new Float64(), length, ...validity, data: Float64Array.from(data) });
  });
  for (const list of lists) children.push(listData(schema, list, records.map((record) => record[list.name])));
  for (const name of columns.texts ?? []) children.push(textData(records.map(texts[name].get).map((value) => (value === undefined ? undefined : JSON.stringify(value)))));
  children.push(makeData({ type: new Uint32(), length, data: Uint32Array.from(checksums) }));
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }));
}

function listData(schema: Schema, { name, size, sparse }: ListColumn, rows: (Float32Array | undefined)[]): Data {
  const { type } = schema.fields.find((field) => field.name === name)!;
  // Where the row's values end in `data`; a dense column leaves a gap for a row without values.
  const ends = Int32Array.from(rows, ((end) => (row) => (end += sparse && !row ? 0 : size))(0));
  const data = new Float32Array(ends.at(-1) ?? 0);
  rows.forEach((row, i) => row && data.set(row, ends[i] - size));
  const child = makeData({ type: new Float32(), data });
  const common = { length: rows.length, ...validityOf(rows) };
  return sparse
    ? makeData({ type: type as List<Float32>, ...common, valueOffsets: Int32Array.of(0, ...ends), child })
    : makeData({ type: type as FixedSizeList<Float32>, ...common, child });
}

function textData(rows: (string | undefined)[]): Data {
  const texts = rows.map((row) => Buffer.from(row ?? ''));
  const ends = Int32Array.from(texts, ((end) => ({ length }) => (end += length))(0));
  return makeData({ type: new Utf8(), length: rows.length, ...validityOf(rows), valueOffsets: Int32Array.of(0, ...ends), data: Buffer.concat(texts) });
}

const validityOf = (values: unknown[]): { nullCount: number; nullBitmap: Uint8Array } => ({
  nullCount: values.filter((value) => value === undefined).length,
  nullBitmap: bitmap(values.map((value) => value !== undefined)),
});

/** Least significant bit first, as Arrow has it. */
function bitmap(bits: boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 64) * 8);
  bits.forEach((bit, i) => { if (bit) bytes[i >> 3] |= 1 << (i & 7); });
  return bytes;
}
