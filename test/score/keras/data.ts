import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { writeNpy } from '../../../engine/data/npy';
import type { DataConfig, TransformConfig } from '../../../engine/data/schema';
import { InputError } from '../../../engine/errors';
import { writeAtomically } from '../../../engine/run/file';
import { type Case, dataFile } from '../cases';
import { readImages } from './images';
import type { Note } from './layers';

/** How inputs and targets are prepared, as a published sentence says it. */
export interface Preprocessing {
  transforms: TransformConfig[];
  /** Columns to (-1, 1) over the whole file. */
  toRange?: [number, number];
  standardizedTargets: boolean;
}

const list = (text: string, key: string): number[] | undefined => new RegExp(`${key}\\s*=\\s*\\[([^\\]]*)\\]`).exec(text)?.[1].trim().split(/[\s,]+/).map(Number);

/** "none", "x*100 then /100", "/255", "MinMaxScaler(-1,1)", "StandardScaler", "per-channel (x-mean)/std, mean=[...] std=[...]", and what comes of them. */
export function preprocessingOf(text: string, note: Note): Preprocessing {
  const none = /^\s*none\b/i.test(text);
  const range = /MinMaxScaler\s*(?:\(\s*(?:feature_range\s*=\s*)?\(?\s*(-?[\d.]+)\s*,\s*(-?[\d.]+))?/.exec(text);
  const [mean, std] = [list(text, 'mean'), list(text, 'std')];
  const standard = !none && /StandardScaler|standardi[sz]|zero.mean/i.test(text);
  const unscaled = /(targets?|\by)\s+(un|not )/i.test(text);
  const transforms: TransformConfig[] = [
    ...(!none && /\/\s*255/.test(text) ? [{ scale: 1 / 255 }] : []),
    ...(mean && std ? [{ standardize: { per: 'channel' as const, mean, std } }] : standard ? [{ standardize: {} }] : []),
  ];
  const understood = none || range || transforms.length > 0 || /^\s*(as is|raw)?\s*([;,]|$)|one-hot/i.test(text);
  if (!understood) note(`the preprocessing "${text}" is not understood: the data is taken as it is`);
  return {
    transforms,
    ...(range && !none && { toRange: [Number(range[1] ?? 0), Number(range[2] ?? 1)] as [number, number] }),
    standardizedTargets: standard && !unscaled && /(targets?|\by\b)/i.test(text.replace(/y one-hot.*/i, '')),
  };
}

export interface TranslatedData {
  data: DataConfig;
  /** Number of classes; undefined where the targets are numbers. */
  classes?: number;
  /** Dimensions of a sample as the layers see it. */
  dims: number[];
}

/** The first `n_train` rows train, the next `n_val` validate. What our readers do not read as it is is converted into `cache` once. */
export function dataOf({ dataset }: Pick<Case, 'dataset'>, folder: string, cache: string, note: Note): TranslatedData {
  const file = dataFile(folder, dataset.file);
  const preprocessing = preprocessingOf(dataset.preprocess ?? 'none', note);
  return statSync(file).isDirectory() ? imageData(dataset, file, cache, preprocessing) : tableData(dataset, file, cache, preprocessing);
}

type Dataset = Case['dataset'];

function tableData(dataset: Dataset, file: string, cache: string, { transforms, toRange, standardizedTargets }: Preprocessing): TranslatedData {
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const names = header.split(',');
  const rows = lines.map((line) => line.split(',').map(Number));
  enough(dataset, rows.length, file);
  const targets = rows.map((row) => row.at(-1)!);
  const classes = targets.every(Number.isInteger) ? Math.max(...targets) + 1 : undefined;
  const scaled = (toRange && scaleColumns(rows, toRange)) ?? (standardizedTargets ? standardizeLast(rows) : undefined);
  const csv = scaled ? path.join(cache, `${dataset.name}-${toRange ? 'range' : 'targets'}.csv`) : file;
  if (scaled) write(csv, () => `${header}\n${scaled.map((row) => row.join(',')).join('\n')}\n`);
  const source = { csv, label: names.at(-1)! };
  return {
    data: { train: { ...source, limit: dataset.n_train }, validation: { ...source, offset: dataset.n_train, limit: dataset.n_val }, ...(transforms.length > 0 && { transforms }) },
    classes, dims: [names.length - 1],
  };
}

/** Every feature to the range; undefined where all lie in it already from end to end. */
function scaleColumns(rows: number[][], [low, high]: [number, number]): number[][] | undefined {
  const columns = rows[0].length - 1;
  const limits = Array.from({ length: columns }, (_, c) => [Math.min(...rows.map((row) => row[c])), Math.max(...rows.map((row) => row[c]))]);
  if (limits.every(([a, b]) => Math.abs(a - low) < 1e-6 && Math.abs(b - high) < 1e-6)) return undefined;
  return rows.map((row) => row.map((x, c) => (c === columns ? x : low + ((high - low) * (x - limits[c][0])) / (limits[c][1] - limits[c][0] || 1))));
}

function standardizeLast(rows: number[][]): number[][] {
  const targets = rows.map((row) => row.at(-1)!);
  const mean = targets.reduce((a, b) => a + b, 0) / targets.length;
  const std = Math.sqrt(targets.reduce((sum, y) => sum + (y - mean) ** 2, 0) / targets.length) || 1;
  return rows.map((row) => row.with(-1, (row.at(-1)! - mean) / std));
}

function imageData(dataset: Dataset, folder: string, cache: string, { transforms }: Preprocessing): TranslatedData {
  const { dims, pixels, labels } = readImages(folder);
  enough(dataset, labels.length, folder);
  const size = dims.reduce((a, b) => a * b, 1);
  const part = (start: number, count: number) => {
    const base = path.join(cache, `${dataset.name}-${start}-${count}`);
    write(`${base}.npy`, () => writeNpy({ type: 'uint8', dims: [count, ...dims], data: pixels.slice(start * size, (start + count) * size) }));
    write(`${base}-labels.npy`, () => writeNpy({ type: 'uint8', dims: [count], data: labels.slice(start, start + count) }));
    return { npy: `${base}.npy`, labels: `${base}-labels.npy` };
  };
  return {
    data: { train: part(0, dataset.n_train), validation: part(dataset.n_train, dataset.n_val), ...(transforms.length > 0 && { transforms }) },
    classes: Math.max(...labels) + 1, dims,
  };
}

function enough({ n_train, n_val }: Dataset, rows: number, file: string): void {
  if (rows < n_train + n_val) throw new InputError(`the data has ${rows} rows; the case needs ${n_train} to train and ${n_val} to validate`, { file });
}

function write(file: string, content: () => string | Uint8Array): void {
  if (existsSync(file)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeAtomically(file, content());
}
