/** Formats beside CSV and arrays: what a good file gives, from memory and from the disk, and what is said of a damaged one. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../engine/errors';
import type { DataConfig, SourceConfig } from '../../engine/data/schema';
import { type Files, bytesOf, everything, idx, load, npy } from './folder';

const parquet = (columns: Record<string, unknown[]>, options: object = {}): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({ columnData: Object.entries(columns).map(([name, data]) => ({ name, data: data as never[] })), ...options }));

/** Records of CIFAR: labels, then pixels that differ in every record. */
const cifar = (labels: number[][]): Buffer => Buffer.concat(labels.map((bytes, i) => Buffer.concat([Buffer.from(bytes), Buffer.from(Uint8Array.from({ length: 3072 }, (_, j) => (i * 31 + j) % 256))])));

const lines = '{"a": 1, "b": "x", "y": 3}\n\n{"y": -4, "a": true, "b": "z", "more": []}\r\n{"a": 2e1, "b": "x", "y": "5"}';
const columns = { a: [1, 2.5, -3], b: ['x', 'z', 'x'], y: [3n, 4n, 5n] };
const jsonLines: SourceConfig = { jsonLines: 't.jsonl', label: 'y' };
const table: SourceConfig = { parquet: 't.parquet', label: 'y' };
const transforms = [{ oneHot: { columns: ['b'] } }];

describe('JSON Lines', () => {
  test('keys in any order, blank lines, truth values', async () => {
    const { train } = await load({ 't.jsonl': lines }, { train: jsonLines, transforms });
    expect(train.columns).toEqual(['a', 'b=x', 'b=z']);
    expect(everything(train)).toEqual({ inputs: [[1, 1, 0], [1, 0, 1], [20, 1, 0]], labels: [3, -4, 5] });
  });
  test('classes, gzip, limit', async () => {
    const { train } = await load({ 't.jsonl': gzipSync(lines) }, { train: { jsonLines: 't.jsonl', label: 'b', columns: ['a'], limit: 2 } }, { loss: 'crossEntropy' });
    expect(train.classes).toEqual(['x', 'z']);
    expect(everything(train)).toEqual({ inputs: [[1], [1]], labels: [0, 1] });
  });
});

describe('Parquet', () => {
  test.each([['UNCOMPRESSED'], ['SNAPPY']])('numbers, texts and 64-bit integers, %s, several row groups', async (codec) => {
    const { train } = await load({ 't.parquet': parquet(columns, { codec, rowGroupSize: 2 }) }, { train: table, transforms });
    expect(train.columns).toEqual(['a', 'b=x', 'b=z']);
    expect(everything(train)).toEqual({ inputs: [[1, 1, 0], [2.5, 0, 1], [-3, 1, 0]], labels: [3, 4, 5] });
  });
  test('offset, limit, chosen columns', async () => {
    const { train } = await load({ 't.parquet': parquet({ ...columns, y: [3, 4, 5], c: [7, 8, 9] }) }, { train: { ...table, columns: ['c', 'a'], offset: 1, limit: 2 } });
    expect(everything(train)).toEqual({ inputs: [[8, 2.5], [9, -3]], labels: [4, 5] });
  });
});

test('TSV has tabs by its name', async () => {
  const { train } = await load({ 't.tsv': 'a,b\ty\n1\t2\n3\t4' }, { train: { csv: 't.tsv', label: 'y' } });
  expect([train.columns, everything(train)]).toEqual([['a,b'], { inputs: [[1], [3]], labels: [2, 4] }]);
});

describe('CIFAR', () => {
  const pixels = (i: number) => Array.from({ length: 3072 }, (_, j) => (i * 31 + j) % 256);
  test('several files of CIFAR-10, one of them packed', async () => {
    const { train } = await load({ 'a.bin': cifar([[9], [0]]), 'b.bin.gz': gzipSync(cifar([[3]])) }, { train: { cifar: ['a.bin', 'b.bin.gz'] } }, { loss: 'crossEntropy' });
    expect(train.inputs).toEqual([{ type: 'float32', dims: [3, 32, 32] }]);
    expect(everything(train)).toEqual({ inputs: [pixels(0), pixels(1), pixels(0)], labels: [9, 0, 3] });
  });
  test('CIFAR-100, fine and coarse, from the second record on, scaled', async () => {
    const files = { 'a.bin': cifar([[1, 2], [19, 99], [0, 0]]) };
    const scale = { scale: { from: [0, 255], to: [-1, 1] } };
    for (const [kind, labels] of [['cifar100', [99, 0]], ['cifar100-coarse', [19, 0]]] as const) {
      const { train } = await load(files, { train: { cifar: 'a.bin', kind, offset: 1 }, transforms: [scale] }, { loss: 'crossEntropy' });
      const { inputs, labels: ids } = everything(train);
      expect(ids).toEqual(labels);
      expect(inputs).toEqual([1, 2].map((i) => pixels(i).map((value) => Math.fround((2 / 255) * value - 1))));
    }
  });
  test('images that are augmented lie in shared memory, as plain bytes', async () => {
    const { train } = await load({ 'a.bin': cifar([[9], [0]]) }, { train: { cifar: 'a.bin' }, transforms: [{ horizontalFlip: { p: 0 } }] }, { loss: 'crossEntropy' });
    const { source } = train.spec.inputs;
    const data = source.kind === 'memory' ? source.data : undefined;
    expect([data?.constructor, data?.buffer.constructor]).toEqual([Uint8Array, SharedArrayBuffer]);
    expect(everything(train).inputs).toEqual([pixels(0), pixels(1)]);
  });
});

describe('data larger than the memory it may take', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({ a: i * 1.25 - 1000, b: ['x', 'y', 'z'][(i * 7) % 3], c: (i * i) % 97, y: i % 4 }));
  const numbers = Float32Array.from({ length: 3000 }, (_, i) => (i * 37) % 101);
  const csv = `a,b,c,y\n${rows.map(({ a, b, c, y }) => `${a},${b},${c},${y}`).join('\n')}`;
  const same: [string, Files, DataConfig][] = [
    ['CSV', { 't.csv': csv }, { train: { csv: 't.csv', label: 'y' } }],
    ['packed CSV', { 't.csv.gz': gzipSync(csv) }, { train: { csv: 't.csv.gz', label: 'y' } }],
    ['JSON Lines', { 't.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') }, { train: jsonLines }],
    ['Parquet', { 't.parquet': parquet({ a: rows.map(({ a }) => a), b: rows.map(({ b }) => b), c: rows.map(({ c }) => c), y: rows.map(({ y }) => y) }) }, { train: table }],
  ];
  const tabular: Omit<DataConfig, 'train'> = { validation: 0.2, transforms: [{ standardize: { columns: ['a', 'c'] } }, { oneHot: { columns: ['b'] } }, { scale: 0.5 }] };
  const arrays: [string, Files, DataConfig][] = [
    ['npy', { 'x.npy': npy('<f4', '(1000, 3)', bytesOf(numbers)), 'y.npy': npy('|u1', '(1000,)', Uint8Array.from({ length: 1000 }, (_, i) => i % 3)) }, { train: { npy: 'x.npy', labels: 'y.npy', offset: 10, limit: 900 } }],
    ['big-endian npy', { 'x.npy': npy('>i2', '(500, 2)', Buffer.from(bytesOf(Int16Array.from({ length: 1000 }, (_, i) => i * 31))).swap16()), 'y.npy': npy('|u1', '(500,)', new Uint8Array(500)) }, { train: { npy: 'x.npy', labels: 'y.npy', inputType: 'float32' } }],
    ['IDX', { 'x.idx': idx(8, [900, 2, 2], Array.from({ length: 3600 }, (_, i) => i % 251)), 'y.idx': idx(8, [900], Array.from({ length: 900 }, (_, i) => i % 10)) }, { train: { idx: 'x.idx', labels: 'y.idx' } }],
  ];
  const cases: { name: string; files: Files; data: DataConfig }[] = [
    ...same.map(([name, files, data]) => ({ name, files, data: { ...data, ...tabular } })),
    ...arrays.map(([name, files, data]) => ({ name, files, data: { ...data, validation: 0.2, transforms: [{ standardize: {} }] } })),
  ];
  test.each(cases)(
    '$name: samples from the disk are those from memory, bit by bit', async ({ files, data }) => {
      const [inMemory, onDisk] = [await load(files, data, { loss: 'crossEntropy' }), await load(files, data, { loss: 'crossEntropy', memory: 100 })];
      // MNIST-like bytes take another path in memory: one table instead of a sum; both are float64 rounded once to float32.
      expect(everything(onDisk.train)).toEqual(everything(inMemory.train));
      expect(everything(onDisk.validation!)).toEqual(everything(inMemory.validation!));
    });
});

const good = parquet(columns);
/** The file with the last four of its footer's bytes overwritten. */
const footer = (bytes: Uint8Array, length: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(length, copy.length - 8);
  return copy;
};
interface Case {
  name: string;
  files: Files;
  train: SourceConfig;
  /** Exact, or what the sentence must match where a library says the rest. */
  message: string | RegExp;
  loss?: string;
}
const json = (name: string, text: string | Uint8Array, message: string | RegExp, extra = {}, loss?: string): Case => ({ name: `JSON Lines: ${name}`, files: { 't.jsonl': text }, train: { ...jsonLines, ...extra }, message, loss });
const pq = (name: string, bytes: Uint8Array, message: string | RegExp, extra = {}): Case => ({ name: `Parquet: ${name}`, files: { 't.parquet': bytes }, train: { ...table, columns: ['a'], ...extra }, message });
const bin = (name: string, bytes: Uint8Array, message: string, extra = {}): Case => ({ name: `CIFAR: ${name}`, files: { 'a.bin': bytes }, train: { cifar: 'a.bin', ...extra } as SourceConfig, message, loss: 'crossEntropy' });

test.each<Case>([
  json('an empty file', '', 't.jsonl: is empty.'),
  json('blank lines only', '\n\n', 't.jsonl: is empty.'),
  json('cut in the last line', '{"a": 1, "y": 2}\n{"a": 1, "y"', /^t\.jsonl:2: is not JSON \(.+\); each line holds one object\.$/),
  json('a list', '[1, 2]', 't.jsonl:1: holds a list; each line holds one object, as in {"age": 39, "income": "low"}.'),
  json('a whole document', '{\n"a": 1}', /^t\.jsonl:1: is not JSON \(.+\); each line holds one object\.$/),
  json('a list as a value', '{"a": 1, "y": 2}\n{"a": [1], "y": 2}', 't.jsonl:2: column "a" holds a list; numbers, texts and true or false can be read.'),
  json('an object as a category', '{"a": {}, "y": 2}', 't.jsonl:1: column "a" holds an object; numbers, texts and true or false can be read.'),
  json('a missing key', '{"a": 1, "y": 2}\n{"y": 2}', 't.jsonl:2: column "a" is blank; fill the cell, leave such rows out with "dropRowsWith": [""], or let the transform impute fill it in.'),
  json('null', '{"a": null, "y": 2}', 't.jsonl:1: column "a" is blank; fill the cell, leave such rows out with "dropRowsWith": [""], or let the transform impute fill it in.'),
  json('a date', '{"a": "2024-02-29", "y": 2}', 't.jsonl:1: column "a" holds the date 2024-02-29; what a date means to a model is not guessed: write it as numbers (days since a start, month, weekday) or leave the column out of "columns".'),
  json('an unknown label', '{"a": 1}', 't.jsonl:1: label is "y", but there is no such column; the columns are "a".'),
  json('an endless line', `{"a": "${'x'.repeat(1 << 23)}`, 't.jsonl:1: the line is longer than 4194304 characters; every sample stands on a line of its own.'),
  json('no UTF-8', Buffer.from([0x7b, 0xff]), 't.jsonl: is not UTF-8 text; save it as UTF-8.'),
  json('cut gzip', gzipSync(lines).subarray(0, 40), 't.jsonl: the gzip data ends too early; the file is cut off.', { columns: ['a'] }),
  json('a limit that leaves nothing', '{"a": 1, "y": 2}', 't.jsonl: offset 3 leaves none of the 1 samples.', { offset: 3 }),

  pq('an empty file', new Uint8Array(), 't.parquet: is empty.'),
  pq('another format', Buffer.from('a,b,y\n1,2,3\n4,5,6\n'), 't.parquet: is not a Parquet file (it must start and end with PAR1).'),
  pq('cut at the end', good.subarray(0, -20), 't.parquet: is not a Parquet file (it must start and end with PAR1).'),
  pq('cut at the start', good.subarray(60), /^t\.parquet: the Parquet data is damaged \(.+\)\.$/),
  pq('a footer larger than the file', footer(good, 0xfffffff0), /^t\.parquet: the Parquet data is damaged \(.+\)\.$/),
  pq('a footer of zeros', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(100), footer(good, 100).subarray(-8)]), /^t\.parquet: .+/),
  pq('damaged pages', Buffer.concat([good.subarray(0, 4), Buffer.alloc(30, 0xff), good.subarray(34)]), /^t\.parquet: .+/),
  pq('dates', parquet({ a: [new Date('2024-02-29T00:00:00Z'), new Date(0)], y: [1, 2] }), 't.parquet: column "a" holds the date 2024-02-29T00:00:00.000Z; what a date means to a model is not guessed: write it as numbers (days since a start, month, weekday) or leave the column out of "columns".'),
  pq('texts in a column of numbers', parquet({ a: ['x', 'z'], y: [1, 2] }), 't.parquet: column "a" holds "x", which is not a number; list the column in a oneHot transform or leave it out of "columns".'),
  pq('no rows', parquet({ a: [], y: [] }, { schema: [{ name: 'root', num_children: 2 }, { name: 'a', type: 'DOUBLE', repetition_type: 'OPTIONAL' }, { name: 'y', type: 'DOUBLE', repetition_type: 'OPTIONAL' }] }), 't.parquet: has a header but no rows.'),
  pq('an unknown column', good, 't.parquet: columns is "c", but there is no such column; the columns are "a", "b", "y".', { columns: ['c'] }),

  bin('an empty file', new Uint8Array(), 'a.bin: is empty.'),
  bin('cut', cifar([[1], [2]]).subarray(0, -1), 'a.bin: has 6145 bytes, which is no whole number of cifar10 records of 3073 bytes; the file is cut off or of another kind.'),
  bin('CIFAR-100 read as CIFAR-10', cifar([[1, 2]]), 'a.bin: has 3074 bytes, which is no whole number of cifar10 records of 3073 bytes; the file is cut off or of another kind.'),
  bin('a label out of range', cifar([[1], [10]]), 'a.bin: byte 3073: sample 1 has the label 10; labels of cifar10 are 0 to 9.'),
])('$name', async ({ files, train, message, loss }) => {
  const error: unknown = await load(files, { train }, { loss }).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(InputError);
  if (typeof message === 'string') expect((error as Error).message).toBe(message);
  else expect((error as Error).message).toMatch(message);
});

test('whatever byte of a Parquet file is damaged, it is read or refused with a sentence', async () => {
  for (let at = 0; at < good.length; at += 3) {
    const copy = Buffer.from(good);
    copy[at] ^= 0xff;
    const result = await load({ 't.parquet': copy }, { train: { ...table, columns: ['a'] } }).then(() => undefined, (error: unknown) => error);
    if (result !== undefined) expect(result, `byte ${at}: ${String(result)}`).toBeInstanceOf(InputError);
  }
});

test('whatever number of three in a Parquet file is five million millions, it is read as it was or refused with a sentence', async () => {
  const files = { train: { parquet: 't.parquet', label: 'y' } } satisfies DataConfig;
  const small = Buffer.from(parquet({ a: [1, 2, 3], y: [0, 1, 0] }));
  const whole = everything((await load({ 't.parquet': small }, files)).train);
  const said: string[] = [];
  // 3 and 5e12 as variable-length integers of Thrift's compact protocol (zigzag); the footer grows by what the larger one takes more.
  for (let at = small.indexOf(6); at >= 0; at = small.indexOf(6, at + 1)) {
    const copy = Buffer.concat([small.subarray(0, at), Buffer.from([0x80, 0xc0, 0xca, 0xf3, 0x84, 0xa3, 0x02]), small.subarray(at + 1)]);
    copy.writeUInt32LE(copy.readUInt32LE(copy.length - 8) + 6, copy.length - 8);
    await load({ 't.parquet': copy }, files).then(({ train }) => expect(everything(train)).toEqual(whole), (error: unknown) => {
      expect(error).toBeInstanceOf(InputError);
      said.push((error as Error).message);
    });
  }
  expect(said).toContain('t.parquet: the Parquet data is damaged: a row group declares 5000000000000 rows.');
  expect(said).toContain('t.parquet: the Parquet data is damaged: it declares 5000000000000 rows, its row groups hold 3.');
});
