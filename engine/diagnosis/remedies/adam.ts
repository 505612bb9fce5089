import type { AdamView } from '../adam';
import type { Remedy } from '../finding';
import { formatNumber, round2 } from '../numbers';

/** A decay rate is told by its distance from 1. */
const roundRate = (beta: number): number => Number((1 - round2(1 - beta)).toPrecision(12));

const set = (path: string, key: string, value: number, was: number, why: string): Remedy => ({ title: `Set ${key} to ${value} (was ${was}): ${why}`, edits: [{ path, value }] });

export function setBeta2(adam: AdamView, value: number, why: string): Remedy | undefined {
  const beta2 = roundRate(value);
  return beta2 > 0 && beta2 < 1 && beta2 !== adam.beta2 ? set('optimizer.beta2', 'beta2', beta2, adam.beta2, why) : undefined;
}

export function setBeta1(adam: AdamView, value: number, why: string): Remedy | undefined {
  const beta1 = roundRate(value);
  return beta1 >= 0 && beta1 < 1 && beta1 !== adam.beta1 ? set('optimizer.beta1', 'beta1', beta1, adam.beta1, why) : undefined;
}

/** One step down from 0.999 to 0.99 to 0.95 (Wortsman et al. 2023 train stably from there). */
export function fasterSecondMoment(adam: AdamView): Remedy | undefined {
  const beta2 = [0.99, 0.95].find((lower) => lower < adam.beta2);
  return beta2 === undefined ? undefined : setBeta2(adam, beta2, `the second moment is renewed in ${formatNumber(1 / (1 - beta2))} steps instead of ${formatNumber(1 / (1 - adam.beta2))}`);
}

/** The second moment is renewed ten times in the run: 1 - 10 / T. */
export function beta2FromHorizon(adam: AdamView): Remedy | undefined {
  const beta2 = Math.min(0.999, Math.max(0.9, 1 - 10 / adam.totalSteps));
  return beta2 < adam.beta2 ? setBeta2(adam, beta2, `renewed ${formatNumber((1 - beta2) * adam.totalSteps)} times in ${adam.totalSteps} steps`) : undefined;
}

export function setEpsilon(adam: AdamView, value: number, why: string): Remedy | undefined {
  const epsilon = round2(value);
  return epsilon > 0 && epsilon !== adam.epsilon
    ? { title: `Set epsilon to ${formatNumber(epsilon)} (was ${formatNumber(adam.epsilon)}): ${why}`, edits: [{ path: 'optimizer.epsilon', value: epsilon }] }
    : undefined;
}

/** Share of the run that a warm-up may take. */
const longestWarmup = 0.1;

/** 2 / (1 - b2) steps (Ma & Yarats 2021, arXiv 1910.04209), at most a tenth of the run. */
export function warmUp(adam: AdamView): Remedy | undefined {
  const wanted = 2 / (1 - adam.beta2);
  const most = longestWarmup * adam.totalSteps;
  const warmupSteps = Math.round(round2(Math.min(wanted, most)));
  if (!(warmupSteps > Math.max(1, adam.warmupSteps))) return undefined;
  return {
    title: `Warm up for ${warmupSteps} steps: ${wanted <= most ? '2 / (1 - beta2)' : 'a tenth of the run'}`,
    edits: [adam.view.config('schedule') === undefined ? { path: 'schedule', value: { type: 'constant', warmupSteps } } : { path: 'schedule.warmupSteps', value: warmupSteps }],
  };
}

export const useAmsgrad = (): Remedy => ({ title: 'Use amsgrad: divide by the largest second moment so far', edits: [{ path: 'optimizer.amsgrad', value: true }] });

/** The learning rate goes with the root of the batch size under Adam (Malladi et al. 2022, arXiv 2205.10287); powers of two, at most 64 times off. */
export function setBatchSize(adam: AdamView, wanted: number, why: string): Remedy | undefined {
  const most = 2 ** Math.floor(Math.log2(Math.max(1, adam.view.header.trainSamples / 4)));
  const bounded = Math.min(Math.max(wanted, adam.batchSize / 64, 1), adam.batchSize * 64);
  const batchSize = Math.min(most, 2 ** Math.round(Math.log2(bounded)));
  if (batchSize === adam.batchSize || batchSize > adam.batchSize !== wanted > adam.batchSize) return undefined;
  const learningRate = round2(adam.learningRate * Math.sqrt(batchSize / adam.batchSize));
  return {
    title: `Set batchSize to ${batchSize} (was ${adam.batchSize}) and learningRate to ${formatNumber(learningRate)}: ${why}`,
    edits: [{ path: 'batchSize', value: batchSize }, { path: 'optimizer.learningRate', value: learningRate }],
  };
}
