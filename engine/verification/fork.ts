/** A training in memory that starts from any state of a run, with any edit of its run file; nothing is written. */
import { existsSync } from 'node:fs';
import type { LoadedData } from '../data/load';
import { targetsOf } from '../data/targets';
import { type Checkpoint, readCheckpoint } from '../run/checkpoint';
import { parseRunFile, type RunConfig } from '../run/config';
import { readHeader, runFiles } from '../run/folder';
import { History } from '../run/history';
import type { RunHeader, RunRecord, StepRecord } from '../run/record';
import { Evaluator } from '../training/evaluation';
import { forkPoints } from '../training/forkPoints';
import { counters, describe, restore, storedOrigin } from '../training/run';
import { type Origin, setUp, type Training } from '../training/setup';
import { type Outcome, start, Trainer } from '../training/trainer';
import { type Score, scoreOf } from './score';

/** What a fork is made of. */
export interface Source {
  name: string;
  text: string;
  origin: Origin;
}

/** The run file of a stored run as it was trained. Runs of version 0.1 kept only what it resolves to. */
export function storedSource(run: string, device?: string): Source & { header: RunHeader } {
  const header = readHeader(run);
  return { header, name: header.name, text: header.source ?? `${JSON.stringify(header.config, null, 2)}\n`, origin: storedOrigin(run, header, { device }) };
}

/** The latest stored state that is not after `step`. */
export function checkpointBefore(run: string, step: number): Checkpoint | undefined {
  const file = forkPoints(step).map(runFiles(run).fork).find((candidate) => existsSync(candidate));
  return file === undefined ? undefined : readCheckpoint(file);
}

/** The data of a run file, so that forks which read the same data read it once. */
export class DataCache {
  private readonly kept = new Map<string, LoadedData>();

  /** Without the order: runs that are compared are judged on the same validation data, which is drawn another way where the order is kept. */
  key({ data: { shuffle: _, ...data }, seed, loss }: RunConfig): string {
    return JSON.stringify([data, seed, targetsOf(loss)]);
  }

  get(config: RunConfig): LoadedData | undefined {
    return this.kept.get(this.key(config));
  }

  keep({ config, data }: Training): void {
    this.kept.set(this.key(config), data);
  }
}

export interface ForkOptions {
  from?: Checkpoint;
  data?: DataCache;
  /** Whether the run is measured as its run file says, so that its record can be diagnosed; else it is trained only. It is not judged while it lives. */
  measured?: boolean;
}

export class Fork {
  readonly header: RunHeader;
  /** Of the seed that was begun last. */
  steps: StepRecord[] = [];
  outcome?: Outcome;
  private readonly initial: { array: Float32Array; copy: Float32Array }[];
  private readonly evaluator: Evaluator;
  private trainer!: Trainer;

  private constructor(readonly training: Training, { name, origin, text }: Source, private readonly from?: Checkpoint) {
    this.header = { ...describe(training, name, origin.runFile), source: text };
    this.evaluator = new Evaluator(training);
    const { store } = training.optimizer;
    const state = [...store.names.map((parameter) => store.weight(parameter)), ...Object.values(store.state()), ...training.buffers.values()];
    this.initial = state.map((array) => ({ array, copy: array.slice() }));
    this.begin();
  }

  /** Throws InputError for every mistake in the run file. A checkpoint that the edited model or optimizer has other tensors than is left out: `start` is 0. */
  static async open(source: Source, { from, data = new DataCache(), measured = false }: ForkOptions = {}): Promise<Fork> {
    const { config: own } = parseRunFile(source.text, source.origin.runFile);
    const config: RunConfig = measured ? own : { ...own, diagnose: { ...own.diagnose, level: 'off', sharpness: 'off' } };
    const training = await setUp(config, { ...source.origin, text: source.text, data: data.get(config) });
    data.keep(training);
    const fits = from !== undefined && holds(from, training);
    if (fits) restore(training, from, source.origin.runFile);
    return new Fork(training, source, fits ? from : undefined);
  }

  /** Step that it starts after. */
  get start(): number {
    return this.from?.progress.step ?? 0;
  }

  /** Updates made by the last run. */
  get step(): number {
    return this.steps.at(-1)?.step ?? this.start;
  }

  get ended(): boolean {
    return this.outcome !== undefined && this.outcome.status !== 'stopped';
  }

  get diverged(): boolean {
    return this.outcome?.status === 'diverged';
  }

  get record(): RunRecord {
    return { header: this.header, steps: this.steps };
  }

  /** Goes back to the start. `orderSeed` draws the order of the samples and what dropout drops; initial weights and split stay those of the run file. */
  begin(orderSeed = this.training.config.seed): void {
    for (const { array, copy } of this.initial) array.set(copy);
    this.steps = [];
    this.outcome = undefined;
    const training = { ...this.training, config: { ...this.training.config, seed: orderSeed } };
    const progress = this.from ? counters(this.from) : start;
    const events = { step: (record: StepRecord) => void this.steps.push(record), checkpoint: () => {} };
    this.trainer = new Trainer(training, this.header, new History(), progress, events, this.evaluator);
  }

  /** Trains on until that many updates were made, or the run ends. */
  async advance(until: number): Promise<void> {
    if (!this.ended) this.outcome = await this.trainer.run(until);
  }

  /** On the validation data, else on a part of the training data, with the weights as they are. */
  score = (): Promise<Score> => scoreOf(this.training, this.evaluator);

  /** Frees what sessions hold; a fork that goes on makes them anew. */
  async release(): Promise<void> {
    await this.training.release();
    await this.evaluator.release();
  }
}

/** Whether the checkpoint has every tensor of the training, each of the same size. */
function holds({ parameters, buffers, optimizer }: Checkpoint, training: Training): boolean {
  const { store } = training.optimizer;
  const same = (tensors: Checkpoint['parameters'], arrays: Iterable<readonly [string, Float32Array]>): boolean =>
    [...arrays].every(([name, { length }]) => tensors[name]?.data.length === length);
  return same(parameters, store.names.map((name) => [name, store.weight(name)] as const)) && same(buffers, training.buffers) && same(optimizer, Object.entries(store.state()));
}
