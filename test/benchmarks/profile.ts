/** Where a training step's time goes: one row per operator and shape, from onnxruntime's own profile. `node scripts/profile.mjs [PART OF A MODEL'S NAME] [STEPS]`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { writeModel } from '../../engine/onnx/model';
import { newArray, sizeOf, type ElementType } from '../../engine/onnx/tensor';
import { Random } from '../../engine/random';
import { trainingProgram } from '../../engine/training/program';
import { type Benchmark, benchmarks, modelOf } from './models';

interface Event {
  cat: string;
  name: string;
  dur: number;
  args: { op_name?: string; output_type_shape?: Record<string, number[]>[] };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

async function profile(net: Benchmark, steps: number): Promise<void> {
  const { name, batch, regression } = net;
  const model = modelOf(net);
  model.activations = [];
  const { graph } = await trainingProgram(model, { type: regression ? 'mse' : 'crossEntropy' }, batch, model.parameters.filter(({ frozen }) => !frozen).map((parameter) => parameter.name));
  const folder = mkdtempSync(path.join(tmpdir(), 'profile-'));
  try {
    const session = await InferenceSession.create(writeModel(graph, { opset: model.opset }), {
      executionMode: 'sequential', enableProfiling: true, profileFilePrefix: path.join(folder, 'step'), logSeverityLevel: 4, intraOpNumThreads: Number(process.env.THREADS ?? 2),
    });
    const random = new Random(0, 'profile');
    const feeds = Object.fromEntries(session.inputMetadata.map((input) => {
      if (!input.isTensor) throw new Error(`${input.name} is no tensor`);
      const shape = input.shape as number[];
      const values = newArray(input.type as ElementType, sizeOf(shape));
      if (input.type === 'float32') values.forEach((_, i) => (values[i] = 0.05 * random.normal()));
      return [input.name, new Tensor(input.type as 'float32', values as Float32Array, shape)];
    }));
    const times: number[] = [];
    for (let step = 0; step < steps; step++) {
      const start = performance.now();
      await session.run(feeds);
      times.push(performance.now() - start);
    }
    session.endProfiling();
    const file = readdirSync(folder)[0];
    const events = (JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Event[]).filter(({ cat, name: event }) => cat === 'Node' && event.endsWith('_kernel_time'));
    const rows = new Map<string, number[]>();
    for (const { name: event, dur, args } of events) {
      const key = `${args.op_name} ${event.replace('_kernel_time', '')} ${args.output_type_shape?.map((output) => Object.values(output)[0].join('x')).join(' ') ?? ''}`;
      rows.set(key, [...(rows.get(key) ?? []), dur / 1000]);
    }
    const table = [...rows].map(([key, durations]) => ({ key, ms: Math.min(...durations) })).sort((a, b) => b.ms - a.ms);
    const total = table.reduce((sum, { ms }) => sum + ms, 0);
    const operators = new Map<string, { count: number; ms: number }>();
    for (const { key, ms } of table) {
      const op = key.split(' ')[0];
      const { count, ms: before } = operators.get(op) ?? { count: 0, ms: 0 };
      operators.set(op, { count: count + 1, ms: before + ms });
    }
    console.log(`\n${name}, batch ${batch}: ${median(times).toFixed(2)} ms median, ${Math.min(...times).toFixed(2)} least; ${total.toFixed(2)} in ${table.length} nodes`);
    console.log([...operators].sort(([, a], [, b]) => b.ms - a.ms).map(([op, { count, ms }]) => `${count} ${op} ${ms.toFixed(2)}`).join(', '));
    for (const { key, ms } of table.slice(0, 60)) console.log(`${ms.toFixed(3).padStart(9)} ${((100 * ms) / total).toFixed(1).padStart(5)}%  ${key}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [part = '', steps = '30'] = process.argv.slice(2);
void (async () => {
  for (const benchmark of benchmarks.filter(({ name }) => name.includes(part))) await profile(benchmark, Number(steps));
})();
