import { useful } from '../remedies/edits';
import { learningRateFromRatio, scaleLearningRate, targetUpdateRatio } from '../remedies/learningRate';
import type { Remedy } from '../finding';
import { formatLoss, formatNumber, percent } from '../numbers';
import { rule } from '../rule';
import { spanOfProgress } from '../static';
import { median, robustSlope } from '../statistics';
import { lossOf, type RecordView } from '../view';
import { firstAndLast, windows, type Window } from '../windows';

/** Checks in a row without progress [TheDeepChecker]. */
const checks = 10;

export const lossNotDecreasing = rule({
  id: 'loss-not-decreasing',
  title: 'Loss does not decrease',
  defaults: {
    // Share of the untrained loss that ten checks must win; TheDeepChecker asks for 0.01 per check [derived from it, halved for noise].
    fall: 0.05,
    // The loss must still be above this share of the untrained loss: a plateau after learning is no fault [derived].
    lossShare: 0.9,
    // Shortest span of steps that is judged [derived].
    steps: 50,
  },
  check(view, { fall, lossShare, steps }) {
    const span = spanOfProgress(view, steps);
    const level = lossShare * view.baseline.loss;
    const blocksOf = ({ start, end }: Window): number[] => Array.from({ length: checks }, (_, i) => {
      const from = start + Math.floor((i * (end - start)) / checks);
      return median(view.steps.slice(from, start + Math.floor(((i + 1) * (end - start)) / checks)).map(lossOf));
    });
    const stuck = (window: Window): boolean => {
      const recent = view.steps.slice(window.end - Math.ceil(span / 5), window.end).map(lossOf);
      if (!(median(recent) > level) || !view.atFullRate(view.steps[window.start])) return false;
      return changeOf(blocksOf(window)) > -fall * view.baseline.loss;
    };
    const found = firstAndLast(windows(view.steps.length, span, span), stuck);
    if (!found) return [];
    const blocks = blocksOf(found.first);
    const change = changeOf(blocks);
    const { step } = view.steps[found.first.start];
    const until = view.steps[found.first.end - 1].step;
    const measured = early(view, step, until);
    const ratio = measured ? median(view.series(measured, (i) => view.medianUpdateRatio(i))) : NaN;
    return [{
      severity: 'warning',
      title: 'Loss does not decrease',
      explanation: `The median loss is ${formatLoss(blocks[0])} at step ${step} and ${formatLoss(blocks.at(-1)!)} at step ${until}; a model that has learnt nothing has ${formatLoss(view.baseline.loss)} (${view.baseline.meaning}). `
        + (Number.isNaN(ratio)
          ? 'The model has learnt nothing in that time.'
          : `The model has learnt nothing in that time, with updates of ${formatNumber(ratio)} of the weights where about ${formatNumber(targetUpdateRatio)} is healthy.`),
      target: { path: 'optimizer.learningRate' },
      step,
      lastStep: view.steps[found.last.end - 1].step,
      evidence: [{
        label: `fall of the loss over ${span} steps, robust slope (${percent(-change / view.baseline.loss)} of the untrained loss)`,
        value: -change / view.baseline.loss,
        threshold: fall,
        comparison: 'below',
        curve: { at: view.steps, value: (i) => (i + 1 < span ? NaN : -changeOf(blocksOf({ start: i + 1 - span, end: i + 1 })) / view.baseline.loss) },
      }],
      remedies: useful(view, remedies(view, measured, ratio)),
    }];
  },
});

/** The first measured steps of the span behind the warm-up: what a large step has broken no longer moves. */
function early(view: RecordView, step: number, until: number): Window | undefined {
  const start = view.measured.findIndex((record) => record.step >= step + 2);
  const end = Math.min(start + 32, view.measured.findLastIndex((record) => record.step <= until) + 1);
  return start >= 0 && end > start ? { start, end } : undefined;
}

const changeOf = (blocks: number[]): number => robustSlope(blocks) * (blocks.length - 1);

/** The update ratio tells whether the learning rate is too large or too small; where it tells neither, both are worth a try. */
function remedies(view: RecordView, measured: Window | undefined, ratio: number): (Remedy | undefined)[] {
  if (measured && ratio > 0) {
    const direction = ratio > targetUpdateRatio ? 'down' : 'up';
    const computed = learningRateFromRatio(view, measured, direction);
    if (computed) return [computed];
  }
  const adam: Remedy | undefined = view.optimizer === 'sgd'
    ? { title: 'Use Adam with learningRate 0.001: it scales each weight\'s step by itself', edits: [{ path: 'optimizer', value: { type: 'adam', learningRate: 1e-3 } }] }
    : undefined;
  return [adam, scaleLearningRate(view, 10, 'ten times as large'), scaleLearningRate(view, 0.1, 'a tenth')];
}
