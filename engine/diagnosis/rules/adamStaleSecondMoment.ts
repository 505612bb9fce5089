import { AdamView } from '../adam';
import { describeHarm, harmBetween } from '../harm';
import { formatNumber } from '../numbers';
import { fasterSecondMoment } from '../remedies/adam';
import { shuffle } from '../remedies/data';
import { useful } from '../remedies/edits';
import { scaleLearningRate } from '../remedies/learningRate';
import { rule } from '../rule';
import { stretches } from '../windows';

export const adamStaleSecondMoment = rule({
  id: 'adam-stale-second-moment',
  title: 'Second moment is out of date',
  defaults: {
    // RMS_t = sqrt(mean(g^2 / v^)) of a matrix: about 1 while the gradient is what v remembers (Wortsman et al. 2023).
    rms: 2.3,
    // In a row: a single bad batch is none [derived].
    steps: 3,
    // Steps after which a rise of the loss still follows from it (Wortsman et al. 2023).
    spike: 8,
  },
  check(view, { rms: limit, steps, spike }) {
    const adam = AdamView.of(view, ['stableadamw']);
    if (!adam) return [];
    const rms = view.reader('rms');
    const largest = (i: number): number => view.matrices.reduce((most, { index }) => Math.max(most, rms(i, index)), 0);
    const found = stretches(view.measured.length, (i) => view.matrices.some(({ index }) => rms(i, index) > limit), steps);
    if (found.length === 0) return [];
    const [{ start }] = found;
    const window = { start, end: start + steps };
    const worst = view.matrices.map((matrix) => ({ matrix, value: adam.median(window, (i) => rms(i, matrix.index)) })).sort((a, b) => b.value - a.value)[0];
    const value = Math.max(...view.series(window, largest));
    const harm = found.map((each) => harmBetween(view, view.measured[each.start].step, view.measured[each.end - 1].step + spike, 'rise')).find((each) => each);
    return [{
      severity: harm ? 'warning' : 'information',
      title: `Second moment is out of date in ${worst.matrix.name}`,
      explanation: `From step ${view.measured[start].step} on the squared gradient is up to ${formatNumber(value ** 2)} times what the second moment remembers (RMS_t ${formatNumber(value)}, healthy about 1)${harm ? `, and ${describeHarm(harm)}` : ''}. `
        + `With beta2 ${adam.beta2} it takes ${formatNumber(1 / (1 - adam.beta2))} steps to catch up, and until then updates are too large.`,
      target: { path: 'optimizer.beta2', parameter: worst.matrix.name, layer: worst.matrix.layer },
      ...view.span({ first: window, last: found.at(-1)! }),
      evidence: [{ label: 'largest RMS_t of a matrix', value, threshold: limit, comparison: 'above', curve: { at: view.measured, value: largest } }],
      remedies: useful(view, [fasterSecondMoment(adam), view.config('data.shuffle') === false ? shuffle : undefined, scaleLearningRate(view, 1 / value, `divided by RMS_t ${formatNumber(value)}`)]),
    }];
  },
});
