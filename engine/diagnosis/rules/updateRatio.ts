import { useful } from '../remedies/edits';
import { learningRateFromRatio, smallerLearningRate, targetUpdateRatio } from '../remedies/learningRate';
import { formatLoss, formatNumber, percent } from '../numbers';
import { rule, type Report } from '../rule';
import { median } from '../statistics';
import { lossOf, type Matrix, type RecordView } from '../view';
import { firstAndLast, mostly, shareOf, windows, type Window } from '../windows';

export const updateRatio = rule({
  id: 'update-ratio',
  title: 'Updates too large or too small',
  defaults: {
    // r = std(D) / std(w) of the median matrix: log10 r must lie in [-4, -1] [TheDeepChecker].
    upper: 1e-1,
    lower: 1e-4,
    // One update larger than the weights themselves, after which the loss stays up, needs no second [derived].
    shatter: 1,
    // Updates of this size that last are too large whatever the loss of the moment; only a task that is all but learnt excuses them [derived].
    extreme: 0.3,
    learnt: 0.2,
    // The loss must not have fallen below this share of the untrained loss [derived].
    lossShare: 0.95,
    // Too large in regression: loss over that of the first steps [derived].
    rise: 1.5,
    // Too small only if the whole planned run moves the weights by less than this share of their size [derived].
    travel: 0.01,
  },
  check(view, { upper, lower, shatter, extreme, learnt, lossShare, rise, travel }) {
    const unlearnt = (i: number): boolean => lossOf(view.measured[i]) > lossShare * view.baseline.loss;
    // A baseline that is the loss of a few batches is passed by chance: the loss must have risen.
    const harmed = (i: number): boolean => lossOf(view.measured[i]) > (view.baseline.known ? lossShare : rise) * view.baseline.loss;
    const find = (outside: (i: number) => boolean, loss: (i: number) => boolean) => firstAndLast(windows(view.measured.length), (window) =>
      mostly(window, loss, 0.5) && mostly(window, outside));
    const lasting = find((i) => halfOfMatrices(view, i, (ratio) => ratio > upper), harmed);
    const unfinished = (i: number): boolean => lossOf(view.measured[i]) > learnt * view.baseline.loss;
    const excessive = find((i) => halfOfMatrices(view, i, (ratio) => ratio > extreme), unfinished);
    const shattered = firstAndLast(
      aftermaths(view.measured.length, harmed),
      (window) => mostly(window, harmed) && halfOfMatrices(view, window.start, (ratio) => ratio > shatter),
    );
    const slow = Math.min(lower, travel / view.header.totalSteps);
    const small = find((i) => view.atFullRate(view.measured[i]) && halfOfMatrices(view, i, (ratio) => ratio < slow), unlearnt);
    // Whichever had its evidence first, so that a finding once made stays as it is.
    const large = [
      ...(lasting ? [{ found: lasting, threshold: upper }] : []),
      ...(excessive ? [{ found: excessive, threshold: extreme }] : []),
      ...(shattered ? [{ found: shattered, threshold: shatter }] : []),
    ].sort((a, b) => a.found.first.end - b.found.first.end)[0];
    return [
      ...(large ? [report(view, large.found, 'large', large.threshold)] : []),
      ...(small ? [report(view, small, 'small', slow)] : []),
    ];
  },
});

/** A single update and the steps after it, at which the loss must stay up. */
const aftermath = 6;

/** The first step is left out: Adam's update is then of the size of the learning rate everywhere, and harmless where the next ones are not. */
function aftermaths(n: number, starts: (i: number) => boolean): Window[] {
  const list: Window[] = [];
  for (let start = 1; start + aftermath <= n; start++) if (starts(start)) list.push({ start, end: start + aftermath });
  return list;
}

/** Whether the median of r over the matrices that have one lies outside, without sorting. */
function halfOfMatrices(view: RecordView, i: number, outside: (ratio: number) => boolean): boolean {
  let count = 0;
  let known = 0;
  for (const matrix of view.matrices) {
    const ratio = view.updateRatio(i, matrix);
    if (Number.isNaN(ratio)) continue;
    known++;
    if (outside(ratio)) count++;
  }
  return known > 0 && count > known / 2;
}

function report(view: RecordView, found: { first: Window; last: Window }, size: 'large' | 'small', threshold: number): Report {
  const lasting = median(view.series(found.first, (i) => view.medianUpdateRatio(i)));
  const single = size === 'large' && !(lasting > threshold);
  const ratio = single ? view.medianUpdateRatio(found.first.start) : lasting;
  const { step, lastStep } = view.span(found);
  const ratioOf = (matrix: Matrix): number => median(view.series(found.first, (i) => view.updateRatio(i, matrix)));
  const matrix = view.matrices.map((each) => ({ each, ratio: ratioOf(each) })).filter((each) => each.ratio > 0)
    .sort((a, b) => (size === 'large' ? b.ratio - a.ratio : a.ratio - b.ratio))[0].each;
  const until = view.measured[found.first.end - 1].step;
  const loss = view.medianLoss(found.first);
  return {
    of: size,
    severity: 'warning',
    title: `Updates are too ${size} for the weights`,
    explanation: `At step${single ? '' : 's'} ${step}${single ? '' : ` to ${until}`} the median update is ${formatNumber(ratio)} of its weights (healthy: about ${formatNumber(targetUpdateRatio)}), and the loss is ${formatLoss(loss)}${single ? ` until step ${until}` : ''} where an untrained model has ${formatLoss(view.baseline.loss)}. `
      + (size === 'large'
        ? single ? 'One such update destroys the weights.' : 'Updates this large undo in a few steps what the weights have learnt.'
        : `All ${view.header.totalSteps} planned steps together would move the weights by at most ${percent(ratio * view.header.totalSteps)}.`),
    target: { path: 'optimizer.learningRate' },
    step,
    lastStep,
    confidence: single ? 1 : shareOf(found.first, (i) => halfOfMatrices(view, i, (each) => (size === 'large' ? each > threshold : each < threshold))),
    evidence: [{
      label: `median update-to-weight ratio; ${matrix.name} is furthest off`,
      value: ratio,
      threshold,
      comparison: size === 'large' ? 'above' : 'below',
      curve: { at: view.measured, value: (i) => view.medianUpdateRatio(i) },
    }],
    remedies: useful(view, size === 'large' ? smallerLearningRate(view, found.first) : [learningRateFromRatio(view, found.first, 'up')]),
  };
}
