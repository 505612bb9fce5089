import { activationValue } from '../../run/record';
import { formatNumber, percent } from '../numbers';
import { standardizeInputs } from '../remedies/data';
import { useful } from '../remedies/edits';
import { insertBatchNorm, replaceStack, saturating, saturatingStack } from '../remedies/layers';
import { smallerLearningRate } from '../remedies/learningRate';
import { rule } from '../rule';
import { median } from '../statistics';
import { lossOf } from '../view';

/** Measurements in a row: one batch may be unlike the rest. */
const checks = 3;

export const saturatedUnits = rule({
  id: 'saturated-units',
  title: 'Saturated units',
  defaults: {
    // Share of inputs of a sigmoid or tanh beyond +-5, where its slope is below 0.007 [SageMaker Debugger, DeepDiagnosis].
    share: 0.5,
    // A run that has brought its loss below this share of the untrained loss has units enough: a hint [derived].
    lossShare: 0.5,
  },
  check(view, { share, lossShare }) {
    const measured = view.steps.filter((step) => step.activations);
    const hidden = new Set(saturatingStack(view).map(({ layer }) => layer));
    return view.activations(saturating).filter(({ layer }) => hidden.has(layer)).flatMap((activation) => {
      const flat = measured.map((step) => activationValue(step, activation.index, 'saturatedShare'));
      const ends = flat.map((_, i) => i + 1).filter((end) => end >= checks && flat.slice(end - checks, end).every((value) => value > share));
      if (ends.length === 0) return [];
      const [end] = ends;
      const start = end - checks;
      const stuck = ends.some((last) => measured.slice(last - checks, last).every((step) => lossOf(step) > lossShare * view.baseline.loss));
      // Units that worked at the first measurement were driven out by updates, not by their start.
      const driven = flat[0] < share / 2;
      const { step } = measured[start];
      const before = view.measured.findIndex((record) => record.step >= step);
      const value = median(flat.slice(start, end));
      return [{
        of: activation.layer,
        severity: stuck ? 'warning' as const : 'information' as const,
        title: `Units of ${activation.layer} are saturated`,
        explanation: `${percent(value)} of what enters it lies beyond +-5, at ${checks} measurements from step ${step} to ${measured[end - 1].step}. There a ${activation.kind} is flat: its slope is below ${formatNumber(0.007)}, and no gradient passes.`,
        target: { path: driven ? 'optimizer.learningRate' : activation.path ?? 'model', layer: activation.layer },
        step,
        lastStep: measured[ends.at(-1)! - 1].step,
        evidence: [{ label: `saturated inputs of ${activation.layer}`, value, threshold: share, comparison: 'above' as const, series: { of: 'activation' as const, layer: activation.layer, quantity: 'saturatedShare' as const } }],
        remedies: useful(view, [
          ...(driven ? smallerLearningRate(view, { start: Math.max(0, before - checks), end: Math.max(1, before + 1) }) : []),
          view.header.data && Math.hypot(view.header.data.input.mean, view.header.data.input.std) > 2 ? standardizeInputs(view) : undefined,
          insertBatchNorm(view, [activation]),
          replaceStack(view, saturatingStack(view), 'selu', 'lecunNormal', 'it has no flat part for positive inputs'),
        ]),
      }];
    });
  },
});
