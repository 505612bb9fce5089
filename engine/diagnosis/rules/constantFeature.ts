import { formatNumber, percent } from '../numbers';
import { rule } from '../rule';
import { beforeFirstStep } from '../static';

export const constantFeature = rule({
  id: 'constant-feature',
  title: 'Constant features',
  defaults: {
    // Share of the features; the borders of images are constant by right: 67 of 784 in MNIST, a third in a small sample of it. 0.5 missed tables with
    // 2 of 4 and 4 of 10 constant columns [calibrated].
    share: 0.35,
  },
  check(view, { share }) {
    const { data } = view.header;
    if (!data) return [];
    const { samples, input: { constantFeatures, features } } = data;
    // Of a single sample every feature is constant.
    if (samples < 2 || !(constantFeatures / features > share)) return [];
    const all = constantFeatures === features;
    return [{
      severity: all ? 'error' : 'information',
      title: all ? 'Every feature is constant' : `${formatNumber(constantFeatures)} of ${formatNumber(features)} features are constant`,
      explanation: `${all ? (features === 1 ? 'The only feature has' : `All ${features} features have`) : `${percent(constantFeatures / features)} of the features have`} the same value in all of ${samples} training samples. `
        + (all ? 'A model can only learn which label is most frequent.' : 'They tell nothing apart; weights are spent on them all the same, and samples that do vary in them are new to the model.'),
      target: { path: 'data.train' },
      ...beforeFirstStep,
      evidence: [{ label: 'share of constant features', value: constantFeatures / features, threshold: share, comparison: 'above' }],
      remedies: [],
    }];
  },
});
