import { formatNumber, percent } from '../numbers';
import { shuffle } from '../remedies/data';
import { useful } from '../remedies/edits';
import { rule } from '../rule';
import { beforeFirstStep } from '../static';

export const shuffledOrder = rule({
  id: 'shuffled-order',
  title: 'Samples in an order that is not random',
  defaults: {
    // Share of neighbours of the same class over what chance gives; 2 for two classes in turn, C for C classes [derived].
    alike: 1.5,
    // Lag-1 autocorrelation of the values to predict [derived].
    autocorrelation: 0.5,
    // Standard errors that the share must be above chance [derived].
    errors: 4,
  },
  check(view, { alike, autocorrelation, errors }) {
    const { data, trainSamples } = view.header;
    // A batch that holds every sample has no order.
    if (!data || (view.number('batchSize') ?? 0) >= trainSamples) return [];
    const { order, labels, samples } = data;
    const classes = labels.type === 'classes';
    if (classes) {
      const total = labels.counts.reduce((sum, count) => sum + count, 0);
      const chance = labels.counts.reduce((sum, count) => sum + (count / total) ** 2, 0);
      if (!((order - 1) * chance > errors * Math.sqrt((chance * (1 - chance)) / samples))) return [];
    } else if (!(order > errors / Math.sqrt(samples))) return [];
    const threshold = classes ? alike : autocorrelation;
    if (!(order > threshold)) return [];
    return [{
      // A series of values may be kept in order by intent.
      severity: classes ? 'warning' : 'information',
      title: 'Samples are not in random order',
      explanation: `${classes ? `Neighbouring samples have the same class ${formatNumber(order)} times as often as in random order` : `The values to predict of neighbouring samples are correlated by ${percent(order)}`}. A batch then shows one part of the data only: each step unlearns what the steps before have learnt.`,
      target: { path: 'data.shuffle' },
      ...beforeFirstStep,
      evidence: [{ label: classes ? 'neighbours of the same class, over chance' : 'autocorrelation of neighbouring labels', value: order, threshold, comparison: 'above' }],
      remedies: useful(view, [shuffle]),
    }];
  },
});
