/** Our part of the benchmark: reads a net, answers with its memory, then times its steps at any level of watching. */
import { createInterface } from 'node:readline';
import { sizeOf } from '../../engine/onnx/tensor';
import { histograms } from '../../engine/probe/histogram';
import { measuredAt } from '../../engine/probe/schedule';
import { Random } from '../../engine/random';
import { type Level, parameterQuantities } from '../../engine/run/record';
import { limitThreads, runtime } from '../../engine/runtime/ort';
import { createTrainingSession, type TrainingSession } from '../../engine/training/session';
import { stateOf } from '../../engine/training/state';
import { type Benchmark, modelOf } from './models';
import { productSpeed } from './product';
import type { Times } from './runner';

const [threads, device] = [Number(process.argv[2]), process.argv[3] ?? 'cpu'];
limitThreads(threads);

/** A run's first steps are measured more often; what counts is the rest. */
const settled = 100;

type Run = (mode: string, count: number) => Promise<Times>;

function fill(session: TrainingSession, { ids, regression }: Benchmark): void {
  const random = new Random(0, 'bench');
  const [input] = session.inputs;
  for (let i = 0; i < input.length; i++) input[i] = ids === undefined ? random.normal() : random.below(ids);
  for (let i = 0; i < session.labels.length; i++) session.labels[i] = regression ? random.normal() : random.below(10);
}

/** A training step as the trainer makes it, but for data and record. */
async function prepare(net: Benchmark): Promise<Run> {
  const { batch, regression, recompute } = net;
  const model = modelOf(net);
  const trained = model.parameters.filter(({ frozen }) => !frozen);
  const loss = { type: regression ? 'mse' : 'crossEntropy' } as const;
  const { optimizer, buffers } = await stateOf(model, { type: 'adam', learningRate: 1e-3 } as never);
  const session = await createTrainingSession(model, loss, batch, device, optimizer.store, buffers, { recompute });
  fill(session, net);
  let forward: TrainingSession | undefined;
  const rows = new Float32Array(trained.length * parameterQuantities.length);
  const elements = trained.reduce((sum, { dims: shape }) => sum + sizeOf(shape), 0);
  let step = 0;
  return async (mode, count) => {
    const times: Times = { steps: [], optimizer: [] };
    if (mode === 'forward' && !forward) {
      forward = await createTrainingSession(model, loss, batch, device, { names: [], weight: optimizer.store.weight, gradient: optimizer.store.gradient }, buffers);
      fill(forward, net);
    }
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      if (mode === 'forward') {
        await forward!.run({ seed: 0, step: 1 });
      } else {
        step++;
        // Counted within the round, so that every round measures activations as often as a run does.
        const due = measuredAt(mode as Level, settled + i + 1, elements);
        await session.run({ seed: 0, step, measureActivations: due.activations });
        const graph = performance.now();
        optimizer.step({ step, learningRate: 1e-3, statistics: due.parameters ? rows : undefined });
        if (due.histograms) histograms(optimizer.store, optimizer.second);
        times.optimizer!.push(performance.now() - graph);
      }
      times.steps.push(performance.now() - start);
    }
    return times;
  };
}

async function main(): Promise<void> {
  const say = (answer: object): void => console.log(JSON.stringify(answer));
  say({ version: (await runtime()).env.versions.node, gflops: await productSpeed(device) });
  let run: Run | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const question = JSON.parse(line) as Benchmark | { mode: string; count: number };
    if ('mode' in question) {
      say(await run!(question.mode, question.count));
      continue;
    }
    const before = process.memoryUsage().rss;
    run = await prepare(question);
    await run('standard', 3);
    say({ memory: 1024 * process.resourceUsage().maxRSS - before });
  }
}

void main();
