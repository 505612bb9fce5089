/** The state that a run resumes from, in one safetensors file. */
import { InputError } from '../errors';
import { readSafetensors, writeSafetensors, type SavedTensor } from './safetensors';

export type { SavedTensor } from './safetensors';

/** Counters of the run; NaN and infinities are kept. */
export interface Progress {
  /** Updates made. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  [counter: string]: number;
}

export interface Checkpoint {
  progress: Progress;
  /** By name: "conv1.weight". */
  parameters: Record<string, SavedTensor>;
  /** Running statistics of batch normalization. */
  buffers: Record<string, SavedTensor>;
  /** By slot and parameter: "exp_avg/conv1.weight". */
  optimizer: Record<string, SavedTensor>;
}

/** Prefix of the tensors' names in the file, by part. */
const prefixes = { parameters: 'param/', buffers: 'buffer/', optimizer: 'optimizer/' } as const;
type Part = keyof typeof prefixes;
const parts = Object.keys(prefixes) as Part[];

export function writeCheckpoint(file: string, checkpoint: Checkpoint): void {
  const tensors = Object.fromEntries(parts.flatMap((part) =>
    Object.entries(checkpoint[part]).map(([name, tensor]) => [prefixes[part] + name, tensor])));
  writeSafetensors(file, tensors, Object.fromEntries(Object.entries(checkpoint.progress).map(([key, value]) => [key, String(value)])));
}

/** Throws an InputError if the file is missing, damaged or no checkpoint. */
export function readCheckpoint(file: string): Checkpoint {
  const { tensors, metadata } = readSafetensors(file);
  const progress = Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, Number(value)])) as Progress;
  if (!Number.isInteger(progress.step) || !Number.isInteger(progress.epoch)) throw new InputError('the file is no checkpoint of a run: it names no step and epoch', { file });
  const named = (part: Part) => Object.fromEntries(Object.entries(tensors)
    .filter(([name]) => name.startsWith(prefixes[part]))
    .map(([name, tensor]) => [name.slice(prefixes[part].length), tensor]));
  return { progress, parameters: named('parameters'), buffers: named('buffers'), optimizer: named('optimizer') };
}
