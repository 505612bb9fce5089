import type { DataSummary } from '../../run/record';
import { formatNumber } from '../numbers';
import { useful } from '../remedies/edits';
import { fitOutput } from '../remedies/output';
import { perOutput, rule, type Report } from '../rule';
import { beforeFirstStep, staysUnlearnt } from '../static';
import { typeName, type RecordView } from '../view';

export const labelRange = rule({
  id: 'label-range',
  title: 'Labels out of range',
  defaults: {
    // Size of the values to predict, root mean square [derived]: an output starts at about 1, and Adam moves a weight by at most the learning rate a step.
    large: 10,
    small: 0.01,
    // Distance of their mean from 0 in standard deviations [derived].
    offset: 5,
  },
  check: perOutput((view, thresholds: { large: number; small: number; offset: number }) => {
    const { data } = view.header;
    if (!data || (data.labels.type === 'classes' && data.labels.tokens)) return [];
    return data.labels.type === 'classes' ? absentClasses(data, data.labels.counts) : outOfScale(view, data.labels, thresholds);
  }),
});

function absentClasses({ samples }: DataSummary, counts: readonly number[]): Report[] {
  const absent = counts.flatMap((count, id) => (count === 0 ? [id] : []));
  const present = counts.length - absent.length;
  if (present === 1) return [oneLabel(`class ${counts.findIndex((count) => count > 0)}`)];
  // A rare class may be missing from the samples looked at.
  if (absent.length === 0 || samples < 20 * counts.length) return [];
  const named = absent.length > 5 ? `${absent.slice(0, 5).join(', ')} and ${absent.length - 5} more` : absent.join(', ');
  return [{
    of: 'absent',
    severity: 'information',
    title: `${absent.length === 1 ? `Class ${absent[0]} has` : `${absent.length} of ${counts.length} classes have`} no training sample`,
    explanation: `Among ${samples} training samples ${present} of ${counts.length} classes occur; none has the ${absent.length === 1 ? 'class' : 'classes'} ${named}. Either samples are missing, or the labels are numbered with gaps and the model has outputs that it never needs.`,
    target: { path: 'data.train' },
    ...beforeFirstStep,
    evidence: [{ label: 'share of the classes that occur', value: present / counts.length, threshold: 1, comparison: 'below' }],
    remedies: [],
  }];
}

const oneLabel = (what: string): Report => ({
  of: 'one',
  severity: 'error',
  title: 'Every training sample has the same label',
  explanation: `All training samples that were looked at have ${what}. There is nothing to tell apart: a model that always answers the same is perfect.`,
  target: { path: 'data.train' },
  ...beforeFirstStep,
  evidence: [{ label: 'different labels', value: 1, threshold: 2, comparison: 'below' }],
  remedies: [],
});

type Values = Extract<DataSummary['labels'], { type: 'values' }>;

function outOfScale(view: RecordView, { mean, std, min, max }: Values, { large, small, offset }: { large: number; small: number; offset: number }): Report[] {
  if (min === max) return [oneLabel(`the value ${formatNumber(min)}`)];
  // Labels of this loss are probabilities.
  if (/^bce/.test(typeName(view.config('loss')) ?? '')) return [];
  const size = Math.hypot(mean, std);
  const far = Math.abs(mean) / std;
  const [label, value, threshold, comparison] = size > large ? ['root mean square of the labels', size, large, 'above'] as const
    : size < small ? ['root mean square of the labels', size, small, 'below'] as const
    : ['mean of the labels over their standard deviation', far, offset, 'above'] as const;
  if (comparison === 'above' ? !(value > threshold) : !(value < threshold)) return [];
  return [{
    of: 'scale',
    severity: staysUnlearnt(view) ? 'warning' : 'information',
    title: comparison === 'below' ? 'Labels are small against the output' : label.startsWith('mean') ? 'Labels are far from 0' : 'Labels are large against the output',
    explanation: `The values to predict have mean ${formatNumber(mean)} and standard deviation ${formatNumber(std)}, from ${formatNumber(min)} to ${formatNumber(max)}. `
      + 'The output of a new model has mean 0 and a standard deviation of about 1, so that the first part of training is spent on the scale.',
    target: { path: 'data.train' },
    ...beforeFirstStep,
    evidence: [{ label, value, threshold, comparison }],
    remedies: useful(view, [fitOutput(view, mean, std)]),
  }];
}
