import { readSync } from 'node:fs';
import { type AsyncBuffer, type Compressors, type FileMetaData, parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { InputError } from '../../errors';
import { openFile } from '../file';
import { type Samples, list } from '../samples';
import type { ParquetConfig } from '../schema';
import { Table, type TableOptions } from './table';

/** Rows turned into numbers at once. */
const rowsAtOnce = 1 << 14;
/** Largest row group, packed and unpacked: what is read as one piece. */
const largestGroup = 2 ** 31;
/** A page unpacks to no more than this, nor to more than `bestRatio` times its size beyond a floor. */
const largestPage = 2 ** 30;
const bestRatio = 1 << 16;

/** https://parquet.apache.org/docs/file-format; one row group is in memory at a time. */
export async function readParquet(source: ParquetConfig, options: TableOptions): Promise<Samples> {
  const file = source.parquet;
  const buffer = openBuffer(file, options);
  const metadata = await guarded(file, () => parquetMetadataAsync(buffer));
  await guarded(file, async () => checkMetadata(metadata, buffer.byteLength, file));
  const names = await guarded(file, async () => parquetSchema(metadata).children.map(({ element }) => element.name));
  if (!names.every((name) => typeof name === 'string')) throw new InputError('the Parquet data is damaged: a column has no name.', { file });
  const table = new Table(source, file, options, () => ({}));
  table.begin(names, undefined, true);
  const columns = table.used;
  let record = 0;
  for (const group of metadata.row_groups) {
    const end = record + Number(group.num_rows);
    while (record < end) {
      const rowEnd = Math.min(end, record + rowsAtOnce);
      const rows = await guarded(file, () => parquetReadObjects({ file: buffer, metadata, compressors: bounded, columns, rowStart: record, rowEnd }));
      if (rows.length !== rowEnd - record) throw new InputError(`the Parquet data is damaged: rows ${record} to ${rowEnd - 1} are declared, ${rows.length} are there.`, { file });
      for (const row of rows) if (table.add(names.map((name) => row[name] as unknown), record++) === 'done') return table.finish();
    }
  }
  return table.finish();
}

function openBuffer(name: string, options: TableOptions): AsyncBuffer {
  const { descriptor, bytes } = openFile(name, options);
  if (bytes === 0) throw new InputError('is empty.', { file: name });
  return {
    byteLength: bytes,
    slice(start, end = bytes) {
      const from = start < 0 ? bytes + start : start;
      const length = end - from;
      if (!(from >= 0 && length >= 0 && end <= bytes)) throw new RangeError(`bytes ${from} to ${end} are asked for, the file has ${bytes}`);
      const part = Buffer.alloc(length);
      for (let done = 0; done < length;) {
        const read = readSync(descriptor, part, done, length - done, from + done);
        if (read === 0) throw new RangeError(`the file ends at byte ${from + done}`);
        done += read;
      }
      return part.buffer.slice(part.byteOffset, part.byteOffset + length) as ArrayBuffer;
    },
  };
}

/** What a damaged header declares must be possible before memory is asked for. */
const bounded: Compressors = Object.fromEntries(Object.entries(compressors).map(([codec, unpack]) => [codec, (input: Uint8Array, length: number) => {
  if (length > largestPage || length > input.length * bestRatio + (1 << 20)) throw new RangeError(`a page of ${input.length} bytes cannot unpack to ${length}`);
  return unpack!(input, length);
}]));

function checkMetadata({ row_groups: groups, num_rows: declared }: FileMetaData, bytes: number, file: string): void {
  const fail = (message: string): never => {
    throw new InputError(`the Parquet data is damaged: ${message}.`, { file });
  };
  let rows = 0n;
  for (const { columns, num_rows } of groups) {
    if (num_rows < 0n || num_rows > largestGroup) fail(`a row group declares ${num_rows} rows`);
    rows += num_rows;
    for (const { meta_data: column } of columns) {
      if (!column) continue;
      const { total_compressed_size: packed, total_uncompressed_size: unpacked, num_values: values, path_in_schema: path } = column;
      if (packed < 0n || packed > bytes || unpacked < 0n || unpacked > largestGroup || values < 0n || values > largestGroup)
        fail(`column ${list([path.join('.')])} declares ${values} values in ${packed} bytes that unpack to ${unpacked}`);
    }
  }
  if (rows !== declared) fail(`it declares ${declared} rows, its row groups hold ${rows}`);
}

/** What the library throws of damaged data may be anything. */
async function guarded<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof InputError) throw error;
    const message = (error as Error).message.replace(/\.?\s*$/, '').slice(0, 160);
    throw new InputError(/not parquet|PAR1/i.test(message) ? 'is not a Parquet file (it must start and end with PAR1).' : `the Parquet data is damaged (${message}).`, { file });
  }
}
