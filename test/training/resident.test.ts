import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parameterQuantities, type StepRecord } from '../../engine/run/record';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { parseRunFile } from '../../engine/run/config';
import { readRun, runFiles } from '../../engine/run/folder';
import { History } from '../../engine/run/history';
import { type Keeping, keepingOf } from '../../engine/runtime/devices';
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

/** A run in memory. `keeps`: the update is part of the graph, here on the CPU. `stopAt`: it is stopped when it tells of this step. `pauses`: after 3, 8, 13 ... steps. */
async function trainResident(config: object, keeps?: Keeping, { until = Infinity, stopAt = Infinity, pauses = true } = {}): Promise<{ steps: StepRecord[]; weights: Record<string, Float32Array>; checkpoints: string[]; groups: number[] }> {
  const runFile = writeRunFile(config);
  const training = await setUp(parseRunFile(JSON.stringify(config), runFile).config, { runFile });
  const groups: number[] = [];
  if (keeps) {
    const resident = Resident.of(training, {}, keeps) as Resident;
    const compute = resident.compute.bind(resident);
    resident.compute = (batch, asked) => (groups.push(asked.length), compute(batch, asked));
    training.resident = resident;
  }
  const steps: StepRecord[] = [];
  const checkpoints: string[] = [];
  const trainer: Trainer = new Trainer(training, header(training, 'x', runFile), new History(), start, {
    step: (record) => {
      steps.push(record);
      if (record.step === stopAt) trainer.stop('the test');
    },
    checkpoint: (kind, { step }) => void checkpoints.push(`${kind} ${step}: ${Object.values(state(training)).every((values) => values.every(Number.isFinite))}`),
  });
  for (let stop = pauses ? Math.min(until, 3) : until; (await trainer.run(stop)).status === 'stopped' && stop < until && steps.length < stopAt; ) stop += 5;
  const result = { steps, weights: state(training), checkpoints, groups };
  await training.release();
  await training.resident?.release();
  return result;
}

const sgd = { ...stateful, optimizer: { type: 'sgd', learningRate: 0.02, momentum: 0.9, nesterov: true }, clip: { globalNorm: 1 } };

describe.each<Keeping>(['buffers', 'loop'])('state that stays on the device in %s', (keeps) => {
  it('trains as with the kernel: weights, record, checkpoints; paused every five steps', async () => {
    const config = { ...stateful, diagnose: { level: 'full', sharpness: { everySteps: 7 } } };
    const [found, expected] = [await trainResident(config, keeps), await trainResident(config)];
    compareRecords(found.steps, expected.steps);
    compareWeights(found.weights, expected.weights);
    expect(found.checkpoints).toEqual(expected.checkpoints);
    expect(found.steps.map(({ sharpness }) => sharpness !== undefined)).toEqual(expected.steps.map(({ sharpness }) => sharpness !== undefined));
    expect(found.steps.map(({ activations }) => activations?.length)).toEqual(expected.steps.map(({ activations }) => activations?.length));
    expect(relativeError(found.steps[0].histograms!, expected.steps[0].histograms!)).toBeLessThan(0.2);
  });

  it('mixes the samples of a batch as without', async () => {
    const config = { ...stateful, regularization: { mixup: 0.4 } };
    const [found, expected, plain] = [await trainResident(config, keeps), await trainResident(config), await trainResident(stateful, keeps)];
    compareRecords(found.steps, expected.steps);
    expect(found.steps.map(({ metric }) => metric)).toEqual(expected.steps.map(({ metric }) => metric));
    compareWeights(found.weights, expected.weights);
    expect(found.steps[0].loss).not.toBe(plain.steps[0].loss);
  });

  it('reads running statistics that stand still', async () => {
    const config = { ...stateful, model: { layers: stateful.model.layers, freeze: ['*atchNorm*'] } };
    const [found, expected] = [await trainResident(config, keeps, { until: 6 }), await trainResident(config, undefined, { until: 6 })];
    compareRecords(found.steps, expected.steps);
    const parts = [found, expected].map(({ weights: all }) => [true, false].map((still) => Object.fromEntries(Object.entries(all).filter(([name]) => name.includes('running') === still))));
    expect(parts[0][0]).toEqual(parts[1][0]);
    compareWeights(parts[0][1], parts[1][1]);
  });

  it('measuring does not change the weights', async () => {
    const at = async (level: string) => (await trainResident({ ...stateful, diagnose: { level, sharpness: level === 'full' ? { everySteps: 5 } : 'off' } }, keeps)).weights;
    expect(await at('full')).toEqual(await at('off'));
  });

  it('finds what was not finite first, though the update took the weights with it', async () => {
    const config = { ...stateful, optimizer: { type: 'sgd', learningRate: 1e30 }, clip: { globalNorm: 1e30 } };
    const [found, expected] = [await trainResident(config, keeps, { until: 8 }), await trainResident(config, undefined, { until: 8 })];
    const origin = ({ steps }: { steps: StepRecord[] }) => steps.map(({ origin: first }) => first && [first.operator, first.node, first.pass]);
    expect(origin(found).some(Boolean)).toBe(true);
    expect(origin(found)).toEqual(origin(expected));
  });
});

describe('several steps in one run', () => {
  // 110 steps in an epoch, the last one smaller; a state to go back to after 64.
  const long = { ...stateful, data: { ...stateful.data, train: { ...stateful.data.train, samples: 1099 } }, batchSize: 8, epochs: 1 };

  const images = {
    ...stateful, model: { layers: [{ reshape: [1, 8, 8] }, { conv2d: { filters: 4, kernel: 3 } }, 'relu', { maxPool2d: 2 }, 'flatten', { dense: 1 }] },
    data: { ...stateful.data, train: { ...stateful.data.train, features: 64 } }, optimizer: { type: 'adamw', learningRate: 0.01, weightDecay: 0.1 },
  };

  it('are as many as a run takes, up to those after which the weights are wanted, and the same bit for bit as one by one', async () => {
    for (const config of [stateful, sgd, images, { ...stateful, regularization: { mixup: 0.4 }, diagnose: { level: 'full' } }]) {
      const [found, expected] = [await trainResident(config, 'loop'), await trainResident(config, 'buffers')];
      // Three batches of 32 and one of 24 in an epoch; paused after 3, 8, 13; the first step has a histogram at the full level.
      expect(found.groups).toEqual([...('diagnose' in config ? [1, 2] : [3]), 1, 3, 1, 3, 1, 1, 2, 1]);
      expect(found.steps.map(({ seconds: _, ...step }) => step)).toEqual(expected.steps.map(({ seconds: _, ...step }) => step));
      expect(found.weights).toEqual(expected.weights);
    }
    expect((await trainResident({ ...long, checkpoint: { everySteps: 100 } }, 'loop', { pauses: false })).groups).toEqual([32, 32, 32, 4, 9, 1]);
  });

  it('a stop is at once: the state is that after the last step that was told', async () => {
    const stop = { until: 3, stopAt: 2 };
    const [found, expected, kernel] = [await trainResident(stateful, 'loop', stop), await trainResident(stateful, 'buffers', stop), await trainResident(stateful, undefined, stop)];
    expect(found.groups).toEqual([3]);
    expect([found, expected].map(({ checkpoints }) => checkpoints)).toEqual([kernel.checkpoints, kernel.checkpoints]);
    expect(found.weights).toEqual(expected.weights);
    compareWeights(found.weights, kernel.weights);
  });

  it('batches that are too large for that are left to the kernel', async () => {
    const runFile = writeRunFile(stateful);
    const training = await setUp(parseRunFile(JSON.stringify(stateful), runFile).config, { runFile });
    expect(Resident.of({ ...training, batch: 2 ** 21 }, {}, 'loop')).toBe('batches of 48 MiB are too large for several at once');
    expect(Resident.of({ ...training, batch: 2 ** 21 }, {}, 'buffers')).toBeInstanceOf(Resident);
    await training.release();
  });

  it.each([['webgpu', 'buffers'], ['cuda', 'loop'], ['dml', undefined], ['cpu', undefined]])('%s keeps state in %s', (device, keeps) => expect(keepingOf(device)).toBe(keeps));
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
