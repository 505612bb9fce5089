import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { InputError } from '../../errors';
import type { Dataset } from '../dataset';
import type { Answer, Ask, Batch } from './messages';

interface Waiting {
  resolve(batch: Batch): void;
  reject(error: Error): void;
}

/** Threads that make batches; started when first asked, and no reason for the process to live on. */
export class Pool {
  private readonly workers: Worker[] = [];
  private readonly known: Set<number>[] = [];
  private readonly waiting = new Map<number, Waiting>();
  private readonly numbers = new WeakMap<Dataset, number>();
  private datasets = 0;
  private asked = 0;
  private failure?: Error;

  /** `script`: the bundled worker. */
  constructor(private readonly script: string) {}

  /** The samples `indices`, made by thread `thread`. */
  batch(thread: number, dataset: Dataset, indices: Uint32Array, epoch: number | undefined): Promise<Batch> {
    if (this.failure) return Promise.reject(this.failure);
    const worker = (this.workers[thread] ??= this.start());
    const number = this.numbers.get(dataset) ?? ++this.datasets;
    this.numbers.set(dataset, number);
    const known = (this.known[thread] ??= new Set());
    if (!known.has(number)) {
      known.add(number);
      worker.postMessage({ kind: 'dataset', dataset: number, spec: dataset.spec } satisfies Ask);
    }
    const id = ++this.asked;
    worker.postMessage({ kind: 'batch', id, dataset: number, indices: indices.slice(), epoch } satisfies Ask);
    worker.ref();
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private start(): Worker {
    const worker = new Worker(this.script);
    worker.on('message', (answer: Answer) => {
      const { resolve, reject } = this.waiting.get(answer.id)!;
      this.waiting.delete(answer.id);
      // While nobody waits, a thread must not keep the process.
      if (this.waiting.size === 0) for (const each of this.workers) each?.unref();
      if ('error' in answer) reject(answer.error.name === 'InputError' ? new InputError(answer.error.message) : Object.assign(new Error(answer.error.message), { name: answer.error.name }));
      else resolve(answer);
    });
    worker.on('error', (error: Error) => {
      this.failure = error;
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    });
    worker.unref();
    return worker;
  }
}

/** Threads unless the run file says otherwise: a core is left for the training. */
export const usualThreads = (): number => Math.max(1, Math.min(4, availableParallelism() - 1));

const script = path.join(__dirname, 'loader.js');
let shared: Pool | undefined;

/** The pool of this process; undefined where the program is not bundled: then batches are made where they are used, which gives the same. */
export const processPool = (): Pool | undefined => (existsSync(script) ? (shared ??= new Pool(script)) : undefined);
