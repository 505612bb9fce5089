/** What a sweep says: the same document for the terminal, JSON, the HTML file and the editor. Pure. */
import type { Score } from '../host/protocol';
import { setting } from '../run/changes';
import { byCost, type Row, scoreOf, type StoredSweep } from './folder';

export interface SweepTrial {
  number: number;
  /** By key of the run file. */
  parameters: Record<string, unknown>;
  run: string;
  /** `pruned`: the others were better (successive halving); `interrupted`: it goes on with the sweep; `failed`: `reason` says how. */
  status: 'training' | 'finished' | 'diverged' | 'pruned' | 'interrupted' | 'failed' | 'waiting';
  reason?: string;
  epochs: number;
  train?: { loss: number };
  validation?: Score;
  /** What it is compared by; absent where there is no such value. */
  score?: number;
}

export interface SweepResult {
  sweep: string;
  name: string;
  status: 'training' | 'finished' | 'stopped';
  metric: StoredSweep['config']['metric'];
  /** Keys of the run file that differ. */
  parameters: string[];
  /** Best first. */
  trials: SweepTrial[];
}

export interface SweepState {
  status: SweepResult['status'];
  /** Numbers of the runs that train. */
  training?: ReadonlySet<number>;
  /** What ended a run, by its number. */
  failed?: ReadonlyMap<number, string>;
  /** Whether a run without a result has begun. */
  begun?(run: string): boolean;
}

export function sweepResult(folder: string, sweep: StoredSweep, rows: readonly Row[], { status, training = new Set(), failed = new Map(), begun = () => false }: SweepState): SweepResult {
  const { metric, parameters } = sweep.config;
  /** Of a run that the sweep may come back to. */
  const paused = { training: 'waiting', stopped: 'interrupted', finished: 'pruned' } as const;
  return {
    sweep: folder, name: sweep.name, status, metric, parameters: Object.keys(parameters),
    trials: rows.toSorted(byCost(metric)).map((row): SweepTrial => {
      const { trial: { number, values }, run, result } = row;
      const score = scoreOf(row, metric);
      const reason = failed.get(number) ?? (result?.status === 'diverged' ? result.reason : undefined);
      return {
        number, parameters: values, run, epochs: result?.epochs ?? 0,
        status: training.has(number) ? 'training' : failed.has(number) ? 'failed' : !result ? (begun(run) ? 'interrupted' : 'waiting') : result.status !== 'stopped' ? result.status : paused[status],
        ...(reason !== undefined && { reason }),
        ...(result && { train: result.train }),
        ...(result?.validation && { validation: result.validation }),
        ...(score !== undefined && { score }),
      };
    }),
  };
}

/** The last word of a key, with the word before where two keys end alike. */
export function shortKeys(paths: readonly string[]): string[] {
  const tail = (path: string, words: number): string => path.split('.').slice(-words).join('.');
  return paths.map((path) => {
    for (let words = 1; ; words++) if (tail(path, words) === path || paths.filter((other) => tail(other, words) === tail(path, words)).length === 1) return tail(path, words);
  });
}

/** {"type": "sgd", "momentum": 0.9} is "sgd, momentum 0.9". */
export function valueText(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return setting(value);
  const { type, ...rest } = value as { type?: unknown };
  return [...(type === undefined ? [] : [setting(type)]), ...Object.entries(rest).map(([key, part]) => `${key} ${setting(part)}`)].join(', ');
}
