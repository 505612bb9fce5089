/** Whether a model can learn a few samples by heart: what cannot has a fault that no learning rate and no amount of data mends. */
import { epochOrder } from '../data/dataset';
import type { OneBatch } from '../run/record';
import type { Training } from './setup';

/** TheDeepChecker trains 16 samples for up to 1000 steps; as many are shared by the learning rates tried. */
const samples = 16;
const stepsEach = 300;
/** Times the learning rate of the run file: one that is off must not be taken for a fault of the model. */
const factors = [1, 10, 0.1];
/** Share of the first loss at which a batch is learnt. */
const enough = 0.01;
/** Losses kept at most. */
const kept = 100;

/** Trains on the first samples of the first epoch from the weights as they are, and puts weights, moments and running statistics back. The best of the learning rates tried. */
export async function fitOneBatch(training: Training): Promise<OneBatch> {
  const { config, data: { train }, optimizer, buffers } = training;
  const size = Math.min(samples, train.samples);
  const session = await training.session(size);
  train.gather(epochOrder(train.samples, config, 0).subarray(0, size), session.inputs, session.labels);
  const { store } = optimizer;
  const state = [...store.names.map((name) => store.weight(name)), ...Object.values(store.state()), ...buffers.values()].map((array) => ({ array, copy: array.slice() }));
  let best: OneBatch | undefined;
  for (const factor of factors) {
    const learningRate = factor * (config.optimizer.learningRate ?? 1);
    const losses: number[] = [];
    for (let step = 1; step <= stepsEach; step++) {
      const evaluate = async (): Promise<number> => (await session.run({ seed: config.seed, step })).loss;
      const loss = await evaluate();
      losses.push(loss);
      if (!Number.isFinite(loss) || loss < enough * losses[0]) break;
      if (optimizer.search) await optimizer.search({ step, learningRate }, loss, evaluate);
      else optimizer.step({ step, learningRate });
    }
    for (const { array, copy } of state) array.set(copy);
    const least = Math.min(...losses.filter(Number.isFinite));
    if (!best || least < best.least) best = { samples: size, learningRate, first: losses[0], least, ...thinned(losses) };
    if (least < enough * losses[0]) break;
  }
  return best!;
}

/** Evenly, the last one among them. */
function thinned(losses: readonly number[]): Pick<OneBatch, 'step' | 'loss'> {
  const stride = Math.ceil(losses.length / kept);
  const at = losses.map((_, i) => losses.length - 1 - i).filter((i) => (losses.length - 1 - i) % stride === 0).reverse();
  return { step: at.map((i) => i + 1), loss: at.map((i) => losses[i]) };
}
