import { formatLoss } from './numbers';
import { spanOfProgress } from './static';
import { median, quantile } from './statistics';
import { lossOf, type RecordView } from './view';

/**
 * Where the loss suffers. What Adam's moments show is common in healthy runs as well; it becomes a fault where the loss rises or never falls.
 */
export interface Harm {
  kind: 'rise' | 'plateau';
  /** Numbers of the first and last step. */
  step: number;
  lastStep: number;
  /** Median loss before, and in it. */
  before: number;
  after: number;
}

/** Steps whose loss is judged as one, by its median. */
export const block = 8;
/** Blocks before it that a block is compared with. */
const memory = 10;

const limits = {
  // A rise: over the median of the blocks before. LLM Foundry asks for twice the mean of single steps; blocks of 8 are smoother [derived].
  ratio: 1.5,
  // And over this quantile of the single losses before: small batches have heavy tails [derived].
  quantile: 0.95,
  // A task that is nearly solved is not harmed: share of the untrained loss [derived].
  level: 0.1,
  // A plateau: never below this share of the untrained loss, and won less than this share of it from the first third to the last [derived].
  plateau: 0.9,
  fall: 0.02,
};

const cache = new WeakMap<RecordView, Harm[]>();

/** In the order of their steps. Blocks are fixed, so that those of a record are among those of a longer one. */
export function harmsOf(view: RecordView): readonly Harm[] {
  const known = cache.get(view);
  if (known) return known;
  const { steps, baseline } = view;
  const losses = Float64Array.from(steps, lossOf);
  // In blocks; not longer than what loss-not-decreasing looks at, so that a cause is not seen later than its symptom.
  const span = Math.floor(spanOfProgress(view) / block);
  const harms: Harm[] = [];
  const medians: number[] = [];
  for (let end = block; end <= steps.length; end += block) {
    const start = end - block;
    const after = median(losses.subarray(start, end));
    const before = median(medians.slice(-memory));
    const add = (kind: Harm['kind'], from: number, previous: number): void => void harms.push({ kind, step: steps[from].step, lastStep: steps[end - 1].step, before: previous, after });
    if (after > limits.ratio * before && after > limits.level * baseline.loss && after > quantile(losses.subarray(Math.max(0, start - memory * block), start), limits.quantile)) {
      add('rise', start, before);
    }
    medians.push(after);
    if (after > limits.plateau * baseline.loss && medians.length >= span && view.atFullRate(steps[end - span * block])) {
      const third = Math.floor(span / 3);
      const early = median(medians.slice(-span, third - span));
      const late = median(medians.slice(-third));
      if (late > limits.plateau * baseline.loss && early - late < limits.fall * baseline.loss) add('plateau', end - span * block, early);
    }
  }
  cache.set(view, harms);
  return harms;
}

/** The first harm of a kind that overlaps two steps. */
export const harmBetween = (view: RecordView, from: number, to: number, kind?: Harm['kind']): Harm | undefined =>
  harmsOf(view).find((harm) => harm.lastStep >= from && harm.step <= to && (kind === undefined || harm.kind === kind));

/** Part of a sentence. */
export const describeHarm = ({ kind, step, lastStep, before, after }: Harm): string => (kind === 'rise'
  ? `the loss rose from ${formatLoss(before)} to ${formatLoss(after)} at step ${step}`
  : `the loss stays at ${formatLoss(after)} from step ${step} to ${lastStep}`);
