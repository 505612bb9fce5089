import { activationValue } from '../../run/record';
import { useful } from '../remedies/edits';
import { replaceActivations, replaceStack } from '../remedies/layers';
import { smallerLearningRate } from '../remedies/learningRate';
import { formatNumber, percent } from '../numbers';
import { rule } from '../rule';
import { settled } from '../static';
import { median } from '../statistics';
import { lossOf } from '../view';

/** Measurements in a row: units may all rest on one batch. */
const checks = 3;
/** Layers from which on a stack is deep. */
const deep = 5;
/** A healthy unit rests on half of the samples: below this batch size whole batches of rest are chance. */
const smallestBatch = 8;

export const deadUnits = rule({
  id: 'dead-units',
  title: 'Dead units',
  defaults: {
    // Share of units that are 0 for every sample: AutoTrainer's share of zero gradients. TheDeepChecker's 0.5 is reached by healthy
    // networks (55 % in the dense layer of a digits network with 98 % accuracy).
    share: 0.7,
    // A run that has brought its loss below this share of the untrained loss has units enough: a hint [derived].
    lossShare: 0.5,
  },
  check(view, { share, lossShare }) {
    if ((view.number('batchSize') ?? smallestBatch) < smallestBatch) return [];
    const measured = view.steps.filter((step) => step.activations);
    const relus = view.activations(['relu']);
    return relus.flatMap((activation) => {
      const dead = measured.map((step) => activationValue(step, activation.index, 'deadShare'));
      const isDead = (end: number): boolean => end >= checks && dead.slice(end - checks, end).every((value) => value > share);
      // Every run is stuck at first.
      const isStuck = (end: number): boolean => measured[end - 1].step >= settled && measured.slice(end - checks, end).every((step) => lossOf(step) > lossShare * view.baseline.loss);
      const ends = dead.map((_, i) => i + 1).filter(isDead);
      if (ends.length === 0) return [];
      const start = ends[0] - checks;
      const { step } = measured[start];
      // Units that were alive at the first measurement were killed by an update, not by their start.
      const killed = dead[0] < share / 2;
      const value = median(dead.slice(start, ends[0]));
      const before = view.measured.findIndex((record) => record.step >= step);
      const fault = { start: Math.max(0, before - checks), end: Math.max(1, before + 1) };
      return [{
        of: activation.layer,
        severity: ends.some(isStuck) ? ('warning' as const) : ('information' as const),
        title: `Units of ${activation.layer} are dead`,
        explanation: `${percent(value)} of its units are 0 for every sample, at ${checks} measurements from step ${step} to ${measured[ends[0] - 1].step}. A unit that is 0 everywhere has no gradient and cannot recover.`,
        target: { path: killed ? 'optimizer.learningRate' : activation.path ?? 'model', layer: activation.layer },
        step,
        lastStep: measured[ends.at(-1)! - 1].step,
        evidence: [{ label: `dead units of ${activation.layer}`, value, threshold: share, comparison: 'above' as const, series: { of: 'activation' as const, layer: activation.layer, quantity: 'deadShare' as const } }],
        remedies: useful(view, [
          ...(killed ? smallerLearningRate(view, fault) : []),
          // In a deep stack other layers die next: of 20 layers of 5 units SELU healed all runs tried, leaky ReLU half of them.
          relus.length >= deep ? replaceStack(view, relus, 'selu', 'lecunNormal', 'no unit dies, and they keep variance 1 from layer to layer') : undefined,
          replaceActivations([activation], 'leakyRelu', `its slope of ${formatNumber(0.01)} for negative inputs keeps a gradient`),
        ]),
      }];
    });
  },
});
