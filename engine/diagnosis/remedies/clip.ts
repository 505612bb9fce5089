import type { Remedy } from '../finding';
import { formatNumber, round2 } from '../numbers';
import { quantile } from '../statistics';
import type { RecordView } from '../view';

/** Enough steps for a 90th percentile to mean something. */
const enough = 10;

/**
 * Clips at the 90th percentile of the gradient norms before the fault, so that healthy steps are mostly left as they are (Google's
 * Deep Learning Tuning Playbook, "optimization failures"). `before` is the index of the step at which the fault starts.
 */
export function clipGradient(view: RecordView, before: number): Remedy | undefined {
  const healthy = view.steps.slice(Math.max(0, before - 200), before).map((step) => step.gradientNorm);
  if (healthy.length < enough) return undefined;
  const norm = round2(quantile(healthy, 0.9));
  if (!(norm > 0)) return undefined;
  return {
    title: `Clip the gradient at norm ${formatNumber(norm)}: 90th percentile of the steps before the fault`,
    edits: [{ path: 'clip.globalNorm', value: norm }],
  };
}
