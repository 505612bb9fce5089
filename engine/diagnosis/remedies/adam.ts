import type { AdamView, NoiseScale } from '../adam';
import type { Remedy } from '../finding';
import { formatNumber, round2 } from '../numbers';
import { scaleLearningRate } from './learningRate';

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

/** Where the optimizer has that option. */
export const useAmsgrad = ({ view }: AdamView): Remedy | undefined =>
  !['adam', 'adamw'].includes(view.optimizer) ? undefined : { title: 'Use amsgrad: divide by the largest second moment so far', edits: [{ path: 'optimizer.amsgrad', value: true }] };

/** Beyond this many times the batch, or below that part of it, a noise scale is not resolved. */
const resolved = 100;
/** And followed so far: the estimate holds for the weights as they are. */
const furthest = 8;

/**
 * Towards the noise scale, by a factor of 8 at most, up to the bound of the estimate that is nearer to the present batch; nothing where that bound is on its other side.
 * Powers of two. The best learning rate goes as (1 + B_noise / B)^(-1/2) under Adam (McCandlish et al. 2018, section 2.2 and appendix E.2): with the root of the batch
 * far below the noise scale (Malladi et al. 2022, arXiv 2205.10287), not at all far above it.
 */
export function batchTowardsNoiseScale(adam: AdamView, scale: NoiseScale): Remedy | undefined {
  const present = adam.batchSize;
  if (adam.view.number('accumulate') !== undefined) return undefined;
  const bound = Math.min(Math.max(scale.value > present ? scale.low : scale.high, present / resolved), present * resolved);
  if (bound > present !== scale.value > present) return undefined;
  const nearest = 2 ** (bound > present ? Math.floor : Math.ceil)(Math.log2(Math.min(Math.max(bound, present / furthest, 1), present * furthest)));
  const most = 2 ** Math.floor(Math.log2(Math.max(1, adam.view.header.trainSamples / 4)));
  const batchSize = Math.min(most, nearest);
  if (batchSize === present || batchSize > present !== bound > present) return undefined;
  const size = (batch: number): number => 1 / Math.sqrt(1 + bound / batch);
  const learningRate = round2((adam.learningRate * size(batchSize)) / size(present));
  return {
    title: `Set batchSize to ${batchSize} (was ${present}) and learningRate to ${formatNumber(learningRate)}: towards the noise scale, ${describeScale(scale, present)}`,
    edits: [{ path: 'batchSize', value: batchSize }, { path: 'optimizer.learningRate', value: learningRate }],
  };
}

/**
 * Under Adam a batch k times as large with a learning rate sqrt(k) times as large trains along the same path with the same noise (Malladi et al. 2022): it takes
 * fewer steps, no more. Less noise is left by the present batch with the learning rate over sqrt(k).
 */
export const lessNoise = ({ view }: AdamView): Remedy | undefined => scaleLearningRate(view, 1 / Math.sqrt(furthest), `as little noise as a batch ${furthest} times as large leaves`);

/** "about 450 samples", "below 48 samples". */
export function describeScale({ value, low, high }: NoiseScale, batchSize: number): string {
  const [least, most] = [Math.max(1, batchSize / resolved), batchSize * resolved];
  if (value < least) return `below ${formatNumber(Math.max(least, Math.min(high, batchSize)))} samples`;
  if (value > most) return `above ${formatNumber(Math.min(most, Math.max(low, batchSize)))} samples`;
  return `about ${formatNumber(value)} samples`;
}
