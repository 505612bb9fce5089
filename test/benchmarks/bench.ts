/**
 * `npm run bench [-- steps | first-loss | memory]`: step times at every level of watching and beside PyTorch's, time to the first loss, memory
 * over a long run. Everything in one run, interleaved; ratios count. `every step` is what level standard would cost without its schedule: the
 * parameters measured at every step, no activations.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { buildModel } from '../../engine/layers/model';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { histograms } from '../../engine/probe/histogram';
import { sizeOf } from '../../engine/onnx/tensor';
import { measuredAt } from '../../engine/probe/schedule';
import { Random } from '../../engine/random';
import { type Level, parameterQuantities } from '../../engine/run/record';
import { createTrainingSession } from '../../engine/training/session';
import { type Benchmark, benchmarks } from './models';
import { soak } from './soak';
import { Torch } from './torch';

const root = path.resolve(__dirname, '..');
const rounds = 7;
const levels: Level[] = ['off', 'light', 'standard', 'full'];
/** A run's first steps are measured more often; what counts is the rest. */
const settled = 100;

const quantile = (values: number[], share: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))];
const median = (values: number[]): number => quantile(values, 0.5);

/** A training step as the trainer makes it, but for data and record. */
async function ours({ layers, dims, batch }: Benchmark): Promise<(level: Level | 'every step', count: number) => Promise<number[]>> {
  const model = buildModel(layers, { type: 'float32', dims }, 0);
  const optimizer = await createOptimizer({ type: 'adam', learningRate: 1e-3 } as never, model.parameters.map(({ name, dims: shape }) => ({ name, dims: shape, data: model.graph.tensor(name)!.data as Float32Array })));
  const session = await createTrainingSession(model, { type: 'crossEntropy' }, batch, 'cpu', optimizer.store, new Map());
  const random = new Random(0, 'bench');
  const [input] = session.inputs as Float32Array[];
  for (let i = 0; i < input.length; i++) input[i] = random.normal();
  for (let i = 0; i < batch; i++) session.labels[i] = random.below(10);
  const rows = new Float32Array(model.parameters.length * parameterQuantities.length);
  const elements = model.parameters.reduce((sum, { dims: shape }) => sum + sizeOf(shape), 0);
  let step = 0;
  return async (level, count) => {
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      step++;
      // Counted within the round, so that every round measures activations as often as a run does.
      const due = level === 'every step' ? { parameters: true, activations: false, histograms: false } : measuredAt(level, settled + i + 1, elements);
      await session.run({ seed: 0, step, measureActivations: due.activations });
      optimizer.step({ step, learningRate: 1e-3, statistics: due.parameters ? rows : undefined });
      if (due.histograms) histograms(optimizer.store, optimizer.second);
      times.push(performance.now() - start);
    }
    return times;
  };
}

interface Row {
  model: string;
  milliseconds: Record<string, number>;
  /** Median over the rounds of the ratio of two medians in the same round, with its smallest and largest. */
  ratios: Record<string, [number, number, number]>;
}

async function compare(benchmark: Benchmark, torch: Torch | undefined): Promise<Row> {
  const step = await ours(benchmark);
  const runners: Record<string, (count: number) => Promise<number[]>> = Object.fromEntries([...levels, 'every step' as const].map((level) => [level, (count: number) => step(level, count)]));
  if (torch) runners.torch = (count) => torch.steps(benchmark.name, count);
  for (const run of Object.values(runners)) await run(Math.ceil(benchmark.steps / 4));
  const means: Record<string, number[]> = Object.fromEntries(Object.keys(runners).map((name) => [name, []]));
  const mean = (times: number[]): number => times.reduce((a, b) => a + b, 0) / times.length;
  // Means within a round: what happens in every tenth step counts as well.
  for (let round = 0; round < rounds; round++) for (const [name, run] of Object.entries(runners)) means[name].push(mean(await run(benchmark.steps)));
  const ratio = (a: string, b: string): [number, number, number] => {
    const all = means[a].map((value, i) => value / means[b][i]);
    return [median(all), Math.min(...all), Math.max(...all)];
  };
  return {
    model: `${benchmark.name}, batch ${benchmark.batch}`,
    milliseconds: Object.fromEntries(Object.entries(means).map(([name, all]) => [name, median(all)])),
    ratios: {
      ...Object.fromEntries(Object.keys(runners).filter((name) => name !== 'off' && name !== 'torch').map((name) => [`${name} / off`, ratio(name, 'off')])),
      ...(torch && { 'off / torch': ratio('off', 'torch'), 'standard / torch': ratio('standard', 'torch') }),
    },
  };
}

/** Seconds from the command to the first loss on the terminal, median of five. */
async function firstLoss(): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    const folder = mkdtempSync(path.join(tmpdir(), 'adamscope-bench-'));
    const start = performance.now();
    const child = spawn(process.execPath, [path.join(root, 'dist/adamscope.js'), 'train', path.join(root, 'samples/digits/digits.train.json'), '--out', path.join(folder, 'run')], { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => {
        text += String(chunk);
        if (/step 1: loss/.test(text)) resolve();
      });
      child.on('close', () => reject(new Error(`no loss was printed: ${text}`)));
    });
    times.push((performance.now() - start) / 1000);
    child.removeAllListeners('close');
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    await closed;
    rmSync(folder, { recursive: true, force: true });
  }
  return median(times);
}

async function steps(threads: number): Promise<object> {
  const torch = await Torch.start(root, threads);
  log(`${threads} threads; ${torch ? `PyTorch ${torch.version} (matrix product ${torch.gflops.toFixed(0)} GFLOP/s)` : 'no PyTorch found: install python3-torch to compare'}; ${rounds} rounds, interleaved`);
  const rows: Row[] = [];
  for (const benchmark of benchmarks) {
    const row = await compare(benchmark, torch);
    rows.push(row);
    log(`\n${row.model}`);
    for (const [name, ms] of Object.entries(row.milliseconds)) log(`  ${name.padEnd(18)} ${ms.toFixed(2).padStart(8)} ms a step`);
    for (const [name, [middle, low, high]] of Object.entries(row.ratios)) log(`  ${name.padEnd(18)} ${middle.toFixed(3).padStart(8)}    (${low.toFixed(3)} to ${high.toFixed(3)})`);
  }
  torch?.stop();
  return { torch: torch && { version: torch.version, gflops: torch.gflops }, rows };
}

const sections: Record<string, (threads: number) => Promise<object>> = {
  steps,
  async 'first-loss'() {
    const firstLossSeconds = await firstLoss();
    log(`\nfirst loss of the digits sample: ${firstLossSeconds.toFixed(2)} s after the command`);
    return { firstLossSeconds };
  },
  async memory() {
    const memory = await soak(root);
    log(`memory over ${memory.steps} steps: ${memory.early.toFixed(0)} MB after step ${memory.earlyStep}, ${memory.late.toFixed(0)} MB at the last (${(memory.late / memory.early).toFixed(3)} x), ${memory.end.toFixed(0)} MB after the final diagnosis`);
    return { memory };
  },
};

const log = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(only: string[]): Promise<void> {
  const unknown = only.find((name) => !Object.hasOwn(sections, name));
  if (unknown) {
    log(`There is no section "${unknown}"; allowed are ${Object.keys(sections).join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const threads = availableParallelism();
  const results: object = { node: process.version, threads };
  for (const name of only.length > 0 ? only : Object.keys(sections)) Object.assign(results, await sections[name](threads));
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
}

void main(process.argv.slice(2));
