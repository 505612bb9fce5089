/** A learning rate for a run file, measured before it is trained. */
import { edgeMargin, stabilityLimit } from '../diagnosis/remedies/learningRate';
import { round2 } from '../diagnosis/numbers';
import { RecordView } from '../diagnosis/view';
import { applyEdits } from '../run/edit';
import { measureSharpness } from '../training/sharpness';
import type { Cancel, Progress } from './cancel';
import { DataCache, Fork, type Source } from './fork';
import { rangeSteps, type RangePoint, steepest, sweep } from './rangeTest';

export interface Suggestion {
  /** Two digits; undefined where the loss fell at no learning rate. */
  learningRate?: number;
  /** Where the loss fell steepest. */
  steepest?: number;
  /** Largest stable learning rate over its safety factor; undefined where no sharpness could be measured. */
  edge?: number;
  /** Of the run file. */
  current: number;
  curve: RangePoint[];
}

/** Updates after which the sharpness is measured: Adam's second moment must have seen some gradients. */
const settled = 50;

/** Undefined where it was stopped. */
export async function suggestLearningRate(source: Source, { cancel, data = new DataCache(), progress = () => {} }: { cancel?: Cancel; data?: DataCache; progress?(progress: Progress): void } = {}): Promise<Suggestion | undefined> {
  const total = rangeSteps + settled;
  const fork = await Fork.open(source, { data });
  try {
    const { config: { optimizer } } = fork.training;
    const curve = await sweep(fork.training, cancel, (done) => progress({ done, total, message: 'range test of the learning rate' }));
    if (cancel?.reason !== undefined) return undefined;
    const at = steepest(curve);
    const edge = at === undefined ? undefined : await edgeOfStability(source, at, data);
    progress({ done: total, total, message: 'range test of the learning rate' });
    const current = optimizer.learningRate ?? NaN;
    return { ...(at !== undefined && { learningRate: round2(Math.min(at, edge ?? Infinity)), steepest: at }), ...(edge !== undefined && { edge }), current, curve };
  } finally {
    await fork.release();
  }
}

/** Trains a little with this learning rate, and measures what the loss allows there. */
async function edgeOfStability(source: Source, learningRate: number, data: DataCache): Promise<number | undefined> {
  const text = applyEdits(source.text, [{ path: 'optimizer.learningRate', value: learningRate }]);
  const fork = await Fork.open({ ...source, text }, { data });
  try {
    await fork.advance(settled);
    const { training, step } = fork;
    if (fork.diverged || step < 2) return undefined;
    const session = await training.session(training.batch);
    training.data.train.gather(Array.from({ length: training.batch }, (_, i) => i), session.inputs, session.labels);
    // The batch that it held last was mixed; this one is not.
    session.mixing?.share.fill(1);
    const sharpness = await measureSharpness(training, session, step);
    if (sharpness === undefined || !(sharpness > 0)) return undefined;
    const view = new RecordView(fork.record);
    const edge = stabilityLimit(view) / (edgeMargin * sharpness * view.clipShare(view.steps.length - 1));
    return Number.isFinite(edge) ? edge : undefined;
  } finally {
    await fork.release();
  }
}
