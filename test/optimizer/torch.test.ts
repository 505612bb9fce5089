import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';
import { resolveLoss } from '../../engine/loss';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { afterEpoch, learningRateAt, noPlateau } from '../../engine/optimizer/schedule';
import type { OptimizerConfig, ScheduleConfig } from '../../engine/optimizer/schema';
import { createTrainingSession } from '../../engine/training/session';
import { references } from './reference';

/** Written by torch/references.py with PyTorch in float64. */
const stored = (name: string) => JSON.parse(readFileSync(path.join(__dirname, 'torch', `${name}.json`), 'utf8'));

interface Network {
  x: number[];
  y: number[];
  initial: number[][];
  cases: { optimizer: OptimizerConfig; losses: number[]; parameters: number[][] }[];
}
const networks: Record<string, Network> = stored('steps');

const built: Record<string, { layers: LayerEntry[]; dims: number[]; loss: string; batch: number }> = {
  mlp: { layers: [{ dense: 4 }, 'tanh', { dense: 4 }], dims: [6], loss: 'crossEntropy', batch: 64 },
  conv: { layers: [{ conv2d: { filters: 3, kernel: 3 } }, 'tanh', 'flatten', { dense: 2 }], dims: [2, 5, 5], loss: 'mse', batch: 12 },
};

/** Twenty steps on the stored batch from the stored weights. `watch` sees weights and gradients before every step. */
async function train(name: string, config: OptimizerConfig, watch: (weights: Float32Array[], gradients: Float32Array[], step: number) => void = () => {}) {
  const { layers, dims, loss: lossName, batch } = built[name];
  const { x, y, initial } = networks[name];
  const model = buildModel(layers, { type: 'float32', dims }, 0);
  const loss = resolveLoss(lossName);
  const optimizer = await createOptimizer(config, model.parameters.map((info, i) => ({ name: info.name, dims: info.dims, data: Float32Array.from(initial[i]) })));
  const session = await createTrainingSession(model, loss, batch, 'cpu', optimizer.store, new Map());
  session.inputs[0].set(x);
  session.labels.set(y);
  const { store } = optimizer;
  const losses: number[] = [];
  for (let step = 1; step <= 20; step++) {
    const evaluate = async () => (await session.run({ seed: 0, step })).loss;
    losses.push(await evaluate());
    watch(store.names.map((parameter) => store.weight(parameter)), store.names.map((parameter) => store.gradient(parameter)), step);
    const options = { step, learningRate: optimizer.config.learningRate };
    if (optimizer.search) await optimizer.search(options, losses.at(-1)!, evaluate);
    else optimizer.step(options);
  }
  await session.release();
  return { losses, weights: store.names.map((parameter) => [...store.weight(parameter)]) };
}

const difference = (a: number[][], b: number[][]) => Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i][j]))));

describe.each(Object.keys(networks))('twenty steps of %s', (name) => {
  it.each(networks[name].cases.map((one) => [JSON.stringify(one.optimizer), one] as const))('PyTorch: %s', async (_, { optimizer, losses, parameters }) => {
    const ours = await train(name, optimizer);
    expect(difference(ours.weights, parameters)).toBeLessThan(1e-5);
    expect(difference([ours.losses], [losses])).toBeLessThan(1e-5);
  });

  it.each([
    [{ type: 'lion', learningRate: 0.01, weightDecay: 0.1 }],
    [{ type: 'lion', learningRate: 0.01, beta1: 0.6, beta2: 0.3 }],
    [{ type: 'lamb', learningRate: 0.02 }],
    [{ type: 'lamb', learningRate: 0.02, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.2 }],
    [{ type: 'stableadamw', learningRate: 0.02 }],
    [{ type: 'stableadamw', learningRate: 0.02, beta2: 0.5, weightDecay: 0.2 }],
  ] as const)('the paper\'s formula in float64: %j', async (optimizer) => {
    const { initial } = networks[name];
    const update = initial.map(() => references[optimizer.type](optimizer as object));
    const exact = initial.map((row) => [...row]);
    const ours = await train(name, optimizer, (_, gradients, step) => update.forEach((each, i) => each(exact[i], [...gradients[i]], step, optimizer.learningRate)));
    expect(difference(ours.weights, exact)).toBeLessThan(1e-5);
  });
});

describe('learning rates of torch.optim.lr_scheduler', () => {
  const { base, total, cases } = stored('schedules') as { base: number; total: number; cases: { schedule: ScheduleConfig; rates: number[]; metrics?: number[] }[] };
  it.each(cases.map((one) => [JSON.stringify(one.schedule), one] as const))('%s', (_, { schedule, rates, metrics }) => {
    let plateau = { ...noPlateau };
    rates.forEach((rate, step) => {
      const ours = learningRateAt(schedule, base, { step, totalSteps: total, stepsPerEpoch: 1, reductions: plateau.reductions });
      expect(Math.abs(ours - rate), `step ${step}: ${ours}, ${rate}`).toBeLessThan(1e-7);
      if (metrics) plateau = afterEpoch(plateau, metrics[step], schedule as never);
    });
  });
});
