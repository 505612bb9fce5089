import { formatLoss, formatNumber } from '../numbers';
import { clipGradient } from '../remedies/clip';
import { useful } from '../remedies/edits';
import { smallerLearningRate } from '../remedies/learningRate';
import { rule } from '../rule';
import { median } from '../statistics';
import { lossOf } from '../view';

/** Steps that the loss is compared with. */
const before = 100;
/** Steps that must stand out together: a single one is a batch of outliers. */
const length = 5;

export const lossSpike = rule({
  id: 'loss-spike',
  title: 'Loss spikes',
  defaults: {
    // Loss over the median of the 100 steps before [llm-foundry: twice their mean].
    factor: 2,
    // Distance from that median in median absolute deviations [derived]: 10 is 6.7 standard deviations of normal noise.
    deviations: 10,
    // Rise over the untrained loss: a loss near 0 doubles for nothing [derived].
    rise: 0.1,
  },
  check(view, { factor, deviations, rise }) {
    const losses = view.steps.map(lossOf);
    const smallest = rise * view.baseline.loss;
    const found: Spike[] = [];
    let reference: Omit<Spike, 'start' | 'value'> | undefined;
    let at = before;
    for (let start = before; start + length <= losses.length; start++) {
      // The reference stands still during a spike and moves on every ten steps else.
      if (start === before || (start % 10 === 0 && start - (found.at(-1)?.start ?? -before) >= before)) {
        at = start;
        reference = undefined;
      }
      // No loss is negative, so that this one is no spike whatever was before it.
      if (!(losses[start] > smallest)) continue;
      reference ??= referenceOf(losses.slice(at - before, at));
      const { center, deviation } = reference;
      const limit = Math.max(factor * center, center + deviations * deviation, center + smallest);
      if (!(losses[start] > limit) || start - (found.at(-1)?.start ?? -before) < before) continue;
      const window = losses.slice(start, start + length);
      if (window.filter((loss) => loss > limit).length > length / 2) found.push({ start, value: median(window), ...reference });
    }
    if (found.length === 0) return [];
    const [first] = found;
    const { step } = view.steps[first.start];
    const from = view.measured.findIndex((record) => record.step >= step);
    const fault = { start: Math.max(0, from - length), end: Math.max(1, from + 1) };
    return [{
      severity: 'warning',
      title: `Loss spikes at step ${step}`,
      explanation: `The loss is ${formatLoss(first.value)} from step ${step} on, ${formatNumber(first.value / first.center)} times the median of the ${before} steps before (${formatLoss(first.center)}) and ${formatNumber((first.value - first.center) / first.deviation)} of their median deviations above it. `
        + `${found.length === 1 ? 'A single' : `One of ${found.length}`} update has thrown the weights off what they had learnt.`,
      target: { path: 'optimizer.learningRate' },
      step,
      lastStep: view.steps[Math.min(losses.length, found.at(-1)!.start + length) - 1].step,
      confidence: losses.slice(first.start, first.start + length).filter((loss) => loss > factor * first.center).length / length,
      evidence: [{
        label: `loss over the median of the ${before} steps before`, value: first.value / first.center, threshold: factor, comparison: 'above',
        curve: { at: view.steps, value: (i) => losses[i] / first.center },
      }],
      remedies: useful(view, [clipGradient(view, first.start), ...(from >= 0 ? smallerLearningRate(view, fault) : [])]),
    }];
  },
});

interface Spike {
  start: number;
  value: number;
  center: number;
  deviation: number;
}

/** Median and median absolute deviation: earlier spikes do not move them. */
function referenceOf(losses: number[]): { center: number; deviation: number } {
  const center = median(losses);
  return { center, deviation: Math.max(median(losses.map((loss) => Math.abs(loss - center))), 1e-6 * Math.abs(center)) };
}
