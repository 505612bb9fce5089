import { AdamView } from '../adam';
import { useful } from '../remedies/edits';
import { formatNumber, percent, round2 } from '../numbers';
import { rule } from '../rule';
import { median } from '../statistics';
import { lossOf, type Matrix, type RecordView } from '../view';
import { firstAndLast, mostly, windows, type Window } from '../windows';

/** Share of the denominator that epsilon is brought down to. */
const targetShare = 0.01;

export const adamEpsilonDominates = rule({
  id: 'adam-epsilon-dominates',
  title: "Epsilon dominates Adam's denominator",
  defaults: {
    // mean(eps / (sqrt(v^) + eps)) of the median matrix [derived].
    share: 0.1,
    // From here on the update is a scaled gradient: Adam has become SGD [derived].
    severe: 0.5,
    // A run that has nearly solved its task has small gradients by right [derived].
    lossShare: 0.1,
  },
  check(view, { share, severe, lossShare }) {
    const epsilon = view.number('optimizer.epsilon');
    if (!epsilon || !AdamView.of(view)) return [];
    const epsilonShare = view.reader('epsilonShare');
    const zeroShare = view.reader('gradientZeroShare');
    // Elements that never get a gradient (constant inputs, dead units, unused embeddings) have v = 0: they are left out.
    const shareOf = (i: number, { index }: Matrix): number => {
      const zero = zeroShare(i, index);
      return zero < 1 ? Math.max(0, (epsilonShare(i, index) - zero) / (1 - zero)) : NaN;
    };
    const dominates = (limit: number) => (window: Window): boolean => mostly(window, (i) =>
      lossOf(view.measured[i]) > lossShare * view.baseline.loss
      && 2 * view.matrices.filter((matrix) => shareOf(i, matrix) > limit).length > view.matrices.length);
    const list = windows(view.measured.length);
    const found = firstAndLast(list, dominates(share));
    if (!found) return [];
    const isSevere = list.some((window) => window.end >= found.first.end && dominates(severe)(window));
    const shares = view.matrices.map((matrix) => ({ matrix, value: median(view.series(found.first, (i) => shareOf(i, matrix))) }));
    const value = median(shares.map((each) => each.value));
    const medianShare = (i: number): number => median(view.matrices.map((matrix) => shareOf(i, matrix)));
    const worst = shares.filter((each) => each.value > 0).sort((a, b) => b.value - a.value)[0].matrix;
    const root = rootOfSecondMoment(view, found.first);
    // Share s means sqrt(v^) = eps (1 - s) / s. The mean share overstates it where few elements are large, the root mean square of
    // sqrt(v^) where few are small: the smaller of both.
    const proposal = round2(Math.min((epsilon * targetShare) / value, targetShare * root));
    return [{
      severity: isSevere ? 'warning' : 'information',
      title: `Epsilon dominates Adam's denominator in ${worst.name}`,
      explanation: `From step ${view.measured[found.first.start].step} on epsilon makes up ${percent(value)} of sqrt(v^) + epsilon in the median matrix, whose sqrt(v^) is about ${formatNumber(root)} against an epsilon of ${formatNumber(epsilon)}. Adam then no longer scales each weight's step, and its updates are ${formatNumber(1 / (1 - Math.min(value, 0.999)))} times smaller than learningRate promises.`,
      target: { path: 'optimizer.epsilon', parameter: worst.name, layer: worst.layer },
      ...view.span(found),
      evidence: [{ label: `share of epsilon in the denominator, median matrix; ${worst.name} is furthest off`, value, threshold: share, comparison: 'above', curve: { at: view.measured, value: medianShare } }],
      remedies: useful(view, [proposal > 0 && proposal < epsilon
        ? {
            title: `Set epsilon to ${formatNumber(proposal)} (was ${formatNumber(epsilon)}): ${percent(targetShare)} of sqrt(v^)`,
            edits: [{ path: 'optimizer.epsilon', value: proposal }],
          }
        : undefined]),
    }];
  },
});

/** Median over steps and matrices of the root mean square of sqrt(v^), bias-corrected as Adam's denominator is. */
function rootOfSecondMoment(view: RecordView, window: Window): number {
  const norm = view.reader('secondMomentNorm');
  const beta2 = view.number('optimizer.beta2') ?? 0.999;
  return median(view.matrices.map(({ index, dims }) => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return median(view.series(window, (i) => norm(i, index) / Math.sqrt(size * (1 - beta2 ** view.measured[i].step))));
  }));
}
