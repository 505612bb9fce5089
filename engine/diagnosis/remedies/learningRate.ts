import type { Remedy } from '../finding';
import { formatNumber, round2 } from '../numbers';
import { median } from '../statistics';
import type { RecordView } from '../view';
import type { Window } from '../windows';

/**
 * Update-to-weight ratio of a run that learns well: the middle of TheDeepChecker's interval, log10 r in [-4, -1]. Karpathy's rule of thumb
 * is 1e-3 for a run under way; the steps that are judged are early ones, whose updates are larger. Measured on handwritten digits, the
 * best early ratio is 0.003 to 0.005 for SGD and 0.007 to 0.05 for Adam.
 */
export const targetUpdateRatio = 3.2e-3;

/** Safety factor below the largest stable step (Cohen et al. 2022 observe training at the edge; a noisy gradient needs room). */
export const edgeMargin = 1.2;

/** A small gradient is no reason for more than this: ten times the default of Adam, and 1 where the step is a multiple of the gradient. */
const largest = (view: RecordView): number => (view.optimizer === 'sgd' ? 1 : 1e-2);

export function setLearningRate(view: RecordView, value: number, why: string): Remedy | undefined {
  const learningRate = round2(value);
  // L-BFGS finds the size of its steps by itself.
  if (!(learningRate > 0 && Number.isFinite(learningRate)) || view.optimizer === 'lbfgs') return undefined;
  return {
    title: `Set learningRate to ${formatNumber(learningRate)} (was ${formatNumber(view.learningRate)}): ${why}`,
    edits: [{ path: 'optimizer.learningRate', value: learningRate }],
  };
}

/** Learning rate at which the median update of a matrix would be the target share of its weights; undefined unless it changes by more than a quarter. */
export function learningRateFromRatio(view: RecordView, window: Window, direction: 'down' | 'up'): Remedy | undefined {
  // The ratio scales with the learning rate, so that a step of a warm-up is brought to the base rate.
  const ratio = median(view.series(window, (i) => (view.medianUpdateRatio(i) * view.learningRate) / view.measured[i].learningRate));
  const value = direction === 'down' ? (view.learningRate * targetUpdateRatio) / ratio : Math.min((view.learningRate * targetUpdateRatio) / ratio, largest(view));
  const changesEnough = direction === 'down' ? value < 0.8 * view.learningRate : value > 1.25 * view.learningRate;
  if (!changesEnough) return undefined;
  return setLearningRate(view, value, `times ${formatNumber(targetUpdateRatio)} / ${formatNumber(ratio)}, the healthy over the measured update-to-weight ratio`);
}

/** Optimizers that the limits below were derived for, by the kind of their momentum. */
const exponentialAverage = ['adam', 'adamw', 'radam', 'stableadamw'];
const heavyBall = ['sgd', 'rmsprop', 'adagrad'];

/**
 * Sharpness times learning rate at which the optimizer becomes unstable: (2 + 2 b1) / (1 - b1) with momentum as an exponential average,
 * 38 at Adam's b1 = 0.9 (Cohen et al. 2022, arXiv 2207.14484); 2 + 2 momentum with heavy-ball momentum (Cohen et al. 2021). Infinity where no limit is known.
 */
export function stabilityLimit(view: RecordView): number {
  if (heavyBall.includes(view.optimizer)) return 2 + 2 * (view.number('optimizer.momentum') ?? 0);
  if (!exponentialAverage.includes(view.optimizer)) return Infinity;
  const beta1 = view.number('optimizer.beta1') ?? 0.9;
  return (2 + 2 * beta1) / (1 - beta1);
}

export function learningRateFromSharpness(view: RecordView, sharpness: number): Remedy | undefined {
  const scale = stabilityLimit(view);
  const value = scale / (edgeMargin * sharpness);
  return value < view.learningRate ? setLearningRate(view, value, `${formatNumber(scale)} / (${edgeMargin} x sharpness ${formatNumber(sharpness)})`) : undefined;
}

export const scaleLearningRate = (view: RecordView, factor: number, why: string): Remedy | undefined =>
  setLearningRate(view, factor * view.learningRate, why);

/**
 * Steps whose updates tell how far the learning rate is off, when the fault begins at the given measured step. Adam's update has the
 * size of the learning rate whatever the gradient; that of SGD grows with the gradient, so only steps before the fault count.
 */
export function ratioWindow(view: RecordView, fault: Window): Window {
  const scaleFree = view.optimizer !== 'sgd';
  const end = Math.max(1, Math.min(view.measured.length, scaleFree ? fault.end : fault.start));
  // Adam's first updates are all of the size of the learning rate: there is no variance to divide by yet.
  return { start: Math.min(end - 1, Math.max(scaleFree ? 2 : 0, fault.start - 10)), end };
}

/** Remedies for a learning rate that is too large, best first. */
export const smallerLearningRate = (view: RecordView, fault: Window): (Remedy | undefined)[] => {
  const sharpness = view.measuredSharpness(fault);
  const fromRatio = view.measured.length > 0 ? learningRateFromRatio(view, ratioWindow(view, fault), 'down') : undefined;
  return [
    sharpness === undefined ? undefined : learningRateFromSharpness(view, sharpness),
    fromRatio ?? scaleLearningRate(view, 0.1, 'a tenth'),
  ];
};
