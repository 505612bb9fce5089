/** How long a run takes to begin: from the command to the first loss on the terminal, and where that time goes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NpyData, writeNpy } from '../../engine/data/npy';
import { median } from '../../engine/diagnosis/statistics';
import { writeModel } from '../../engine/onnx/model';
import { sizeOf } from '../../engine/onnx/tensor';
import { Random } from '../../engine/random';
import { parseRunFile } from '../../engine/run/config';
import { createSession, runtime } from '../../engine/runtime/ort';
import { trainingProgram } from '../../engine/training/program';
import { createTrainingSession } from '../../engine/training/session';
import { type Benchmark, benchmarks, modelOf } from './models';

const times = 5;

/** Seconds. */
export interface Start {
  name: string;
  firstLoss: number;
  phases: Record<string, number>;
}

/** Seconds until the terminal shows the first loss of a run file. */
async function firstLoss(root: string, runFile: string, folder: string): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [path.join(root, 'dist/adamscope.js'), 'train', runFile, '--out', path.join(folder, 'run')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += String(chunk);
      if (/step 1: loss/.test(text)) resolve();
    });
    child.on('close', () => reject(new Error(`no loss was printed: ${text}`)));
  });
  const seconds = (performance.now() - start) / 1000;
  child.removeAllListeners('close');
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  await closed;
  rmSync(path.join(folder, 'run'), { recursive: true, force: true });
  return seconds;
}

/** Of what happens in the engine between the command and the first step, data left out. */
async function phases(net: Benchmark): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  const timed = async <T>(name: string, make: () => T | Promise<T>): Promise<T> => {
    const start = performance.now();
    const made = await make();
    seconds[name] = (performance.now() - start) / 1000;
    return made;
  };
  await timed('library', runtime);
  const model = await timed('model', () => modelOf(net));
  const names = model.parameters.map(({ name }) => name);
  const program = await timed('gradient graph', () => trainingProgram(model, { type: 'crossEntropy' }, net.batch, names));
  const only = await timed('session and its optimisation', () => createSession(writeModel(program.graph, { opset: model.opset }), 'cpu', { ordered: true }));
  await only.release();
  const store = new Map(model.parameters.map(({ name }) => [name, { weight: model.graph.tensor(name)!.data as Float32Array, gradient: new Float32Array(sizeOf(model.graph.tensor(name)!.dims)) }]));
  const buffers = new Map(model.buffers.map((name) => [name, (model.graph.tensor(name)!.data as Float32Array).slice()]));
  const session = await createTrainingSession(model, { type: 'crossEntropy' }, net.batch, 'cpu', { names, weight: (name) => store.get(name)!.weight, gradient: (name) => store.get(name)!.gradient }, buffers);
  await timed('first step', () => session.run({ seed: 0, step: 1 }));
  await session.release();
  return seconds;
}

/** A run file of a net of the benchmark, on as many normal numbers as make a batch. */
function runFileOf({ dims, batch, layers }: Benchmark, folder: string): string {
  const random = new Random(0, 'start');
  const write = (name: string, type: 'float32' | 'int32', shape: number[], data: NpyData): void => writeFileSync(path.join(folder, name), writeNpy({ type, dims: shape, data }));
  write('x.npy', 'float32', [batch, ...dims], Float32Array.from({ length: batch * sizeOf(dims) }, () => random.normal()));
  write('y.npy', 'int32', [batch], Int32Array.from({ length: batch }, (_, i) => i % 10));
  const file = path.join(folder, 'start.train.json');
  writeFileSync(file, JSON.stringify({ model: { layers }, data: { train: { npy: 'x.npy', labels: 'y.npy' } }, loss: 'crossEntropy', batchSize: batch, epochs: 1000 }));
  return file;
}

export async function starts(root: string, log: (text: string) => void): Promise<Start[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adamscope-bench-'));
  const resnet = benchmarks.find(({ name }) => name.startsWith('resnet18'))!;
  const sample = path.join(root, 'samples/digits/digits.train.json');
  const { model, batchSize } = parseRunFile(readFileSync(sample, 'utf8'), sample).config;
  const digits: Benchmark = { name: 'the digits sample', dims: [1, 8, 8], batch: batchSize, steps: 1, layers: (model as { layers: Benchmark['layers'] }).layers };
  const runs = [{ net: digits, file: sample }, { net: resnet, file: runFileOf(resnet, folder) }];
  const result: Start[] = [];
  for (const { net, file } of runs) {
    const all: number[] = [];
    for (let i = 0; i < times; i++) all.push(await firstLoss(root, file, folder));
    const start = { name: net.name, firstLoss: median(all), phases: await phases(net) };
    log(`\nfirst loss of ${start.name}: ${start.firstLoss.toFixed(2)} s after the command; in the engine ${Object.entries(start.phases).map(([name, seconds]) => `${name} ${seconds.toFixed(2)}`).join(', ')} s`);
    result.push(start);
  }
  rmSync(folder, { recursive: true, force: true });
  return result;
}
