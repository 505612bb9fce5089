import { createHash } from 'node:crypto';
import { tables } from './data';

export type RunFile = Record<string, unknown>;

/** A run and what must be found in it. */
export interface Case {
  /** Unique; also the name of its record. */
  name: string;
  /** What its seeds have in common. */
  setUp: string;
  /** `calibration`: thresholds are chosen on these; `adam`: judged on these. */
  set: 'calibration' | 'adam';
  /** The rule that must speak; absent for a healthy run. */
  rule?: string;
  /** Rules that name the same fault as rightly: the case counts as rightly named by any of them. */
  also: readonly string[];
  /** What is wrong, for the table of the Adam faults. */
  fault?: string;
  /** Name of the healthy run that it is compared with. */
  twin?: string;
  config: RunFile;
  seed: number;
}

/** The same for every seed: the last part of the name. */
export const withSeeds = (entry: Omit<Case, 'seed' | 'setUp'>, seeds: number): Case[] =>
  Array.from({ length: seeds }, (_, seed) => ({
    ...entry, setUp: entry.name, name: `${entry.name}-${seed}`, ...(entry.twin && { twin: `${entry.twin}-${seed}` }), config: { ...entry.config, seed: 11 * seed + 5 }, seed,
  }));

const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);

const digests = new Map<string, string>();

/** Of a data set of ours; nothing for others. */
function dataDigest(csv: unknown): string | undefined {
  const make = typeof csv === 'string' ? tables[csv.replace(/\.csv$/, '')] : undefined;
  if (make && !digests.has(csv as string)) digests.set(csv as string, digest(make()));
  return digests.get(csv as string);
}

/** Changes with the run file and its data: a stored record of others is out of date. */
export const keyOf = ({ config }: Case): string => digest([config, dataDigest((config.data as { train: RunFile }).train.csv)]);

export const regression = (data: string): boolean => /^(sine|friedman|linear)/.test(data);

const source = (data: string): RunFile => {
  if (data === 'linear') return { simulated: 'linear', samples: 500, features: 8, noise: 0.1, seed: 31 };
  if (data === 'digits' || data === 'images') return { csv: 'digits.csv', label: 'target', ...(data === 'images' && { reshape: [1, 8, 8] }) };
  return { csv: `${data}.csv`, label: 'y', ...(/tokens|letters/.test(data) && { inputType: 'int32' }) };
};

/** A run file: a data set, layers, an optimizer ("adam 1e-3") and what differs from the rest. */
export function runFile(data: string, layers: unknown[], optimizer: string | RunFile, { data: more, ...rest }: RunFile & { data?: RunFile } = {}): RunFile {
  const pixels = data === 'digits' || data === 'images';
  return {
    model: { layers },
    data: { train: source(data), validation: 0.2, ...(pixels && { transforms: [{ scale: { from: [0, 16], to: [0, 1] } }] }), ...more },
    loss: regression(data) ? 'mse' : 'crossEntropy',
    optimizer: typeof optimizer === 'string' ? optimizerOf(optimizer) : optimizer,
    batchSize: 32,
    epochs: pixels ? 8 : 12,
    device: 'cpu',
    ...rest,
  };
}

/** "sgd 0.1 momentum=0.9" */
export function optimizerOf(text: string): RunFile {
  const [type, learningRate, ...options] = text.split(' ');
  return { type, learningRate: Number(learningRate), ...Object.fromEntries(options.map((option) => option.split('=')).map(([key, value]) => [key, value === 'true' || value === 'false' ? value === 'true' : Number(value)])) };
}
