import type { Dataset } from '../dataset';
import { isRandom } from '../transforms/step';
import type { Batch } from './messages';
import { type Pool, processPool, usualThreads } from './pool';

/** Batches that each thread is ahead by: one in the making and one ready. */
const aheadPerThread = 2;

/** Which samples a batch holds, and in which epoch they are augmented. */
export interface BatchPlan {
  indices: Uint32Array;
  epoch?: number;
}

/**
 * Batches in order, made ahead by threads where making them takes time: from files, or with something done to every sample. What a batch holds depends on its plan alone,
 * so neither the number of threads nor their pace changes it.
 */
export class Feed {
  private readonly pending = new Map<number, Promise<Batch>>();
  private readonly pool?: Pool;
  private readonly threads: number;
  /** Milliseconds until batches were in place, over all of them. */
  waited = 0;

  /** `plan` of batch 0, 1, ...; undefined after the last. */
  constructor(private readonly dataset: Dataset, private readonly plan: (batch: number) => BatchPlan | undefined, { threads = usualThreads(), pool = processPool() }: { threads?: number; pool?: Pool } = {}) {
    this.threads = threads;
    if (threads > 0 && takesTime(dataset)) this.pool = pool;
  }

  /** Copies batch `number` into the first rows of the arrays. */
  async fill(number: number, inputs: (Float32Array | Int32Array)[], labels: Float32Array | Int32Array): Promise<void> {
    const began = performance.now();
    await this.take(number, inputs, labels);
    this.waited += performance.now() - began;
  }

  private async take(number: number, inputs: (Float32Array | Int32Array)[], labels: Float32Array | Int32Array): Promise<void> {
    if (!this.pool) {
      const { indices, epoch } = this.plan(number)!;
      return this.dataset.gather(indices, inputs, labels, epoch);
    }
    // Another place than the next: what was made ahead is of no use.
    if (!this.pending.has(number)) this.pending.clear();
    for (let next = number; next < number + this.threads * aheadPerThread; next++) this.ask(next);
    const batch = await this.pending.get(number)!;
    this.pending.delete(number);
    inputs.forEach((array, i) => array.set(batch.inputs[i]));
    labels.set(batch.labels);
  }

  private ask(number: number): void {
    if (this.pending.has(number)) return;
    const plan = this.plan(number);
    if (!plan) return;
    const batch = this.pool!.batch(number % this.threads, this.dataset, plan.indices, plan.epoch);
    // A fault is told when its batch is wanted, which may be never.
    batch.catch(() => {});
    this.pending.set(number, batch);
  }
}

/** Whether a sample is more than a copy from memory. */
export function takesTime({ spec: { inputs: { source, steps } } }: Dataset): boolean {
  return source.kind !== 'memory' || steps.some((step) => step.op !== 'affine' || isRandom(step));
}
