import type { Case } from './cases';

/** Cases with the same rows of the same data. */
export const dataKey = ({ dataset: { name, n_train, n_val } }: Case): string => `${name} ${n_train}/${n_val}`;

const learningRates = [1e-3, 1e-2, 1e-1];

/**
 * Where a folder has no healthy case of some data at all, what can be reached there is measured with ordinary settings: the network of a case with standardised
 * inputs and Adam at three learning rates, of which the best counts. These runs are not scored.
 */
export function referencesFor(cases: readonly Case[]): Case[] {
  const healthy = new Set(cases.filter(({ faulty }) => !faulty).map(({ dataset }) => dataset.name));
  const lacking = new Map(cases.filter(({ dataset }) => !healthy.has(dataset.name)).map((one) => [one.dataset.name, one]));
  return [...lacking.values()].flatMap((one) => learningRates.map((learningRate): Case => ({
    ...one,
    id: `reference-${one.dataset.name}-${learningRate}`,
    dataset: { ...one.dataset, preprocess: /\/\s*255|per-channel/.test(one.dataset.preprocess) ? one.dataset.preprocess : /mnist|cifar/.test(one.dataset.name) ? '/255' : 'StandardScaler; y unscaled' },
    optimizer: { name: 'Adam', learning_rate: learningRate },
    faulty: false, expected: [], labelledBy: 'reference',
  })));
}

export const isReference = ({ labelledBy }: Case): boolean => labelledBy === 'reference';
