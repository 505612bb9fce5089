import type { LossConfig } from '../../engine/loss';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Dataset } from '../../engine/data/dataset';
import { type LoadedData, loadData } from '../../engine/data/load';
import type { DataConfig, SourceConfig, TransformConfig } from '../../engine/data/schema';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

export type Files = Record<string, string | Uint8Array>;

/** A new folder with these files, removed after the tests of the file. */
export function makeFolder(files: Files): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'data-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** Loads from made files. */
export const load = (files: Files, config: DataConfig, options: { loss?: LossConfig | string; seed?: number; root?: string; memory?: number; tokenizer?: string } = {}): Promise<LoadedData> => {
  const directory = makeFolder(files);
  return loadData(config, { directory, seed: 0, ...options, loss: options.loss ?? 'mse', ...(options.root && { root: path.resolve(directory, options.root) }) });
};

/** Loads `t.csv` with the label column y, or another source. */
export const loadCsv = (text: string, extra: Partial<Extract<SourceConfig, { csv: string }>> = {}, loss = 'mse', transforms?: TransformConfig[]): Promise<LoadedData> =>
  load({ 't.csv': text }, { train: { csv: 't.csv', label: 'y', ...extra }, transforms }, { loss });

/** All samples in order. */
export function everything(dataset: Dataset): { inputs: number[][]; labels: number[] } {
  const [{ type, dims }] = dataset.inputs;
  const width = dims.reduce((a, b) => a * b, 1);
  const inputs = new (type === 'int32' ? Int32Array : Float32Array)(dataset.samples * width);
  const labels = new (dataset.labels.type === 'int32' ? Int32Array : Float32Array)(dataset.samples * dataset.labels.dims.reduce((a, b) => a * b, 1));
  dataset.gather(Array.from({ length: dataset.samples }, (_, i) => i), [inputs], labels);
  return { inputs: Array.from({ length: dataset.samples }, (_, i) => [...inputs.subarray(i * width, (i + 1) * width)]), labels: [...labels] };
}

/** An IDX file, written out independently of the reader. */
export function idx(code: number, dims: number[], values: ArrayLike<number>): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.set([0, 0, code, dims.length]);
  dims.forEach((dim, axis) => header.writeUInt32BE(dim, 4 + 4 * axis));
  return Buffer.concat([header, Buffer.from(Uint8Array.from(values))]);
}

/** A .npy file with this header, written out independently of the reader. */
export function npy(descr: string, shape: string, values: Uint8Array, fortran = 'False'): Buffer {
  const text = `{'descr': ${descr.startsWith('[') ? descr : `'${descr}'`}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`.padEnd(117) + '\n';
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), Buffer.from([118, 0]), Buffer.from(text, 'latin1'), values]);
}

export const bytesOf = (array: Float32Array | Float64Array | BigInt64Array | Int32Array | Int16Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
