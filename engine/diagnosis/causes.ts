import type { Finding, Severity } from './finding';

/** Known before the first step: what the data, the loss and the initial weights bring with them. */
const given = ['loss-output-mismatch', 'label-range', 'data-scale', 'constant-feature'];
/** Options of Adam that are wrong whatever the loss is like. */
const settings = ['adam-beta-order', 'adam-bias-correction', 'adam-epsilon-too-small'];
/** A second moment that does not fit the gradient makes updates too large. */
const moments = ['adam-stale-second-moment', 'adam-decoupled-second-moment', 'adam-second-moment-forgets'];

/** Steps that the loss does not allow: what they break, breaks after them. */
const tooLarge = [...settings, 'adam-edge-of-stability', ...moments, 'gradient-exploding', 'update-ratio/large'];
/** Layers that do not learn. */
const idle = ['dead-units', 'saturated-units', 'unchanged-parameters'];

/**
 * What a finding may follow from, likeliest cause first. A key is a finding's id or, for all others of a rule, the rule's. Read downwards it never leads back: what
 * is given before the first step comes first, then a learning rate beyond what the loss allows, then the updates it makes, then what they break.
 */
const mayFollowFrom: Record<string, string[]> = {
  'cannot-overfit-one-batch': given,
  'poor-initialisation': ['data-scale', 'label-range'],
  'gradient-exploding/start': ['data-scale', 'label-range', 'poor-initialisation/equal'],
  'poor-initialisation/loss': ['gradient-exploding/start', 'data-scale', 'label-range'],
  'adam-bias-correction': ['adam-beta-order'],
  'adam-epsilon-too-small': ['adam-beta-order'],
  'adam-stale-second-moment': ['adam-beta-order'],
  'adam-decoupled-second-moment': ['adam-beta-order', 'adam-stale-second-moment'],
  'adam-second-moment-forgets': ['adam-beta-order', 'adam-stale-second-moment', 'adam-decoupled-second-moment'],
  'adam-edge-of-stability': ['gradient-exploding/start', 'data-scale', ...settings, ...moments],
  'gradient-exploding': [...settings, 'adam-edge-of-stability', ...moments, 'data-scale', 'label-range', 'poor-initialisation/equal'],
  'update-ratio/large': [...settings, 'adam-edge-of-stability', ...moments, 'gradient-exploding'],
  'adam-overshoot': [...tooLarge, ...idle, 'poor-initialisation', ...given],
  'adam-beta2-horizon': [...tooLarge, 'adam-overshoot', 'lr-proposal/large', ...idle, ...given],
  'adam-uncorrelated-update': [...tooLarge, 'adam-overshoot'],
  'lr-proposal/large': [...tooLarge, 'adam-overshoot', 'adam-no-warmup', 'data-scale'],
  'adam-no-warmup': [...settings, 'adam-edge-of-stability', 'gradient-exploding', 'update-ratio/large', 'data-scale', 'loss-output-mismatch'],
  'dead-units': [...settings, 'adam-edge-of-stability', 'gradient-exploding', 'update-ratio/large', 'adam-no-warmup', 'data-scale', 'poor-initialisation', 'loss-output-mismatch'],
  'saturated-units': [...settings, 'adam-edge-of-stability', 'gradient-exploding', 'update-ratio/large', 'adam-no-warmup', 'data-scale', 'poor-initialisation'],
  'gradient-vanishing': [...settings, 'gradient-exploding', 'update-ratio/large', 'adam-no-warmup', 'dead-units', 'saturated-units', 'poor-initialisation', 'loss-output-mismatch'],
  'unchanged-parameters': ['gradient-exploding', 'update-ratio/large', 'dead-units', 'saturated-units', 'gradient-vanishing', ...given],
  'adam-epsilon-dominates': ['gradient-vanishing', ...idle, 'loss-output-mismatch'],
  'clip-fraction': [...tooLarge, 'data-scale', 'label-range'],
  'update-ratio/small': ['gradient-vanishing', 'adam-epsilon-dominates', ...idle, 'clip-fraction'],
  'lr-proposal/small': ['gradient-vanishing', 'adam-epsilon-dominates', ...idle, 'clip-fraction', 'update-ratio/small', 'gradient-exploding/start', 'poor-initialisation', ...given],
  'slow-convergence': ['gradient-vanishing', 'adam-epsilon-dominates', ...idle, 'clip-fraction', 'update-ratio/small', 'lr-proposal/small', 'label-range', 'loss-output-mismatch'],
  'loss-scale-overflow': [...tooLarge, 'data-scale', 'label-range'],
  'non-finite': [...tooLarge, 'loss-scale-overflow', 'data-scale', 'label-range', 'poor-initialisation'],
  'loss-spike': [...tooLarge, 'adam-overshoot', 'adam-uncorrelated-update', 'shuffled-order'],
  'loss-oscillating': [...tooLarge, 'adam-overshoot', 'lr-proposal/large', 'loss-spike', 'shuffled-order', 'data-scale', 'label-range'],
  'adam-signal-to-noise': [
    ...tooLarge, 'update-ratio', 'gradient-vanishing', 'adam-epsilon-dominates', 'clip-fraction', ...idle, 'adam-overshoot', 'adam-no-warmup', 'slow-convergence', 'lr-proposal', 'shuffled-order',
    'poor-initialisation', ...given,
  ],
  'loss-not-decreasing': [
    ...tooLarge, 'adam-overshoot', 'adam-no-warmup', 'lr-proposal/large', 'gradient-vanishing', 'adam-beta2-horizon', 'adam-epsilon-dominates', 'update-ratio/small', 'slow-convergence',
    'lr-proposal/small', ...idle, 'loss-oscillating', 'clip-fraction', 'shuffled-order', 'adam-signal-to-noise', 'label-imbalance', 'poor-initialisation', ...given,
  ],
  'overfitting': ['shuffled-order'],
};

/** Rules look at windows of some 50 steps: a cause may be seen to begin that much after its symptom. */
const slack = 50;

const rank: Record<Severity, number> = { error: 0, warning: 1, information: 2 };

const names = (finding: Finding): string[] => [finding.id, finding.rule];

/** Causes first, then by severity and step. */
export const byCause = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => Number(a.symptomOf !== undefined) - Number(b.symptomOf !== undefined) || rank[a.severity] - rank[b.severity] || a.step - b.step);

/** Each finding with the one it follows from. */
export function linkCauses(findings: readonly Finding[]): Finding[] {
  const linked = findings.map((finding): Finding => {
    const causes = mayFollowFrom[finding.id] ?? mayFollowFrom[finding.rule] ?? [];
    // A hint explains no fault.
    const cause = causes.flatMap((name) => findings.filter((other) =>
      names(other).includes(name) && other.step <= finding.step + slack && other.step <= finding.lastStep && rank[other.severity] <= Math.max(rank[finding.severity], rank.warning)))[0];
    const first = cause ?? firstOfItsKind(finding, findings);
    return first ? { ...finding, symptomOf: first.id } : finding;
  });
  return linked.map((finding) => cureCause(finding, linked));
}

/** One fault shows in many layers: the first that a rule has spoken of stands for the others. */
function firstOfItsKind(finding: Finding, all: readonly Finding[]): Finding | undefined {
  if (finding.target.layer === undefined) return undefined;
  const first = all.filter(({ rule, target, severity }) => rule === finding.rule && target.layer !== undefined && rank[severity] <= rank[finding.severity])
    .reduce((a, b) => (b.step < a.step ? b : a));
  return first === finding ? undefined : first;
}

/** The best remedy of a symptom is that of its root. What it would itself do to the optimizer is dropped: that was computed from a run that is broken already. */
function cureCause(finding: Finding, all: readonly Finding[]): Finding {
  let root = finding;
  // Causes have lower ranks in the table, so that the chain ends.
  for (let cause = parent(root, all); cause; cause = parent(root, all)) root = cause;
  if (root === finding || root.remedies.length === 0) return finding;
  return { ...finding, remedies: [root.remedies[0], ...finding.remedies.filter(({ edits }) => !edits.some(({ path }) => /^(optimizer|clip)/.test(path)))] };
}

const parent = ({ symptomOf }: Finding, all: readonly Finding[]): Finding | undefined => all.find(({ id }) => id === symptomOf);
