import type { Severity } from './finding';
import { spanOfProgress } from './static';
import { median } from './statistics';
import { lossOf, type RecordView } from './view';

/** Rules whose whole harm is that the loss stays up. */
const keepsLossUp = new Set([
  'loss-not-decreasing', 'slow-convergence', 'dead-units', 'saturated-units', 'unchanged-parameters', 'gradient-vanishing', 'poor-initialisation', 'adam-beta2-horizon', 'adam-epsilon-dominates',
  'adam-signal-to-noise', 'lr-proposal',
]);

/** Share of the untrained loss below which a run has learnt: slow-convergence asks no more [derived]. */
const learnt = 0.7;

/**
 * The severity of a finding as the run has gone on. Many runs rest on a plateau before they learn: while it lasts it is a fault, once the loss has left it
 * the finding stays as a hint. It becomes a warning again should the loss come back.
 */
export function inHindsight(view: RecordView, rule: string, severity: Severity): Severity {
  return severity === 'warning' && keepsLossUp.has(rule) && hasLearnt(view) ? 'information' : severity;
}

const hasLearnt = (view: RecordView): boolean =>
  view.steps.length > 0 && median(view.steps.slice(-spanOfProgress(view)).map(lossOf)) < learnt * view.baseline.loss;
