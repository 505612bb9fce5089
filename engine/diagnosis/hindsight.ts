import type { Finding } from './finding';
import { spanOfProgress } from './static';
import { median } from './statistics';
import { lossOf, type RecordView } from './view';

/**
 * What a run must have reached for a finding to be a hint. `left`: below 0.7 of the untrained loss, as slow-convergence asks no more, or come to rest clearly below it;
 * `learnt`: below 0.7; `solved`: below 0.1; `over`: learnt where the finding's last evidence is long past, else solved [derived].
 */
type Reached = 'left' | 'learnt' | 'solved' | 'over';

/** By rule. What is not here keeps its severity: a wrong loss, an option that is wrong by itself, values that are not finite, a gap to the validation loss. */
const excusedOnce: Record<string, Reached> = {
  // Their whole claim is that the loss stays up.
  'loss-not-decreasing': 'left', 'slow-convergence': 'left', 'lr-proposal': 'left', 'adam-signal-to-noise': 'left', 'adam-beta2-horizon': 'left',
  // They say that the way is hard; the loss tells whether it was too hard.
  'adam-overshoot': 'left', 'adam-uncorrelated-update': 'left',
  // Layers that do not learn may keep a loss from falling further: rest is no excuse.
  'dead-units': 'learnt', 'saturated-units': 'learnt', 'unchanged-parameters': 'learnt', 'gradient-vanishing': 'learnt', 'poor-initialisation': 'learnt', 'adam-epsilon-dominates': 'learnt',
  // What starts badly costs more than time unless the task is solved.
  'data-scale': 'solved', 'label-range': 'solved', 'gradient-exploding': 'solved', 'adam-no-warmup': 'solved',
  // What throws a run back, for as long as it does.
  'loss-spike': 'over', 'loss-scale-overflow': 'over', 'loss-oscillating': 'over', 'adam-stale-second-moment': 'over', 'adam-decoupled-second-moment': 'over', 'adam-second-moment-forgets': 'over', 'adam-edge-of-stability': 'over',
};

const learnt = 0.7;
const solved = 0.1;

/**
 * Findings with their severity as the run has gone on. Many runs rest on a plateau before they learn, or are thrown back once: while it lasts it is a fault, once the run
 * has learnt in spite of it the finding stays as a hint, unless something that followed from it still is a fault. It becomes a warning again should the loss come back.
 */
export function inHindsight(view: RecordView, findings: readonly Finding[], isFixed: (finding: Finding) => boolean): Finding[] {
  const excused = new Set(findings.filter((finding) => !isFixed(finding) && isExcused(view, finding)));
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  for (const finding of findings) {
    if (excused.has(finding) || finding.severity === 'information') continue;
    for (let cause = byId.get(finding.symptomOf ?? ''); cause && excused.delete(cause);) cause = byId.get(cause.symptomOf ?? '');
  }
  return findings.map((finding) => (excused.has(finding) ? { ...finding, severity: 'information' } : finding));
}

function isExcused(view: RecordView, { rule, severity, lastStep }: Finding): boolean {
  const needed = severity === 'warning' ? excusedOnce[rule] : undefined;
  if (needed === undefined || view.steps.length === 0) return false;
  const lasts = lastStep > view.steps.at(-1)!.step - spanOfProgress(view);
  const share = needed === 'solved' || (needed === 'over' && lasts) ? solved : learnt;
  return presentLoss(view) < share * view.baseline.loss || (needed === 'left' && rests(view));
}

const cache = new WeakMap<RecordView, number>();

/** Median over the newest steps, as many as learning takes. */
function presentLoss(view: RecordView): number {
  const known = cache.get(view) ?? median(view.steps.slice(-spanOfProgress(view)).map(lossOf));
  cache.set(view, known);
  return known;
}

/** A loss that has come down by this share of the untrained loss has learnt something [derived]. */
const something = 0.05;
/** Part of its whole fall that a run at rest has made in its second half at most [derived]. */
const rest = 0.25;

/** Whether the loss fell in the first half of the run and hardly since: what is left the data may not allow. A learning rate that is too small makes it fall all along. */
function rests(view: RecordView): boolean {
  const span = spanOfProgress(view);
  const { steps, baseline: { loss: untrained } } = view;
  if (steps.length < 4 * span) return false;
  const present = presentLoss(view);
  const middle = median(steps.slice((steps.length - span) / 2, (steps.length + span) / 2).map(lossOf));
  return present < (1 - something) * untrained && middle - present < rest * (untrained - present);
}
