/** Learning rate range test: one short training whose learning rate rises exponentially (Smith 2017, "Cyclical learning rates for training neural networks"). */
import { shuffledOrder } from '../data/dataset';
import { median, robustSlope } from '../diagnosis/statistics';
import type { Training } from '../training/setup';
import type { Cancel } from './cancel';
import { perDecade, smooth } from './smooth';

export interface RangePoint {
  learningRate: number;
  /** Mean loss of the batch before the update with this learning rate. */
  loss: number;
}

const [lowest, highest] = [1e-7, 10];
export const rangeSteps = perDecade * Math.log10(highest / lowest) + 1;

/** So many times the loss of the first decade, in which nothing is learnt, is divergence. */
const divergence = 1.5;

/** Trains from the weights as they are, which it changes. Ends where the loss diverges. */
export async function sweep(training: Training, cancel?: Cancel, progress: (step: number) => void = () => {}): Promise<RangePoint[]> {
  const { config, data: { train }, optimizer, batch } = training;
  const points: RangePoint[] = [];
  const session = await training.session(batch);
  const perEpoch = Math.floor(train.samples / batch);
  let order = new Uint32Array();
  for (let i = 0; i < rangeSteps && cancel?.reason === undefined; i++) {
    // Whole batches only: a smaller last one is noisier than the others.
    if (i % perEpoch === 0) order = Uint32Array.from(shuffledOrder(train.samples, config.seed, i / perEpoch));
    const start = (i % perEpoch) * batch;
    train.gather(order.subarray(start, start + batch), session.inputs, session.labels);
    const { loss } = await session.run({ seed: config.seed, step: i + 1 });
    const learningRate = lowest * 10 ** (i / perDecade);
    points.push({ learningRate, loss });
    progress(i + 1);
    if (diverged(points)) break;
    optimizer.step({ step: i + 1, learningRate });
  }
  return points;
}

/** By the mean of the last few batches, so that one bad batch does not end the sweep. */
function diverged(points: readonly RangePoint[]): boolean {
  if (!Number.isFinite(points.at(-1)!.loss)) return true;
  const losses = points.map(({ loss }) => loss);
  return points.length > perDecade && smooth(losses).at(-1)! > divergence * Math.abs(median(losses.slice(0, perDecade)));
}

/**
 * The learning rate at which the smoothed loss falls steepest over half a decade of learning rates, before it is lowest: what falls after that has risen
 * before. Undefined where it falls nowhere by more than what batches differ by.
 */
export function steepest(points: readonly RangePoint[]): number | undefined {
  const finite = points.filter(({ loss }) => Number.isFinite(loss));
  const losses = smooth(finite.map(({ loss }) => loss));
  const half = Math.floor(perDecade / 4);
  const end = losses.indexOf(Math.min(...losses));
  const slopes = losses.map((_, i) => (i >= half && i + half <= end ? robustSlope(losses.slice(i - half, i + half + 1)) : 0));
  const lowestSlope = Math.min(...slopes);
  if (!(lowestSlope < 0) || !falls(losses, slopes.indexOf(lowestSlope), half)) return undefined;
  return finite[slopes.indexOf(lowestSlope)].learningRate;
}

/** Whether the fall around a point is more than twice what the loss varied by in the first decade, where nothing is learnt. */
function falls(losses: readonly number[], at: number, half: number): boolean {
  const quiet = losses.slice(0, perDecade);
  const range = Math.max(...quiet) - Math.min(...quiet);
  return losses[at - half] - losses[at + half] > Math.min(range, 0.5 * Math.abs(losses[at - half]));
}
