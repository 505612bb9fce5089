/** Where a training step's time goes, by onnxruntime's own profile: by operator, and by what of the model the operators are there for. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeModel } from '../../engine/onnx/model';
import { type ElementType, newArray, sizeOf } from '../../engine/onnx/tensor';
import { Random } from '../../engine/random';
import { createSession, limitThreads, runtime } from '../../engine/runtime/ort';
import { trainingProgram } from '../../engine/training/program';
import { type Benchmark, benchmarks, modelOf } from './models';
import { limitOf, productSpeed } from './product';

export interface Share {
  name: string;
  /** Operations in a step. */
  count: number;
  milliseconds: number;
}

export interface NetProfile {
  model: string;
  /** The sum over all operations of the least time that each took in any step. What else runs on the machine hardly counts. */
  milliseconds: number;
  /** Of them, in products: of matrices, and convolutions. */
  products: number;
  /** What these would take at the speed of the matrix product. */
  limit: number;
  operators: Share[];
  /** "Conv", "gradient of Conv", "loss". */
  parts: Share[];
  /** Those that take longest, with the dimensions of what they write. */
  slowest: { operator: string; part: string; output: string; milliseconds: number }[];
}

export interface Profile {
  threads: number;
  gflops: number;
  nets: NetProfile[];
}

/** An event of the profile: an operation of a step, in microseconds. */
interface Event {
  cat: string;
  name: string;
  dur: number;
  args: { op_name: string; output_type_shape?: Record<string, number[]>[] };
}

const products = new Set(['Conv', 'ConvTranspose', 'Einsum', 'FusedMatMul', 'Gemm', 'MatMul']);
const ending = '_kernel_time';

/** All operations of some steps, as onnxruntime wrote them down. */
async function events(net: Benchmark, steps: number): Promise<{ events: Event[]; partOf(operator: string, name: string): string }> {
  const model = modelOf(net);
  model.activations = [];
  const trained = model.parameters.filter(({ frozen }) => !frozen).map(({ name }) => name);
  const { graph } = await trainingProgram(model, { type: net.regression ? 'mse' : 'crossEntropy' }, net.batch, trained);
  const { Tensor } = await runtime();
  const folder = mkdtempSync(path.join(tmpdir(), 'profile-'));
  try {
    // As a training session is made.
    const session = await createSession(writeModel(graph, { opset: model.opset }), 'cpu', { ordered: true, profile: path.join(folder, 'step') });
    const random = new Random(0, 'profile');
    const feeds = Object.fromEntries(session.inputMetadata.map((input) => {
      if (!input.isTensor) throw new Error(`${input.name} is no tensor`);
      const dims = input.shape as number[];
      const values = newArray(input.type as ElementType, sizeOf(dims));
      if (input.type === 'float32') values.forEach((_, i) => (values[i] = 0.05 * random.normal()));
      return [input.name, new Tensor(input.type as 'float32', values as Float32Array, dims)];
    }));
    for (let step = 0; step < steps; step++) await session.run(feeds);
    session.endProfiling();
    await session.release();
    const all = JSON.parse(readFileSync(path.join(folder, readdirSync(folder)[0]), 'utf8')) as Event[];
    return { events: all.filter(({ cat, name }) => cat === 'Node' && name.endsWith(ending)), partOf: (opType, name) => graph.partOf({ opType, name }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const sum = (list: readonly { milliseconds: number }[]): number => list.reduce((total, { milliseconds }) => total + milliseconds, 0);

function shares<T extends { milliseconds: number }>(list: readonly T[], nameOf: (one: T) => string): Share[] {
  const groups = new Map<string, T[]>();
  for (const one of list) groups.set(nameOf(one), [...(groups.get(nameOf(one)) ?? []), one]);
  return [...groups].map(([name, members]) => ({ name, count: members.length, milliseconds: sum(members) })).sort((a, b) => b.milliseconds - a.milliseconds);
}

async function profileOf(net: Benchmark, steps: number, gflops: number): Promise<NetProfile> {
  const { events: list, partOf } = await events(net, steps);
  const operations = new Map<string, NetProfile['slowest'][number]>();
  for (const { name: event, dur, args: { op_name: operator, output_type_shape: outputs = [] } } of list) {
    const name = event.slice(0, -ending.length);
    const milliseconds = Math.min(dur / 1000, operations.get(name)?.milliseconds ?? Infinity);
    operations.set(name, { operator, part: partOf(operator, name), output: outputs.map((output) => Object.values(output)[0].join('x')).join(' '), milliseconds });
  }
  const all = [...operations.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  return {
    model: `${net.name}, batch ${net.batch}`, milliseconds: sum(all), products: sum(all.filter(({ operator }) => products.has(operator))), limit: limitOf(net, gflops),
    operators: shares(all, ({ operator }) => operator), parts: shares(all, ({ part }) => part), slowest: all.slice(0, 20),
  };
}

/** The first few, each as a share of the whole. */
export const inWords = (list: readonly Share[], { milliseconds }: NetProfile, most = 6): string =>
  list.slice(0, most).map(({ name, milliseconds: part }) => `${name} ${((100 * part) / milliseconds).toFixed(1)} %`).join(', ');

export async function profile({ threads, part, steps, log }: { threads: number; part: string; steps: number; log(text: string): void }): Promise<Profile> {
  limitThreads(threads);
  const result: Profile = { threads, gflops: await productSpeed('cpu'), nets: [] };
  log(`\nwhere the time goes: ${threads} threads, ${steps} steps, a matrix product at ${result.gflops.toFixed(0)} GFLOP/s`);
  // What is computed again is the same operations once more.
  for (const net of benchmarks.filter(({ name, recompute }) => name.includes(part) && !recompute)) {
    const found = await profileOf(net, steps, result.gflops);
    result.nets.push(found);
    const { model, milliseconds, products: inProducts, limit, operators, parts, slowest } = found;
    log(`\n${model}: ${milliseconds.toFixed(2)} ms in ${operators.reduce((count, each) => count + each.count, 0)} operations, ${((100 * inProducts) / milliseconds).toFixed(0)} % of it products, ${(inProducts / limit).toFixed(1)} times their limit`);
    log(`  operators: ${inWords(operators, found, 20)}`);
    log(`  parts: ${inWords(parts, found, 20)}`);
    for (const each of slowest) log(`  ${each.milliseconds.toFixed(3).padStart(9)} ms  ${each.operator.padEnd(16)} ${each.part.padEnd(32)} ${each.output}`);
  }
  return result;
}
