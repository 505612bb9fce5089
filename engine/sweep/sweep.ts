/** Makes the runs of a sweep, several at once in engines of their own, until nothing is left to do. */
import { rmSync } from 'node:fs';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { InputError, KeyError } from '../errors';
import type { EngineClient } from '../host/client';
import type { EngineEvents, RunResult } from '../host/protocol';
import { parseRunFile, type RunConfig, type Setting } from '../run/config';
import { pathRange } from '../run/edit';
import { placeAt } from '../run/syntax';
import { canResume, openTrials, readSweep, type Row, rowsOf, type StoredSweep } from './folder';
import type { SweepConfig } from './schema';
import { type Trial, trialsOf } from './space';

/** What a trial sets in the run file; a whole object before keys in it. */
export const settingsOf = ({ config: { set, parameters, metric }, source, runFile }: Pick<StoredSweep, 'config' | 'source' | 'runFile'>, { values }: Pick<Trial, 'values'>): Setting[] => {
  const own = [set, values].flatMap((part) => Object.entries(part).map(([path, value]) => ({ path, value })).sort((a, b) => a.path.split('.').length - b.path.split('.').length));
  if (metric === 'loss' || Object.hasOwn(parameters, 'metrics')) return own;
  const { metrics } = parseRunFile(source, runFile, { set: own }).config;
  return metrics?.includes(metric) ? own : [...own, { path: 'metrics', value: [...(metrics ?? []), metric] }];
};

/**
 * Checks every trial against the run file before anything is trained. `place` says where in the sweep file, or among the options, a key stands. Throws an
 * InputError for the first that does not fit.
 */
export function checkTrials(sweep: Pick<StoredSweep, 'config' | 'source' | 'runFile'>, place: (key: string) => InputError['place']): RunConfig {
  const { config, source, runFile } = sweep;
  let first: RunConfig | undefined;
  if (config.metric === 'loss' && Object.keys(config.parameters).some((key) => /^(loss|data)(\.|$)/.test(key))) {
    throw new InputError(`metric must name a metric, such as accuracy or mae: with ${Object.keys(config.parameters).find((key) => /^(loss|data)(\.|$)/.test(key))} among the parameters the losses of two runs are not of the same kind`, place('metric'));
  }
  for (const trial of trialsOf(config)) {
    try {
      first ??= parseRunFile(source, runFile, { set: settingsOf(sweep, trial) }).config;
      parseRunFile(source, runFile, { set: settingsOf(sweep, trial) });
    } catch (error) {
      const key = /^--set (\S+?): (.*)$/s.exec((error as Error).message);
      if (!(error instanceof InputError) || !key) throw error;
      const values = Object.entries(trial.values).map(([path, value]) => `${path} ${JSON.stringify(value)}`).join(', ');
      const [at = 'parameters'] = [['parameters', config.parameters] as const, ['set', config.set] as const].flatMap(([part, keys]) => Object.keys(keys).filter((path) => `${path}.`.startsWith(`${key[1]}.`)).map((path) => `${part}.${path}`));
      throw new InputError(`${key[2]}, in the run with ${values}`, place(at));
    }
  }
  if (config.search.type === 'successiveHalving' && Object.hasOwn(config.parameters, 'epochs')) throw new InputError('parameters.epochs is what successive halving shares out: "set" it, or search by a grid', place('parameters.epochs'));
  return first!;
}

/** A key of a run file is one key here, dots and all: "parameters.optimizer.learningRate". */
function keyOffset(text: string, key: string): number {
  const [first, ...rest] = key.split('.');
  const tree = parseTree(text.replace(/^\ufeff/, ' '), [], { allowTrailingComma: true });
  const inner = tree && /^(parameters|set)$/.test(first) && rest.length > 0 ? findNodeAtLocation(tree, [first, rest.join('.')]) : undefined;
  return inner?.parent?.offset ?? pathRange(text, key).offset;
}

/** Where keys of a sweep file stand in its text. */
export const inSweepFile = (text: string, file: string) => (key: string): InputError['place'] => placeAt(text, file, keyOffset(text, key));

/** Names file and line of a mistake at a key of the sweep file. */
export function placed<T>(place: (key: string) => InputError['place'], action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof KeyError ? new InputError(error.message, place(error.path)) : error;
  }
}

export interface Budget {
  /** Runs at once. */
  parallel: number;
  /** Bytes that all engines together may hold. */
  memory: number;
}

export interface SweepEvents {
  /** Before the first run, when one begins and after each that ended: what is on disk, and the numbers of those that train. */
  rows(rows: Row[], training: ReadonlySet<number>): void;
  /** A run was ended by a fault that is none of the user's; the others go on. */
  failed(trial: Trial, message: string): void;
  engine?: Partial<EngineEvents>;
}

export interface SweepOutcome {
  status: 'finished' | 'stopped';
  /** Trials whose engine died, with its last words: they are tried again when the sweep goes on. */
  failed: Map<number, string>;
}

/** How often the memory of the running engines is looked at, in milliseconds. */
const interval = 200;

export interface RunOptions {
  device?: string;
  /** Data and model files must lie inside this folder; absent: anywhere. */
  root?: string;
}

/** Trains until every rung is decided. `start` makes an engine; they are disposed of at the end. A user's mistake ends the sweep. */
export async function runSweep(folder: string, start: (events: Partial<EngineEvents>) => EngineClient, { parallel, memory }: Budget, events: SweepEvents, options: RunOptions = {}): Promise<SweepOutcome> {
  const sweep = readSweep(folder);
  const failed = new Map<number, string>();
  const running = new Map<number, { trial: Trial; engine: EngineClient; done: Promise<void> }>();
  const idle: EngineClient[] = [];
  const all = new Set<EngineClient>();
  let largest = 0;
  let stopped = false;
  let mistake: unknown;

  const watch = setInterval(() => void Promise.all([...running.values()].map(({ engine }) => engine.functions.memory().then((held) => { largest = Math.max(largest, held); }, () => {}))), interval);

  const train = async (row: Row, epochs: number, engine: EngineClient): Promise<RunResult> => {
    const { runFile, source, threads } = sweep;
    const common = { ...options, threads, untilEpoch: epochs };
    if (canResume(row.run)) return engine.functions.resume({ run: row.run, ...common });
    // Ended while it was being made: there is nothing to lose.
    rmSync(row.run, { recursive: true, force: true });
    return engine.functions.train({ runFile, text: source, set: settingsOf(sweep, row.trial), out: row.run, ...common });
  };

  const begin = (row: Row, epochs: number): void => {
    let engine = idle.pop();
    if (!engine) {
      engine = start(events.engine ?? {});
      all.add(engine);
    }
    const own = engine;
    const done = train(row, epochs, own).then(
      (result) => {
        idle.push(own);
        if (result.status === 'stopped' && result.epochs < epochs) stopped = true;
      },
      (error: Error) => {
        if (error instanceof InputError) {
          mistake ??= error;
          return;
        }
        failed.set(row.trial.number, error.message);
        events.failed(row.trial, error.message);
        // What is left of an engine that failed is not trusted with another run.
        void own.dispose(0);
      },
    ).finally(() => running.delete(row.trial.number));
    running.set(row.trial.number, { trial: row.trial, engine: own, done });
  };

  /** One run shows how much memory another would take. */
  const fits = (): boolean => running.size === 0 || (running.size < parallel && largest > 0 && (running.size + 1) * largest <= memory);

  try {
    for (;;) {
      const rows = rowsOf(folder, sweep);
      const row = (trial: Trial): Row => rows[trial.number - 1];
      const tell = (): void => events.rows(rows, new Set(running.keys()));
      tell();
      const { open, epochs } = openTrials(sweep, rows, failed);
      const waiting = stopped || mistake ? [] : open.filter(({ number }) => !running.has(number));
      if (running.size === 0 && waiting.length === 0) break;
      for (let ended = false; !ended;) {
        while (waiting.length > 0 && fits()) {
          begin(row(waiting.shift()!), epochs);
          tell();
        }
        const pause = waiting.length > 0 && running.size < parallel ? [new Promise<void>((resolve) => setTimeout(resolve, interval))] : [];
        const before = running.size;
        await Promise.race([...[...running.values()].map(({ done }) => done), ...pause]);
        ended = running.size < before;
      }
    }
    if (mistake) throw mistake;
    return { status: stopped ? 'stopped' : 'finished', failed };
  } finally {
    clearInterval(watch);
    await Promise.all([...all].map((engine) => engine.dispose()));
  }
}

/** Runs at once, and threads of each, of so many cores. */
export const share = (config: Pick<SweepConfig, 'parallel'>, cores: number): { parallel: number; threads: number } => {
  const parallel = Math.min(config.parallel, cores);
  return { parallel, threads: Math.max(1, Math.floor(cores / parallel)) };
};
