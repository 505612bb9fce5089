import type { Verification } from '../diagnosis/finding';
import type { Checkpoint } from '../run/checkpoint';
import type { Cancel } from './cancel';
import { DataCache, Fork, type Source } from './fork';
import { bySamples, curveOf, judge, type Pair, type Series } from './pairs';
import { firstLabels, type Score } from './score';

export interface CompareOptions {
  /** State that both start from; absent: the untrained model. */
  from?: Checkpoint;
  /** Steps that each run makes at most; a changed one with batches of another size makes as many as the same samples give. */
  steps: number;
  /** Of the order of the samples; one pair of runs each. */
  seeds: number[];
  /** Whether the validation loss is to be compared rather than the training loss, where there is validation data. */
  generalisation?: boolean;
  data?: DataCache;
  cancel?: Cancel;
  /** Told of the share that is done, 0 to 1. */
  progress?(share: number): void;
}

type Measure = Verification['measure'];

/** In so many pieces a run is made: to be stopped between them, and where validation data is measured. */
const pieces = 16;

/** Trains with and without a change, from the same weights and over the same batches. Undefined where it was stopped. */
export async function compare(without: Source, changed: Source, { from, steps, seeds, generalisation = false, data = new DataCache(), cancel, progress }: CompareOptions): Promise<Verification | undefined> {
  const after = await Fork.open(changed, { from, data });
  // A model or optimizer of other tensors can only start untrained, and so must the run that it is compared with.
  const before = await Fork.open(without, { from: after.start > 0 ? from : undefined, data });
  try {
    const measure = measureOf(before, after, generalisation);
    const pairs: Pair[] = [];
    for (const [i, seed] of seeds.entries()) {
      const run = async (fork: Fork, offset: number): Promise<Series | undefined> => {
        const factor = fork.training.batch / before.training.batch;
        const series = await follow(fork, seed, Math.max(1, Math.round(steps / factor)), measure, cancel, (share) => progress?.((2 * i + offset + share) / (2 * seeds.length)));
        return series && after.training.batch !== before.training.batch ? bySamples(series, factor, steps) : series;
      };
      const pair = { without: await run(before, 0), with: await run(after, 1) };
      if (!pair.without || !pair.with) return undefined;
      pairs.push(pair as Pair);
    }
    return { ...judge(pairs), measure, seeds, from: before.start, steps, curve: curveOf(pairs) };
  } finally {
    await before.release();
    await after.release();
  }
}

/** One run; undefined where it was stopped. */
async function follow(fork: Fork, seed: number, steps: number, measure: Measure, cancel: Cancel | undefined, progress: (share: number) => void): Promise<Series | undefined> {
  fork.begin(seed);
  const scores: Pick<Series, 'step' | 'value'> = { step: [], value: [] };
  let score: Score | undefined;
  for (let piece = 1; piece <= pieces; piece++) {
    if (cancel?.reason !== undefined) return undefined;
    const until = fork.start + Math.round((steps * piece) / pieces);
    const ended = fork.ended;
    await fork.advance(until);
    progress(piece / pieces);
    if (fork.diverged) break;
    if (measure === 'training loss') continue;
    // A run that ended before the other keeps the model it ended with.
    if (!ended || !score) score = await fork.score();
    scores.step.push(until);
    scores.value.push(measure === 'validation loss' ? score.loss : score.error);
  }
  const known = measure === 'training loss'
    ? { step: fork.steps.map(({ step }) => step), value: fork.steps.map(({ loss }) => loss) }
    : scores;
  const broken = known.value.findIndex((value) => !Number.isFinite(value));
  const end = broken < 0 ? known.value.length : broken;
  return { step: known.step.slice(0, end), value: known.value.slice(0, end), diverged: fork.diverged || broken >= 0 };
}

/** The training loss of a run with dropout, decay or smoothing in it says nothing about one without. */
function measureOf(before: Fork, after: Fork, generalisation: boolean): Measure {
  const validated = before.training.data.validation !== undefined;
  if (!sameLoss(before, after)) return validated ? 'validation error' : 'training error';
  // Batches of samples in their order show one part of the data each.
  if (inOrder(before) !== inOrder(after)) return validated ? 'validation loss' : 'training error';
  return validated && (generalisation || dropouts(before) !== dropouts(after)) ? 'validation loss' : 'training loss';
}

function sameLoss({ training: a }: Fork, { training: b }: Fork): boolean {
  const labels = ({ data }: Fork['training']): string => String(firstLabels(data.train));
  return JSON.stringify(a.loss) === JSON.stringify(b.loss) && (a.data === b.data || labels(a) === labels(b));
}

const inOrder = ({ training: { config } }: Fork): boolean => config.data.shuffle === false;

const dropouts = ({ training: { model } }: Fork): number => model.graph.nodes.filter(({ opType }) => opType === 'Dropout').length;
