import type { Case } from './cases';
import type { Digest } from './result';

/** A finding by its id or its rule, or by what its remedy does to the learning rate. */
type Name = string | { rule: string; learningRate: 'up' | 'down' };

/**
 * Published symptoms that have another name with us, beside their own: cause and effect are two findings, and a learning rate is judged by what it does.
 * The range test proposes a rate in either direction.
 */
export const aliases: Record<string, Name[]> = {
  'learning-rate-too-high': ['update-ratio/large', 'adam-edge-of-stability', { rule: 'lr-proposal', learningRate: 'down' }],
  'slow-convergence': ['loss-not-decreasing', 'update-ratio/small', { rule: 'lr-proposal', learningRate: 'up' }],
  'loss-not-decreasing': ['slow-convergence'],
  'loss-output-mismatch': ['softmax-twice'],
  overfitting: ['overtraining'],
};

/** "gradient-exploding of the transcribed models can be a net whose activations overflow, or die": what the label then stands for. */
const transcribed: Record<string, Name[]> = { 'gradient-exploding': ['non-finite', 'dead-units', 'gradient-vanishing'] };
const isTranscribed = ({ labelledBy }: Case): boolean => /DeepDiagnosis/.test(labelledBy);

/** Whether a finding is the expected symptom; `label`: only under the caveat about transcribed labels. */
export function names(one: Case, finding: Digest): 'name' | 'label' | undefined {
  const own = one.expected.flatMap((symptom): Name[] => [symptom, ...(aliases[symptom] ?? [])]);
  if (own.some((name) => matches(finding, name))) return 'name';
  if (isTranscribed(one) && one.expected.flatMap((symptom) => transcribed[symptom] ?? []).some((name) => matches(finding, name))) return 'label';
  return undefined;
}

function matches(finding: Digest, name: Name): boolean {
  if (typeof name === 'string') return finding.id === name || finding.rule === name;
  return finding.rule === name.rule && direction(finding) === name.learningRate;
}

/** Rules that judge a learning rate tell the direction in their id, as in "lr-proposal/down", or in the remedy's title: "Set learningRate to 1e-3 (was 0.1)". */
function direction({ id, remedies }: Digest): 'up' | 'down' | undefined {
  const stated = /\/(up|down|small|large)$/.exec(id)?.[1];
  if (stated) return stated === 'up' || stated === 'small' ? 'up' : 'down';
  const [, to, from] = /learningRate to (\S+) \(was (\S+?)\)/.exec(remedies[0]?.title ?? '') ?? [];
  return to === undefined ? undefined : Number(to) > Number(from) ? 'up' : 'down';
}

/** A warning or an error. */
export const serious = ({ severity }: Digest): boolean => severity !== 'information';

/** Of a case that is published as healthy with a beta2 far from any use, a finding about beta2 is right. */
export const excused = ({ optimizer }: Case, finding: Digest): boolean => {
  const beta2 = typeof optimizer === 'string' ? undefined : optimizer.beta_2;
  return typeof beta2 === 'number' && beta2 < 0.9 && [finding.path, ...finding.remedies.flatMap(({ edits }) => edits.map(({ path }) => path))].includes('optimizer.beta2');
};
