import type { Remedy } from '../finding';
import { formatLoss, formatNumber, percent } from '../numbers';
import { useful } from '../remedies/edits';
import { initializeHe, insertBatchNorm, replaceStack, saturatingStack } from '../remedies/layers';
import { setLearningRate } from '../remedies/learningRate';
import { rule } from '../rule';
import type { RecordView } from '../view';

/** A look at the model before the run, where the run file asks for it. */
export const oneBatch = rule({
  id: 'cannot-overfit-one-batch',
  title: 'Model cannot learn one batch by heart',
  defaults: {
    // Least loss over that of an untrained model. TheDeepChecker asks for a loss of 1e-5 in 1000 steps, which cross-entropy does not reach with small steps [derived].
    share: 0.2,
  },
  check(view, { share }) {
    const { oneBatch: fit } = view.header;
    if (!fit) return [];
    const untrained = view.baseline.known ? view.baseline.loss : fit.first;
    const reached = fit.least / untrained;
    const found = !(reached <= share);
    const factor = fit.learningRate / view.learningRate;
    if (!found && factor === 1) return [];
    const most = fit.step.at(-1)!;
    return [{
      severity: found ? 'warning' : 'information',
      title: found ? 'Model cannot learn one batch by heart' : `One batch is learnt with ${formatNumber(factor)} times the learning rate only`,
      explanation: `Trained on the same ${fit.samples} samples for ${most} steps, the model brings their loss from ${formatLoss(fit.first)} to ${formatLoss(fit.least)}, ${percent(reached)} of what an untrained model has, at learning rate ${formatNumber(fit.learningRate)}. `
        + (found
          ? 'So few samples any sound model learns by heart: its layers, its loss or its labels are at fault, and neither more data nor more time will help.'
          : 'The model is sound, and the learning rate of the run file is not what it needs.'),
      target: { path: found ? 'model' : 'optimizer.learningRate' },
      step: 0,
      lastStep: view.steps.at(-1)?.step ?? 0,
      evidence: [{
        label: `least loss of ${fit.samples} samples over that of an untrained model`, value: reached, threshold: share, comparison: found ? 'above' : 'below',
        curve: { at: fit.step.map((step) => ({ step })), value: (i) => fit.loss[i] / untrained, span: [0, most] },
      }],
      remedies: useful(view, found ? structural(view) : [setLearningRate(view, fit.learningRate, 'with it the model learns one batch by heart')]),
    }];
  },
});

function structural(view: RecordView): (Remedy | undefined)[] {
  const stack = saturatingStack(view);
  const relus = view.activations(['relu']);
  const decay = view.number('optimizer.weightDecay') ?? 0;
  return [
    decay > 0 ? { title: `Set weightDecay to 0 (was ${formatNumber(decay)}): it may hold the weights down`, edits: [{ path: 'optimizer.weightDecay', value: 0 }] } : undefined,
    replaceStack(view, stack, 'selu', 'lecunNormal', 'they keep variance 1 from layer to layer'),
    insertBatchNorm(view, stack.length > 0 ? stack : relus),
    initializeHe(view, view.matrices.slice(0, -1)),
  ];
}
