import { AdamView } from '../adam';
import { describeHarm, harmBetween } from '../harm';
import { formatNumber, round2 } from '../numbers';
import { useful } from '../remedies/edits';
import { edgeMargin, setLearningRate, stabilityLimit } from '../remedies/learningRate';
import { rule } from '../rule';
import { lossOf } from '../view';
import { mostly, windows } from '../windows';

/** Early update-to-weight ratio of the best learning rates for Adam, measured on handwritten digits: 0.007 to 0.05; the middle of it. */
const best = 0.02;
/** The steps that tell: behind the first, which are of one size everywhere, and before the weights have grown. */
const early = { start: 2, end: 10 };
/** However small the updates. */
const largest = 1e-2;
/** A gradient that is nearly all noise asks for no larger steps. */
const signal = 0.1;

export const lrProposal = rule({
  id: 'lr-proposal',
  title: 'Learning rate is far from what the run proposes',
  defaults: {
    // Learning rate over the proposed one [derived].
    upper: 3,
    lower: 0.3,
    // Too small only while the loss is above this share of the untrained loss [derived].
    lossShare: 0.7,
  },
  check(view, { upper, lower, lossShare }) {
    const adam = AdamView.of(view);
    if (!adam || view.measured.length < early.end || !(adam.learningRate > 0)) return [];
    // Brought to the base rate where a warm-up holds it down.
    const ratio = adam.median(early, (i) => (view.medianUpdateRatio(i) * adam.learningRate) / view.measured[i].learningRate);
    if (!(ratio > 0 && Number.isFinite(ratio))) return [];
    const fromRatio = (adam.learningRate * best) / ratio;
    const proposal = ratio < best ? Math.min(fromRatio, Math.max(largest, adam.learningRate)) : fromRatio;
    const quotient = adam.learningRate / proposal;
    const isLarge = quotient > upper;
    // A small rate needs some time to be told from a slow task.
    const window = isLarge ? early : windows(view.measured.length).find(({ start, end }) =>
      start >= early.end && adam.signalToNoise({ start, end }) > signal && mostly({ start, end }, (i) => view.atFullRate(view.measured[i]) && lossOf(view.measured[i]) > lossShare * view.baseline.loss));
    if (!window || !(isLarge || quotient < lower)) return [];
    const step = view.measured[window.start].step;
    const lastStep = view.measured[window.end - 1].step;
    const harm = harmBetween(view, step, lastStep + 50, isLarge ? undefined : 'plateau');
    // The sharpness may be known only later, and a finding stays as it is.
    const sharpness = view.measuredSharpness(window);
    const edge = sharpness === undefined ? Infinity : stabilityLimit(view) / (edgeMargin * sharpness);
    const value = round2(Math.min(proposal, edge));
    return [{
      of: isLarge ? 'large' : 'small',
      severity: harm ? 'warning' : 'information',
      title: `Learning rate is far ${isLarge ? 'above' : 'below'} what the run proposes`,
      explanation: `The learning rate is ${formatNumber(adam.learningRate)}; the first updates are ${formatNumber(ratio)} of the weights and propose ${formatNumber(value)}${harm ? `, and ${describeHarm(harm)}` : ''}. `
        + (isLarge ? 'Larger steps than that mostly undo each other.' : 'The loss would fall as many times faster.'),
      target: { path: 'optimizer.learningRate' },
      step,
      lastStep,
      evidence: [{ label: 'learning rate over the proposed one', value: quotient, threshold: isLarge ? upper : lower, comparison: isLarge ? 'above' : 'below', curve: { at: view.measured, value: (i) => (i >= early.start && i < window.end ? quotient : NaN) } }],
      remedies: useful(view, [edge < proposal
        ? setLearningRate(view, edge, `${formatNumber(stabilityLimit(view))} / (${edgeMargin} x sharpness ${formatNumber(sharpness!)})`)
        : setLearningRate(view, proposal, `updates of ${formatNumber(best)} of the weights, as the best learning rates have`)]),
    }];
  },
});
