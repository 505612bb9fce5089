import type { Feed } from '../data/threads/feed';
import type { NonFiniteOrigin } from '../run/record';
import { labelsFor, type Objective } from '../loss/objective';
import { measure } from './metrics';
import { measureMixed, mixBatch } from './mix';
import type { BatchArrays, RunValues, TrainingSession } from './session';
import type { Training } from './setup';

export interface BatchResult {
  /** Means over the samples; with class weights the loss is weighted too. */
  loss: number;
  /** Of several outputs the loss of each, in their order; empty of one. */
  terms: number[];
  /** Of the first output. */
  metric: number;
  /** Of the first batch, where they were asked for. */
  activations?: Float32Array;
  origin?: NonFiniteOrigin;
}

/** A batch, counted from the start of the run, and how many samples it has. */
export interface Batch {
  number: number;
  size: number;
}

export interface BatchOptions {
  /** The batches of the update. */
  batches: readonly Batch[];
  /** 1-based. */
  step: number;
  /** The same batches were run last. */
  again?: boolean;
  measureActivations?: boolean;
  lossScale?: number;
  /** Called after a batch, before anything else is computed in the session. */
  inspect?(session: TrainingSession, loss: number, key: number): Promise<NonFiniteOrigin | undefined>;
}

/** Puts batch `number` into the arrays and mixes its samples, where the run does. */
export async function fillBatch({ config: { seed }, data: { train: { inputs: [{ dims }] } }, mix }: Pick<Training, 'config' | 'data' | 'mix'>, feed: Feed, { inputs, labels, mixing }: BatchArrays, number: number): Promise<void> {
  await feed.fill(number, inputs, labels);
  if (mix) mixBatch(inputs[0] as Float32Array, dims, mixing!, mix, { seed, batch: number });
}

/** The metric of the first output on the batch that is in the arrays. */
export function batchMetric(main: Objective, { labels, mixing }: BatchArrays, { outputs: [output] }: RunValues, size: number): number {
  const own = labelsFor(main, labels, size);
  return mixing ? measureMixed(main.loss, output, own, mixing) : measure(main.loss, output, own, size);
}

/**
 * Loss and gradient of one update. Several batches (`accumulate`) give what one batch of all their samples would but for rounding: each counts by what its mean was
 * divided by. The gradient is in the store.
 */
export async function runBatches(training: Training, feed: Feed, { batches, step, again = false, measureActivations = false, lossScale, inspect }: BatchOptions): Promise<BatchResult> {
  const { config: { accumulate = 1, seed }, optimizer } = training;
  const samples = batches.reduce((sum, { size }) => sum + size, 0);
  const result: BatchResult = { loss: 0, terms: [], metric: 0 };
  let total = 0;
  for (const [part, { number, size }] of batches.entries()) {
    const session = await training.stepSession(size);
    if (!again || batches.length > 1) await fillBatch(training, feed, session, number);
    // Every batch draws its own dropout.
    const key = (step - 1) * accumulate + part + 1;
    const run = await session.run({ seed, step: key, lossScale, measureActivations: measureActivations && part === 0 });
    result.origin ??= await inspect?.(session, run.loss, key);
    result.activations ??= run.activations?.slice();
    const [main] = session.objectives;
    const metric = batchMetric(main, session, run, size);
    if (batches.length === 1) return { ...result, loss: run.loss, terms: run.terms, metric };
    const share = main.loss.classWeights ? weightOf(session.labels, main.loss.classWeights) : size;
    optimizer.accumulate(share);
    total += share;
    result.loss += run.loss * share;
    run.terms.forEach((term, i) => { result.terms[i] = (result.terms[i] ?? 0) + (term * size) / samples; });
    result.metric += (metric * size) / samples;
  }
  optimizer.accumulated(1 / total);
  return { ...result, loss: result.loss / total };
}

function weightOf(labels: ArrayLike<number>, classWeights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum += classWeights[labels[i]];
  return sum;
}
