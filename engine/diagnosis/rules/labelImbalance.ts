import type { Remedy } from '../finding';
import { formatNumber, percent } from '../numbers';
import { useful } from '../remedies/edits';
import { perOutput, rule } from '../rule';
import { beforeFirstStep } from '../static';
import { typeName, type RecordView } from '../view';

export const labelImbalance = rule({
  id: 'label-imbalance',
  title: 'Classes of very different size',
  defaults: {
    // Samples of the largest over those of the smallest class [SageMaker Debugger].
    ratio: 10,
    // Validation accuracy above the share of the largest class, at most, of a model that names that class only [derived].
    gain: 0.01,
    // Validations in a row that show it [derived].
    checks: 3,
  },
  check: perOutput((view, { ratio, gain, checks }: { ratio: number; gain: number; checks: number }) => {
    const { data } = view.header;
    if (data?.labels.type !== 'classes' || data.labels.tokens) return [];
    const { counts } = data.labels;
    const present = counts.map((count, id) => ({ count, id })).filter(({ count }) => count > 0).sort((a, b) => a.count - b.count);
    const [smallest] = present;
    const largest = present.at(-1)!;
    const found = largest.count / smallest.count;
    if (!(found > ratio)) return [];
    const share = largest.count / counts.reduce((sum, count) => sum + count, 0);
    const validations = view.steps.filter((step) => step.validation).map((step) => step.validation!.metric <= share + gain);
    const namesOnlyLargest = validations.some((_, i) => i + 1 >= checks && validations.slice(i + 1 - checks, i + 1).every(Boolean));
    return [{
      severity: namesOnlyLargest ? 'warning' : 'information',
      title: 'Classes are of very different size',
      explanation: `Class ${largest.id} has ${formatNumber(found)} times as many training samples as class ${smallest.id}, ${largest.count} and ${smallest.count} of those looked at. `
        + `Naming class ${largest.id} always is right in ${percent(share)} of them, so that the smaller classes hardly count in the loss.`,
      target: { path: 'loss' },
      ...beforeFirstStep,
      evidence: [{ label: 'samples of the largest over those of the smallest class', value: found, threshold: ratio, comparison: 'above' }],
      remedies: useful(view, [balance(view, counts)]),
    }];
  }),
});

/** Weights that let every class count the same (King & Zeng 2001): "balanced" is n / (classes x n of the class). */
function balance(view: RecordView, counts: readonly number[]): Remedy | undefined {
  if (typeName(view.config('loss')) !== 'crossEntropy' || view.config('loss.classWeights') !== undefined) return undefined;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const weights = counts.filter((count) => count > 0).map((count) => total / (counts.length * count));
  const labelSmoothing = view.number('loss.labelSmoothing') ?? 0;
  return {
    title: `Weigh the classes by their size, from ${formatNumber(Math.min(...weights))} to ${formatNumber(Math.max(...weights))}: samples / (classes x samples of the class)`,
    edits: [{ path: 'loss', value: { type: 'crossEntropy', ...(labelSmoothing > 0 && { labelSmoothing }), classWeights: 'balanced' } }],
  };
}
