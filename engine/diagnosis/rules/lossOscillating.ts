import type { StepRecord } from '../../run/record';
import { useful } from '../remedies/edits';
import { scaleLearningRate, smallerLearningRate } from '../remedies/learningRate';
import { formatNumber, percent } from '../numbers';
import { rule, type Curve } from '../rule';
import { mean, median, varianceOfMean } from '../statistics';
import { lossOf, type RecordView } from '../view';

/** Checks that are judged together: blocks of steps, or validations. */
const span = 20;
const fewest = 10;
/** Steps and samples of a block, unless an epoch is shorter: of a few samples the mean is noise. */
const steps = 50;
const samples = 500;

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
    // Share of checks at which the loss or the accuracy turns [AutoTrainer].
    turns: 0.2,
    // Swing between two turns over the untrained loss [derived].
    swing: 0.05,
    // A turn counts if its swing is this many standard errors: batches differ [derived].
    errors: 4,
    // Swing of the validation accuracy between two turns [AutoTrainer]; at least two standard errors of a coin tossed for every sample [derived].
    accuracy: 0.03,
  },
  check(view, thresholds) {
    const found = [lossTurns(view, thresholds), accuracyTurns(view, thresholds)].filter((each) => each !== undefined).sort((a, b) => a.seen - b.seen)[0];
    if (!found) return [];
    const { step, until, lastStep } = found;
    const batch = view.number('batchSize');
    const from = view.measured.findIndex((record) => record.step >= step);
    const end = view.measured.findLastIndex((record) => record.step <= until) + 1;
    return [{
      severity: 'warning',
      title: `${found.what} oscillates`,
      explanation: `${found.told} Swings beyond the noise of the batches mean that each step overshoots the valley.`,
      target: { path: 'optimizer.learningRate' },
      step,
      lastStep,
      confidence: found.confidence,
      evidence: [{ label: `share of checks at which the ${found.what.toLowerCase()} turns`, value: found.value, threshold: thresholds.turns, comparison: 'above', curve: found.curve }],
      remedies: useful(view, [
        ...(from >= 0 && end > from ? smallerLearningRate(view, { start: from, end }) : [scaleLearningRate(view, 0.1, 'a tenth')]),
        batch && 2 * batch <= view.header.trainSamples
          ? { title: `Set batchSize to ${2 * batch} (was ${batch}): ${percent(1 - Math.SQRT1_2)} less noise in the gradient`, edits: [{ path: 'batchSize', value: 2 * batch }] }
          : undefined,
      ]),
    }];
  },
});

interface Limits {
  turns: number;
  swing: number;
  errors: number;
  accuracy: number;
}

interface Oscillation {
  what: string;
  /** A sentence. */
  told: string;
  /** Step from which on it is known. */
  seen: number;
  step: number;
  /** Last step of the first evidence. */
  until: number;
  lastStep: number;
  value: number;
  confidence: number;
  curve: Curve;
}

/** A series of checks, each ending at a step: where more than a share of the last 20 of them are turns. */
function oscillation(ends: StepRecord[], starts: number[], turnsIn: (from: number, end: number) => number[], limit: number): { of: Omit<Oscillation, 'what' | 'told'>; found: number[]; checks: number } | undefined {
  const swings = (end: number): number[] => turnsIn(Math.max(0, end - span), end);
  const share = (end: number): number => swings(end).length / Math.min(span, end);
  const oscillating: number[] = [];
  for (let end = fewest; end <= ends.length; end++) if (share(end) > limit) oscillating.push(end);
  if (oscillating.length === 0) return undefined;
  const [first] = oscillating;
  const found = swings(first);
  const until = ends[first - 1].step;
  return {
    found, checks: Math.min(span, first),
    of: {
      seen: until, step: starts[Math.max(0, first - span)], until, lastStep: ends[oscillating.at(-1)! - 1].step, value: share(first),
      confidence: oscillating.length / (ends.length - first + 1), curve: { at: ends, value: (i) => share(i + 1) },
    },
  };
}

function lossTurns(view: RecordView, { turns, swing, errors }: Limits): Oscillation | undefined {
  const blocks = blocksOf(view);
  const smallest = swing * Math.min(view.baseline.loss, blocks[0]?.mean ?? Infinity);
  const found = oscillation(blocks.map(({ end }) => view.steps[end - 1]), blocks.map(({ start }) => view.steps[start].step), (from, end) => turnsOf(blocks.slice(from, end), smallest, errors), turns);
  return found && {
    ...found.of, what: 'Loss',
    told: `Between steps ${found.of.step} and ${found.of.until} the mean loss of ${found.checks} blocks of ${blocks[0].end - blocks[0].start} steps turned ${found.found.length} times, by ${formatNumber(median(found.found))} in the median.`,
  };
}

/** The validation samples are the same every time, so that what turns is the model. */
function accuracyTurns(view: RecordView, { turns, accuracy }: Limits): Oscillation | undefined {
  const { metric, validationSamples } = view.header;
  if (metric !== 'accuracy') return undefined;
  const smallest = Math.max(accuracy, 1 / Math.sqrt(validationSamples));
  const checks = view.steps.filter(({ validation }) => validation);
  const values = checks.map(({ validation }) => validation!.metric);
  const found = oscillation(checks, checks.map((_, i) => (i > 0 ? checks[i - 1].step : 0) + 1), (from, end) => extremes(values.slice(from, end), smallest), turns);
  return found && {
    ...found.of, what: 'Accuracy',
    told: `Between steps ${found.of.step} and ${found.of.until} the validation accuracy turned ${found.found.length} times in ${found.checks} validations, by ${formatNumber(median(found.found))} in the median.`,
  };
}

/** Sizes of the swings between neighbouring extrema. */
function extremes(values: number[], smallest: number): number[] {
  const turns = values.filter((value, i) => i > 0 && i < values.length - 1 && (value - values[i - 1]) * (values[i + 1] - value) < 0);
  return turns.slice(1).map((value, i) => Math.abs(value - turns[i])).filter((size) => size >= smallest);
}

/** Means of the loss over an epoch, or over part of a long one; an epoch sees every sample once, so that its mean has no order in it. */
function blocksOf(view: RecordView): Block[] {
  const size = Math.max(1, Math.min(view.header.stepsPerEpoch, Math.max(steps, Math.ceil(samples / (view.number('batchSize') ?? samples)))));
  const blocks: Block[] = [];
  for (let start = 0; start + size <= view.steps.length; start += size) {
    const losses = view.steps.slice(start, start + size).map(lossOf);
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
