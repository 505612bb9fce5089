import { InputError } from '../errors';
import { shuffledOrder } from '../data/dataset';
import { sharpness } from '../probe/sharpness';
import { readCheckpoint } from '../run/checkpoint';
import { runFiles } from '../run/folder';
import type { RunRecord } from '../run/record';
import { replaceSteps } from '../run/steps';
import { loadRun } from './run';
import type { TrainingSession } from './session';
import type { Training } from './setup';

/**
 * Largest eigenvalue of P^-1 H on the batch that the session holds, after update `step`. Weights, running statistics and gradients
 * are as before afterwards: measuring never changes training. Undefined where it is not a number.
 */
export async function measureSharpness({ optimizer, buffers, config: { seed } }: Training, session: TrainingSession, step: number): Promise<number | undefined> {
  const { store, second, config } = optimizer;
  const weights = store.names.map((name) => store.weight(name));
  const gradients = store.names.map((name) => store.gradient(name));
  const kept = [...weights, ...gradients, ...buffers.values()].map((array) => ({ array, copy: array.slice() }));
  const flat = (arrays: Float32Array[]): Float32Array => {
    const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const array of arrays) {
      all.set(array, at);
      at += array.length;
    }
    return all;
  };
  try {
    const { value } = await sharpness({
      theta: flat(weights),
      preconditioner: preconditioner(),
      seed,
      tolerance: 0.02,
      maximumIterations: 20,
      async gradientAt(theta) {
        let at = 0;
        for (const weight of weights) {
          weight.set(theta.subarray(at, at + weight.length));
          at += weight.length;
        }
        await session.run({ seed, step });
        return flat(gradients);
      },
    });
    return Number.isFinite(value) ? value : undefined;
  } finally {
    for (const { array, copy } of kept) array.set(copy);
  }

  /** Without a second moment it is the Hessian itself that is measured. */
  function preconditioner(): Float32Array | undefined {
    if (second === undefined) return undefined;
    const { epsilon } = config as { epsilon: number };
    const correction = optimizer.corrections(step)?.applied.second ?? 1;
    // What never had a gradient does not move: an infinite preconditioner keeps it out, where epsilon alone would let it drown the rest.
    return flat(store.names.map((name) => store.array(second, name))).map((v) => (v === 0 ? Infinity : Math.sqrt(v / correction) + epsilon));
  }
}

/** Measures a stored run at its last checkpoint and keeps the value in its record. */
export async function measureStored(run: string, record: RunRecord, device?: string): Promise<void> {
  const { training } = await loadRun(run, 'last', device);
  const { step } = readCheckpoint(runFiles(run).last).progress;
  const measured = record.steps.find((row) => row.step === step);
  if (!measured) throw new InputError(`the record does not reach the checkpoint at step ${step}`, { file: run });
  const { config, data, batch } = training;
  const session = await training.session(batch);
  data.train.gather(shuffledOrder(data.train.samples, config.seed, 0).subarray(0, batch), session.inputs, session.labels);
  measured.sharpness = await measureSharpness(training, session, step);
  replaceSteps(run, record);
}
