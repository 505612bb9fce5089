import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parameterQuantities, type StepRecord } from '../../engine/run/record';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { parseRunFile } from '../../engine/run/config';
import { readRun, runFiles } from '../../engine/run/folder';
import { History } from '../../engine/run/history';
import { allowFallback } from '../../engine/runtime/ort';
import { Resident } from '../../engine/training/resident';
import { describe as header, resumeRun } from '../../engine/training/run';
import { deviceError } from '../../engine/training/session';
import { setUp, type Training } from '../../engine/training/setup';
import { start, Trainer } from '../../engine/training/trainer';
import { webgpu } from '../webgpu';
import { relativeError } from '../optimizer/data';
import { stateful as withBias, train, weights, writeRunFile } from './run';

// The gradient of a bias before a batch normalisation is rounding alone, of which Adam makes full steps: left out, so that runs can be compared.
const stateful = { ...withBias, model: { layers: [{ dense: { units: 12, bias: false } }, ...withBias.model.layers.slice(1)] } };

/** Float32 in another order of summation, over four epochs of a run with dropout, batch normalisation and Adam. */
const tolerance = 2e-3;

/** Losses, and every statistic of the first steps, before the differences grow. */
function compareRecords(found: readonly StepRecord[], expected: readonly StepRecord[]): void {
  expect(found.map(({ step, epoch, learningRate, clipped }) => ({ step, epoch, learningRate, clipped }))).toEqual(expected.map(({ step, epoch, learningRate, clipped }) => ({ step, epoch, learningRate, clipped })));
  found.forEach(({ loss, gradientNorm, validation, parameters }, i) => {
    expect(Math.abs(loss / expected[i].loss - 1), `loss of step ${i + 1}`).toBeLessThan(tolerance);
    expect(Math.abs(gradientNorm / expected[i].gradientNorm - 1), `gradient of step ${i + 1}`).toBeLessThan(tolerance);
    expect(validation === undefined).toBe(expected[i].validation === undefined);
    if (validation) expect(Math.abs(validation.loss / expected[i].validation!.loss - 1)).toBeLessThan(tolerance);
    expect(parameters?.length).toBe(expected[i].parameters?.length);
    parameters?.forEach((value, j) => {
      const wanted = expected[i].parameters![j];
      if (i < 3) expect(Object.is(value, wanted) || Math.abs(value - wanted) <= tolerance * Math.max(Math.abs(wanted), 1e-3), `${parameterQuantities[j % parameterQuantities.length]} of step ${i + 1}: ${value}, ${wanted}`).toBe(true);
    });
  });
}

function compareWeights(found: Record<string, Float32Array>, expected: Record<string, Float32Array>): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) expect(relativeError(found[name], values), name).toBeLessThan(10 * tolerance);
}

const state = ({ optimizer: { store }, buffers }: Training): Record<string, Float32Array> =>
  ({ ...Object.fromEntries(store.names.map((name) => [name, store.weight(name).slice()])), ...Object.fromEntries(Object.entries(store.state()).map(([name, data]) => [name, data.slice()])), ...Object.fromEntries([...buffers].map(([name, data]) => [name, data.slice()])) });

/** A run in memory. `resident`: the update is part of the graph, here on the CPU. */
async function trainResident(config: object, resident: boolean, until = Infinity): Promise<{ steps: StepRecord[]; weights: Record<string, Float32Array>; checkpoints: string[] }> {
  const runFile = writeRunFile(config);
  const training = await setUp(parseRunFile(JSON.stringify(config), runFile).config, { runFile });
  if (resident) training.resident = Resident.of(training, {}) as Resident;
  const steps: StepRecord[] = [];
  const checkpoints: string[] = [];
  const trainer = new Trainer(training, header(training, 'x', runFile), new History(), start, {
    step: (record) => void steps.push(record),
    checkpoint: (kind, { step }) => void checkpoints.push(`${kind} ${step}: ${Object.values(state(training)).every((values) => values.every(Number.isFinite))}`),
  });
  for (let stop = Math.min(until, 3); (await trainer.run(stop)).status === 'stopped' && stop < until; ) stop += 5;
  const result = { steps, weights: state(training), checkpoints };
  await training.release();
  await training.resident?.release();
  return result;
}

describe('state that stays on the device', () => {
  it('trains as with the kernel: weights, record, checkpoints; paused every five steps', async () => {
    const config = { ...stateful, diagnose: { level: 'full', sharpness: { everySteps: 7 } } };
    const [found, expected] = [await trainResident(config, true), await trainResident(config, false)];
    compareRecords(found.steps, expected.steps);
    compareWeights(found.weights, expected.weights);
    expect(found.checkpoints).toEqual(expected.checkpoints);
    expect(found.steps.map(({ sharpness }) => sharpness !== undefined)).toEqual(expected.steps.map(({ sharpness }) => sharpness !== undefined));
    expect(relativeError(found.steps[0].histograms!, expected.steps[0].histograms!)).toBeLessThan(0.2);
  });

  it('mixes the samples of a batch as without', async () => {
    const config = { ...stateful, regularization: { mixup: 0.4 } };
    const [found, expected, plain] = [await trainResident(config, true), await trainResident(config, false), await trainResident(stateful, true)];
    compareRecords(found.steps, expected.steps);
    expect(found.steps.map(({ metric }) => metric)).toEqual(expected.steps.map(({ metric }) => metric));
    compareWeights(found.weights, expected.weights);
    expect(found.steps[0].loss).not.toBe(plain.steps[0].loss);
  });

  it('measuring does not change the weights', async () => {
    const at = async (level: string) => (await trainResident({ ...stateful, diagnose: { level, sharpness: level === 'full' ? { everySteps: 5 } : 'off' } }, true)).weights;
    expect(await at('full')).toEqual(await at('off'));
  });

  it('finds what was not finite first, though the update took the weights with it', async () => {
    const config = { ...stateful, optimizer: { type: 'sgd', learningRate: 1e30 }, clip: { globalNorm: 1e30 } };
    const [found, expected] = [await trainResident(config, true, 8), await trainResident(config, false, 8)];
    const origin = ({ steps }: { steps: StepRecord[] }) => steps.map(({ origin: first }) => first && [first.operator, first.node, first.pass]);
    expect(origin(found).some(Boolean)).toBe(true);
    expect(origin(found)).toEqual(origin(expected));
  });
});

describe.skipIf(!webgpu)('on WebGPU', () => {
  beforeAll(() => allowFallback(false));
  afterAll(() => allowFallback(true));

  it('a run is as on the CPU, and resumed it ends where it would have ended', async () => {
    const config = { ...stateful, regularization: { mixup: 0.4 }, epochs: 2 };
    const [gpu, cpu] = [await train({ ...config, device: 'webgpu' }), await train(config)];
    compareRecords(readRun(gpu.run).steps, readRun(cpu.run).steps);
    const tensors = (run: string) => {
      const { parameters, buffers, optimizer } = readCheckpoint(runFiles(run).last);
      return Object.fromEntries(Object.entries({ ...parameters, ...buffers, ...optimizer }).map(([name, { data }]) => [name, data as Float32Array]));
    };
    compareWeights(tensors(gpu.run), tensors(cpu.run));
    const { run } = await train({ ...config, device: 'webgpu' }, { untilEpoch: 1 });
    expect(weights(run)).not.toEqual(weights(gpu.run));
    await resumeRun({ run }, { event: () => {}, log: () => {} }, () => {});
    expect(weights(run)).toEqual(weights(gpu.run));
  }, 240_000);
});

it.each([
  ['Failed to allocate memory for requested buffer of size 4294967296', 'the memory of device "webgpu" is full: a smaller batchSize needs less'],
  ['WebGPU device lost (2): Device was destroyed.', 'device "webgpu" was lost'],
])('%s', (message, sentence) => expect(deviceError(message, 'webgpu')?.message).toContain(sentence));
it('another message is no fault of the device', () => expect(deviceError('Got invalid dimensions', 'webgpu')).toBeUndefined());
