import { useful } from '../remedies/edits';
import { scaleLearningRate, smallerLearningRate } from '../remedies/learningRate';
import { formatNumber, percent } from '../numbers';
import { rule } from '../rule';
import { mean, median, varianceOfMean } from '../statistics';
import { lossOf, type RecordView } from '../view';

/** Blocks of steps that are judged together. */
const span = 20;
const fewest = 10;
const longestBlock = 50;

interface Block {
  mean: number;
  variance: number;
  start: number;
  end: number;
}

export const lossOscillating = rule({
  id: 'loss-oscillating',
  title: 'Loss oscillates',
  defaults: {
    // Share of checks at which the loss turns [AutoTrainer].
    turns: 0.2,
    // Swing between two turns over the untrained loss; AutoTrainer asks for 0.03 of accuracy [P], the loss moves more [derived].
    swing: 0.05,
    // A turn counts if its swing is this many standard errors: batches differ [derived].
    errors: 4,
  },
  check(view, { turns, swing, errors }) {
    const blocks = blocksOf(view);
    const smallest = swing * Math.min(view.baseline.loss, blocks[0]?.mean ?? Infinity);
    const shareOfTurns = (end: number): number => turnsOf(blocks.slice(Math.max(0, end - span), end), smallest, errors).length / Math.min(span, end);
    const oscillates = (end: number): boolean => shareOfTurns(end) > turns;
    let first = 0;
    for (let end = fewest; end <= blocks.length && !first; end++) if (oscillates(end)) first = end;
    if (!first) return [];
    let last = blocks.length;
    while (last > first && !oscillates(last)) last--;
    const window = blocks.slice(Math.max(0, first - span), first);
    const found = turnsOf(window, smallest, errors);
    const start = view.steps[window[0].start].step;
    const end = view.steps[window.at(-1)!.end - 1].step;
    const typical = median(found);
    const batch = view.number('batchSize');
    const from = view.measured.findIndex((record) => record.step >= start);
    const until = view.measured.findLastIndex((record) => record.step <= end) + 1;
    return [{
      severity: 'warning',
      title: 'Loss oscillates',
      explanation: `Between steps ${start} and ${end} the mean loss of ${window.length} blocks of ${window[0].end - window[0].start} steps turned ${found.length} times, by ${formatNumber(typical)} in the median. Swings beyond the noise of the batches mean that each step overshoots the valley.`,
      target: { path: 'optimizer.learningRate' },
      step: start,
      lastStep: view.steps[blocks[last - 1].end - 1].step,
      evidence: [{ label: 'share of checks at which the loss turns', value: found.length / window.length, threshold: turns, comparison: 'above', curve: { at: blocks.map((block) => view.steps[block.end - 1]), value: (i) => shareOfTurns(i + 1) } }],
      remedies: useful(view, [
        ...(from >= 0 && until > from ? smallerLearningRate(view, { start: from, end: until }) : [scaleLearningRate(view, 0.1, 'a tenth')]),
        batch && 2 * batch <= view.header.trainSamples
          ? { title: `Set batchSize to ${2 * batch} (was ${batch}): ${percent(1 - Math.SQRT1_2)} less noise in the gradient`, edits: [{ path: 'batchSize', value: 2 * batch }] }
          : undefined,
      ]),
    }];
  },
});

/** Means of the loss over an epoch, or over 50 steps of a long one; an epoch sees every sample once, so that its mean has no order in it. */
function blocksOf({ steps, header }: RecordView): Block[] {
  const size = Math.max(1, Math.min(longestBlock, header.stepsPerEpoch));
  const blocks: Block[] = [];
  for (let start = 0; start + size <= steps.length; start += size) {
    const losses = steps.slice(start, start + size).map(lossOf);
    blocks.push({ mean: mean(losses), variance: varianceOfMean(losses), start, end: start + size });
  }
  return blocks;
}

/** Sizes of the swings up between turns that stand out of the noise. */
function turnsOf(blocks: readonly Block[], smallest: number, errors: number): number[] {
  const swings: number[] = [];
  let low = blocks[0];
  let high = blocks[0];
  let rising = false;
  const exceeds = (a: Block, b: Block): boolean => a.mean - b.mean > Math.max(smallest, errors * Math.sqrt(a.variance + b.variance));
  for (const block of blocks) {
    if (rising) {
      if (block.mean > high.mean) high = block;
      else if (exceeds(high, block)) {
        swings.push(high.mean - low.mean);
        [rising, low] = [false, block];
      }
    } else if (block.mean < low.mean) low = block;
    else if (exceeds(block, low)) [rising, high] = [true, block];
  }
  // Each swing up and down is two turns.
  return swings.flatMap((size) => [size, size]);
}
