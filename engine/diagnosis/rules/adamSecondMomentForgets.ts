import { histogramOf } from '../../run/record';
import { AdamView } from '../adam';
import { describeHarm, harmBetween } from '../harm';
import { fallenShare } from '../moments';
import { formatNumber, percent } from '../numbers';
import { setBeta2, useAmsgrad } from '../remedies/adam';
import { remembered } from '../remembered';
import { useful } from '../remedies/edits';
import { rule } from '../rule';
import { firstAndLast, mostly, windows } from '../windows';

/** Bins of a histogram in a decade. */
const decade = 3;

export const adamSecondMomentForgets = rule({
  id: 'adam-second-moment-forgets',
  title: 'Second moment forgets large gradients',
  defaults: {
    // Largest sqrt(v^) of a matrix so far over that now: the effective learning rate rose as much (Reddi et al. 2018) [derived].
    rise: 10,
    // Share of the elements of which this holds, where histograms tell [derived].
    share: 0.01,
  },
  check(view, { rise, share: least }) {
    const adam = AdamView.of(view);
    if (!adam || adam.amsgrad) return [];
    const { measured } = view;
    const candidates = windows(measured.length).filter((window) => mostly(window, (i) => adam.unsolved(i)));
    if (candidates.length === 0) return [];
    const most = view.matrices.map(({ index }) => {
      let largest = 0;
      return Float64Array.from(measured, (_, i) => (largest = Math.max(largest, adam.correctedNorm(i, index))));
    });
    const risen = remembered(measured.length, (i) => view.matrices.reduce((sum, { index }, k) => Math.max(sum, most[k][i] / adam.correctedNorm(i, index)), 0));
    const found = firstAndLast(candidates, (window) => mostly(window, (i) => adam.unsolved(i) && risen(i) > rise));
    if (!found) return [];
    const value = adam.median(found.first, risen);
    const span = view.span(found);
    const harm = harmBetween(view, span.step, span.lastStep, 'rise');
    const elements = shareOfElements(adam, span.lastStep);
    const known = elements !== undefined && elements > least;
    return [{
      severity: harm ? 'warning' : 'information',
      title: 'Second moment forgets large gradients',
      explanation: `At step ${span.step} sqrt(v^) of one matrix is ${formatNumber(value)} times smaller than it once was${known ? `, for at least ${percent(elements)} of the weights more than 10 times` : ''}${harm ? `, and ${describeHarm(harm)}` : ''}. `
        + 'Steps have grown as much: the next large gradient finds a learning rate that was never meant for it.',
      target: { path: 'optimizer.beta2' },
      ...span,
      evidence: [{ label: 'largest sqrt(v^) of a matrix so far over that now', value, threshold: rise, comparison: 'above', curve: { at: measured, value: risen } }],
      remedies: useful(view, [useAmsgrad(adam), adam.beta2 < 0.999 ? setBeta2(adam, 0.999, 'remembers 1000 steps') : undefined]),
    }];
  },
});

/** Lower bound of the share of weights, over all matrices, whose sqrt(v) fell tenfold between any measured histogram and the last one; undefined without histograms. */
function shareOfElements({ view }: AdamView, until: number): number | undefined {
  const steps = view.measured.filter(({ histograms, step }) => histograms && step <= until);
  const now = steps.at(-1);
  if (!now || steps.length < 2) return undefined;
  return Math.max(...view.matrices.flatMap(({ index }) => steps.slice(0, -1).map((then) => fallenShare(histogramOf(then, index, 'secondMoment')!, histogramOf(now, index, 'secondMoment')!, decade))));
}
