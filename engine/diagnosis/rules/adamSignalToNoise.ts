import { AdamView } from '../adam';
import { describeHarm, harmsOf, type Harm } from '../harm';
import { formatNumber } from '../numbers';
import { batchTowardsNoiseScale, lessNoise } from '../remedies/adam';
import { useful } from '../remedies/edits';
import { learningRateFromRatio, scaleLearningRate } from '../remedies/learningRate';
import { rule } from '../rule';
import { indexFrom, type RecordView } from '../view';
import type { Window } from '../windows';

/** Beyond that the noise is not known. */
const most = 1000;

export const adamSignalToNoise = rule({
  id: 'adam-signal-to-noise',
  title: 'Gradient is nearly all noise, or nearly none',
  defaults: {
    // (s^2 - k) / (1 - s^2) while the loss stands still: nothing in the gradient to follow [derived, simulated].
    low: 0.02,
    // A gradient that agrees with itself from batch to batch allows larger steps [derived, simulated].
    high: 1,
  },
  check(view, { low, high }) {
    const adam = AdamView.of(view);
    if (!adam) return [];
    // One plateau holds others, later ones: the first that is decided.
    const valueOf = (window: Window): number => Math.min(most, adam.signalToNoise(window));
    const isDecided = (value: number): boolean => value < low || value > high;
    const harm = harmsOf(view).find((each) => {
      const window = within(view, each);
      return each.kind === 'plateau' && window.end - window.start >= 16 && isDecided(valueOf(window));
    });
    if (!harm) return [];
    const window = within(view, harm);
    const value = valueOf(window);
    const isNoise = value < low;
    return [{
      of: isNoise ? 'low' : 'high',
      severity: 'warning',
      title: isNoise ? 'Gradient is nearly all noise' : 'Gradient is nearly free of noise, and steps are short',
      explanation: `From step ${harm.step} to ${harm.lastStep} the true gradient has ${formatNumber(value)} times the variance of a batch's, while ${describeHarm(harm)}. `
        + (isNoise ? 'What is followed is the choice of the batch: a larger one or smaller steps average it out, unless the labels hold nothing to learn.' : 'Batch after batch points the same way, so that larger steps would go further.'),
      target: { path: isNoise ? 'batchSize' : 'optimizer.learningRate' },
      step: harm.step,
      lastStep: harm.lastStep,
      evidence: [{ label: 'signal-to-noise ratio of the gradient', value, threshold: isNoise ? low : high, comparison: isNoise ? 'below' : 'above', curve: { at: view.measured, value: (i) => (i >= window.start && i < window.end ? value : Math.min(most, adam.signalToNoise(around(view, i)))) } }],
      remedies: useful(view, isNoise
        ? [batchTowardsNoiseScale(adam, adam.noiseScale(window)), lessNoise(adam)]
        : [learningRateFromRatio(view, window, 'up') ?? scaleLearningRate(view, 10, 'ten times as large')]),
    }];
  },
});

const within = ({ measured }: RecordView, { step, lastStep }: Harm): Window => ({ start: indexFrom(measured, step), end: indexFrom(measured, lastStep + 1) });

const around = (view: RecordView, i: number): Window => ({ start: Math.max(0, i - 8), end: Math.min(view.measured.length, i + 8) });
