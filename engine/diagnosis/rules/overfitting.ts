import { useful } from '../remedies/edits';
import { insertDropout } from '../remedies/layers';
import type { Remedy } from '../finding';
import { formatLoss } from '../numbers';
import { rule } from '../rule';
import { median } from '../statistics';
import type { RecordView } from '../view';

export const overfitting = rule({
  id: 'overfitting',
  title: 'Overfitting',
  defaults: {
    // Validation loss over training loss, less 1 [SageMaker Debugger].
    gap: 0.1,
    // Rise of the validation loss above its best [derived].
    rise: 0.3,
    // Validations since the best one; SageMaker Debugger waits for 10, the rise makes 5 enough [derived].
    patience: 5,
    // Share of its best value that the metric must have lost, and two standard errors of an accuracy: a loss that rises while as many samples are right only tells of confidence [derived].
    harm: 0.02,
  },
  check(view, { gap, rise, patience, harm }) {
    const checks = validations(view);
    let best = 0;
    for (let now = 1; now < checks.length; now++) {
      if (checks[now].loss < checks[best].loss) best = now;
      if (now - best < patience) continue;
      const recent = checks.slice(now - 2, now + 1);
      const loss = median(recent.map((check) => check.loss));
      const train = median(recent.map((check) => check.train));
      const stillLearns = train < 0.9 * checks[best].train;
      if (!(loss > (1 + rise) * checks[best].loss && loss > (1 + gap) * train && stillLearns && metricLost(view, checks.slice(best, now + 1)) >= 0)) continue;
      const epochs = checks[best].epoch + 1;
      const at = view.steps.filter(({ validation }) => validation);
      return [{
        severity: metricLost(view, checks.slice(best)) > Math.max(harm, shareByChance(view, checks[best].metric)) ? 'warning' : 'information',
        title: 'Validation loss rises while training loss falls',
        explanation: `The validation loss was lowest at step ${checks[best].step} (${formatLoss(checks[best].loss)}) and is ${formatLoss(loss)} at step ${checks[now].step}, while the training loss fell from ${formatLoss(checks[best].train)} to ${formatLoss(train)}. What is learnt since then holds for the training samples only.`,
        target: { path: 'epochs' },
        step: checks[best].step,
        lastStep: checks.at(-1)!.step,
        evidence: [
          { label: 'rise of the validation loss above its best', value: loss / checks[best].loss - 1, threshold: rise, comparison: 'above', curve: { at, value: (i) => checks[i].loss / Math.min(...checks.slice(0, i + 1).map((check) => check.loss)) - 1 } },
          { label: 'validation loss over training loss, less 1', value: loss / train - 1, threshold: gap, comparison: 'above', curve: { at, value: (i) => checks[i].loss / checks[i].train - 1 } },
        ],
        remedies: useful(view, [
          { title: `Set epochs to ${epochs}: the validation loss was lowest then`, edits: [{ path: 'epochs', value: epochs }] },
          insertDropout(view),
          decay(view),
          view.config('earlyStop') === undefined
            ? { title: `Stop early: after ${patience} epochs without a lower validation loss`, edits: [{ path: 'earlyStop', value: { patience } }] }
            : undefined,
        ]),
      }];
    }
    return [];
  },
});

/** Validations whose metric is taken together: single ones differ. */
const around = 5;

/** Share of the metric of the first of these validations, the best, that the last ones have lost. */
function metricLost({ header }: RecordView, checks: readonly { metric: number }[]): number {
  const metricOf = (part: typeof checks): number => median(part.map(({ metric }) => metric));
  const ratio = metricOf(checks.slice(-Math.min(around, Math.ceil(checks.length / 2)))) / metricOf(checks.slice(0, Math.min(around, Math.ceil(checks.length / 2))));
  return header.metric === 'accuracy' ? 1 - ratio : ratio - 1;
}

/** Share of an accuracy that two of its standard errors are. */
const shareByChance = ({ header: { metric, validationSamples } }: RecordView, accuracy: number): number =>
  (metric === 'accuracy' ? 2 * Math.sqrt((1 - accuracy) / accuracy / validationSamples) : 0);

/** Each validation with the median training loss since the one before. */
function validations({ steps }: RecordView) {
  const checks: { step: number; epoch: number; loss: number; metric: number; train: number }[] = [];
  let start = 0;
  steps.forEach(({ step, epoch, validation }, i) => {
    if (!validation) return;
    checks.push({ step, epoch, ...validation, train: median(steps.slice(start, i + 1).map((record) => record.loss)) });
    start = i + 1;
  });
  return checks;
}

/** Decoupled decay as AdamW's default 0.01 (Loshchilov & Hutter 2019); 5e-4 for SGD (Krizhevsky et al. 2012). */
function decay(view: RecordView): Remedy | undefined {
  if (view.optimizer === 'adam') {
    return { title: 'Use AdamW with weightDecay 0.01', edits: [{ path: 'optimizer.type', value: 'adamw' }, { path: 'optimizer.weightDecay', value: 0.01 }] };
  }
  if (view.optimizer === 'lbfgs') return undefined;
  const value = ['adamw', 'stableadamw', 'lamb', 'lion'].includes(view.optimizer) ? 0.1 : 5e-4;
  if ((view.number('optimizer.weightDecay') ?? 0) >= value) return undefined;
  return { title: `Set weightDecay to ${value}`, edits: [{ path: 'optimizer.weightDecay', value }] };
}
