/** Step times of every net at every level of watching, beside those of PyTorch and TensorFlow.js where they are installed: in turns, so that what slows the machine slows all. */
import path from 'node:path';
import { median } from '../../engine/diagnosis/statistics';
import { InputError } from '../../engine/errors';
import { sizeOf } from '../../engine/onnx/tensor';
import { type Benchmark, benchmarks, modelOf } from './models';
import { limitOf } from './product';
import { Runner } from './runner';

const modes = ['off', 'light', 'standard', 'full', 'forward'];

export interface Row {
  model: string;
  milliseconds: Record<string, number>;
  /** Median over the rounds of the ratio of two means in the same round, with its smallest and largest. */
  ratios: Record<string, [number, number, number]>;
  /** Of the step that is not watched. */
  optimizerShare: number;
  /** Level standard over the time that its multiplications and additions take at the speed of the matrix product. */
  limitRatio: number;
  /** Megabytes. */
  memory: { weights: number; ours: number; torch?: number; bound?: number };
}

export interface Steps {
  threads: number;
  device: string;
  rounds: number;
  ours: Runner['about'];
  /** By name, of those that could train a net. */
  others: Record<string, Runner['about']>;
  rows: Row[];
}

const mean = (times: number[]): number => times.reduce((a, b) => a + b, 0) / times.length;

const weightsOf = (net: Benchmark): number => modelOf(net).parameters.reduce((sum, { dims: shape }) => sum + sizeOf(shape), 0);

async function compare(net: Benchmark, ours: Runner, others: ReadonlyMap<string, Runner>, rounds: number): Promise<Row> {
  const parties: Record<string, (count: number) => Promise<{ steps: number[]; optimizer?: number[] }>> = {
    ...Object.fromEntries(modes.map((mode) => [mode, (count: number) => ours.steps(mode, count)])),
    ...Object.fromEntries([...others].flatMap(([name, runner]) => [[name, (count: number) => runner.steps('train', count)], [`${name} forward`, (count: number) => runner.steps('forward', count)]])),
  };
  for (const run of Object.values(parties)) await run(Math.ceil(net.steps / 4));
  const means: Record<string, number[]> = Object.fromEntries(Object.keys(parties).map((name) => [name, []]));
  const shares: number[] = [];
  for (let round = 0; round < rounds; round++) for (const [name, run] of Object.entries(parties)) {
    const { steps, optimizer } = await run(net.steps);
    // Means within a round: what happens in every tenth step counts as well.
    means[name].push(mean(steps));
    if (name === 'off') shares.push(mean(optimizer!) / mean(steps));
  }
  const ratio = (a: string, b: string): [number, number, number] => {
    const all = means[a].map((value, i) => value / means[b][i]);
    return [median(all), Math.min(...all), Math.max(...all)];
  };
  const pairs: [string, string][] = [
    ...['light', 'standard', 'full'].map((level): [string, string] => [level, 'off']),
    ...[...others.keys()].flatMap((name): [string, string][] => [['off', name], ['standard', name], ['forward', `${name} forward`]]),
  ];
  const weights = (4 * weightsOf(net)) / 1e6;
  const torchMemory = others.has('torch') ? others.get('torch')!.memory / 1e6 : undefined;
  return {
    model: `${net.name}, batch ${net.batch}`,
    milliseconds: Object.fromEntries(Object.entries(means).map(([name, all]) => [name, median(all)])),
    ratios: Object.fromEntries(pairs.map(([a, b]) => [`${a} / ${b}`, ratio(a, b)])),
    optimizerShare: median(shares),
    limitRatio: median(means.standard) / limitOf(net, ours.about.gflops),
    memory: { weights, ours: ours.memory / 1e6, ...(torchMemory !== undefined && { torch: torchMemory, bound: 5 * weights + 1.5 * Math.max(0, torchMemory - 4 * weights) }) },
  };
}

/** With whom we are compared: the commands that start them, the first that can train the net. */
const rivals: { name: string; hint: string; devices: Record<string, string>; commands(root: string, threads: number, device: string): string[][] }[] = [
  {
    name: 'torch', hint: 'python3-torch and libopenblas0', devices: { cpu: 'cpu', webgpu: 'cuda', cuda: 'cuda' },
    commands: (root, threads, device) => ['/usr/bin/python3', 'python3'].map((python) => [python, path.join(root, 'test/benchmarks/torch_step.py'), String(threads), device]),
  },
  ...['cpu', 'wasm'].map((backend) => ({
    name: `tfjs ${backend}`, hint: `@tensorflow/tfjs${backend === 'wasm' ? ' and @tensorflow/tfjs-backend-wasm' : ''}`, devices: { cpu: backend },
    commands: (root: string) => [[process.execPath, path.join(root, 'test/benchmarks/tfjs_step.mjs'), backend]],
  })),
];
/** Who needs longer for the first steps of a net is left out. */
const longestStart = 60;
/** PyTorch's matrix product over ours: below it there is no fast BLAS, as Debian's package may be installed, and to be faster than that is no merit. */
const fastEnough = 0.5;

async function rivalsOf(net: Benchmark, root: string, threads: number, device: string): Promise<Map<string, Runner>> {
  const found = new Map<string, Runner>();
  for (const { name, devices, commands } of rivals) {
    if (!devices[device]) continue;
    for (const [command, ...args] of commands(root, threads, devices[device])) {
      const runner = found.has(name) ? undefined : await Runner.start(command, args, threads, net, longestStart);
      if (runner) found.set(name, runner);
    }
  }
  return found;
}

export async function steps({ root, threads, device, part, rounds, log }: { root: string; threads: number; device: string; part: string; rounds: number; log(text: string): void }): Promise<Steps> {
  const result: Steps = { threads, device, rounds, ours: { version: '', gflops: NaN }, others: {}, rows: [] };
  log(`${threads} threads, device ${device}; ${rounds} rounds, interleaved`);
  for (const net of benchmarks.filter(({ name }) => name.includes(part))) {
    // One process for each net: what is measured is its own memory.
    const ours = await Runner.start(process.execPath, [path.join(root, 'dist/bench-step.js'), String(threads), device], threads, net);
    if (!ours) throw new Error(`our own process did not train ${net.name}`);
    const others = await rivalsOf(net, root, threads, device);
    result.ours = ours.about;
    for (const { name, hint, devices } of rivals) {
      if (others.has(name)) result.others[name] = others.get(name)!.about;
      else if (devices[device]) log(`${net.name}: without ${name}, which is not installed (${hint}) or cannot train it within ${longestStart} s`);
    }
    const torch = others.get('torch')?.about.gflops ?? Infinity;
    if (torch < fastEnough * ours.about.gflops) throw new InputError(`PyTorch multiplies matrices at ${torch.toFixed(0)} GFLOP/s, onnxruntime at ${ours.about.gflops.toFixed(0)}: it has no fast BLAS, and a comparison would flatter us (apt: libopenblas0)`);
    const row = await compare(net, ours, others, rounds);
    for (const runner of [ours, ...others.values()]) runner.stop();
    result.rows.push(row);
    log(`\n${row.model}`);
    for (const [name, ms] of Object.entries(row.milliseconds)) log(`  ${name.padEnd(28)} ${ms.toFixed(3).padStart(9)} ms`);
    for (const [name, [middle, low, high]] of Object.entries(row.ratios)) log(`  ${name.padEnd(28)} ${middle.toFixed(3).padStart(9)}    (${low.toFixed(3)} to ${high.toFixed(3)})`);
    log(`  ${'standard / limit'.padEnd(28)} ${row.limitRatio.toFixed(2).padStart(9)}    at ${ours.about.gflops.toFixed(0)} GFLOP/s`);
    log(`  ${'optimizer\'s share'.padEnd(28)} ${(100 * row.optimizerShare).toFixed(1).padStart(9)} %`);
    log(`  ${'memory'.padEnd(28)} ${Object.entries(row.memory).map(([name, mb]) => `${name} ${mb.toFixed(0)} MB`).join(', ')}`);
  }
  return result;
}
