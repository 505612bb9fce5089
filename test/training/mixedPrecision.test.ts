import { readFileSync } from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { buildModel, type Model } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';
import { type Losses, resolveLoss } from '../../engine/loss';
import { importModel } from '../../engine/onnx/import';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { readRun, runFiles } from '../../engine/run/folder';
import { isSkipped } from '../../engine/run/record';
import { describeDevice, float16On } from '../../engine/runtime/devices';
import { resumeRun } from '../../engine/training/run';
import { createTrainingSession } from '../../engine/training/session';
import { root, shared } from '../shared';
import { stateful, train, weights } from './run';

const emulated = { emulated: true };
/** As a device with kernels gets it. The CPU leaves out the casts and computes in float32, but refuses a graph whose types do not fit. */
const typed = {};

async function sessionOf(model: Model, loss: Losses, batch: number, precision?: { emulated?: boolean }) {
  const { store } = await createOptimizer({ type: 'sgd', learningRate: 0 } as never, model.parameters.map(({ name, dims }) => ({ name, dims, data: model.graph.tensor(name)!.data as Float32Array })));
  const buffers = new Map(model.buffers.map((name) => [name, Float32Array.from(model.graph.tensor(name)!.data as Float32Array)]));
  return { store, buffers, session: await createTrainingSession(model, loss, batch, 'cpu', store, buffers, { precision }) };
}

const norm = (x: number[]): number => Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
const difference = (ours: ArrayLike<number>, theirs: ArrayLike<number>): number[] => Array.from(theirs, (x, i) => x - ours[i]);
const largest = (x: number[]): number => x.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
const relativeError = (ours: ArrayLike<number>, theirs: ArrayLike<number>): number => largest(difference(ours, theirs)) / largest(Array.from(theirs));

/** Products between input and loss, there and back. */
const smooth: Record<string, number> = { mlp_relu: 6, mlp_tanh: 6, mlp_batchnorm1d: 4, transformer_enc: 24 };
/** A rounding to float16 is off by up to 2^-11, and a product rounds two operands and its result; over the products errors add up like a random walk. Twice that. */
const tolerance = (products: number): number => 2 * 2 ** -11 * Math.sqrt(3 * products);
/**
 * Where a unit's input is near zero, or two elements of a window nearly equal, rounding decides which way the gradient goes: of these batches of 8 samples one flipped unit is a tenth
 * of a bias. The loss layer, and the gradient as a whole, are as near as roundings allow.
 */
const flipping: Record<string, string> = { convnet: 'f2.weight', resnet_bn: 'fc.weight' };

describe.skipIf(!shared)('gradients in float16 against those of PyTorch in float32', () => {
  async function gradientsOf(name: string, precision: { emulated?: boolean }) {
    const folder = path.join(shared!, 'refs', name);
    const meta = JSON.parse(readFileSync(path.join(folder, 'meta.json'), 'utf8')) as { loss: string; zero_gradient_params: string[] };
    const reference = Object.fromEntries(Object.entries(unzipSync(readFileSync(path.join(folder, 'ref.npz')))).map(([key, bytes]) => [key.replace(/\.npy$/, ''), Array.from(readNpy(bytes, key).data, Number)]));
    const [x, y] = ['x', 'y'].map((file) => readNpy(readFileSync(path.join(folder, `${file}.npy`)), file));
    const { model } = await importModel({ file: path.join(folder, 'train.onnx'), directory: folder }, { dims: [x.dims.slice(1)] });
    const { store, session } = await sessionOf(model, resolveLoss(meta.loss === 'ce' ? 'crossEntropy' : 'mse'), x.dims[0], precision);
    session.inputs[0].set(Array.from(x.data, Number));
    session.labels.set(Array.from(y.data, Number));
    const { loss } = await session.run({ seed: 0, step: 1, lossScale: 1024 });
    await session.release();
    expect(Math.abs(loss / reference.loss[0] - 1)).toBeLessThan(2 ** -11);
    const names = model.parameters.map((parameter) => parameter.name).filter((parameter) => !meta.zero_gradient_params.includes(parameter));
    return names.map((parameter) => ({ parameter, ours: Array.from(store.gradient(parameter)), theirs: reference[`grad/${parameter}`] }));
  }

  it.each(Object.keys(smooth))('%s', async (name) => {
    const gradients = await gradientsOf(name, emulated);
    for (const { parameter, ours, theirs } of gradients) expect.soft(relativeError(ours, theirs), parameter).toBeLessThan(tolerance(smooth[name]));
    // Nor are they float32's.
    expect(Math.max(...gradients.map(({ ours, theirs }) => relativeError(ours, theirs)))).toBeGreaterThan(1e-4);
  });

  it.each(Object.keys(flipping))('%s', async (name) => {
    const gradients = await gradientsOf(name, emulated);
    const last = gradients.find(({ parameter }) => parameter === flipping[name])!;
    expect(relativeError(last.ours, last.theirs)).toBeLessThan(tolerance(12));
    const all = (side: 'ours' | 'theirs'): number[] => gradients.flatMap((each) => each[side]);
    expect(norm(difference(all('ours'), all('theirs'))) / norm(all('theirs'))).toBeLessThan(0.1);
  });

  it.each([...Object.keys(smooth), ...Object.keys(flipping)])('%s with the types of a device', async (name) => {
    for (const { parameter, ours, theirs } of await gradientsOf(name, typed)) expect.soft(relativeError(ours, theirs), parameter).toBeLessThan(tolerance(4));
  });
});

const filled = async (layers: LayerEntry[], dims: number[], loss: Losses, precision?: { emulated?: boolean }, lossScale = 1024) => {
  const model = buildModel(layers, { type: 'float32', dims }, 3);
  const { store, buffers, session } = await sessionOf(model, loss, 6, precision);
  const random = new Random(1, 'data');
  session.inputs[0].forEach((_, i) => (session.inputs[0][i] = random.normal()));
  session.labels.forEach((_, i) => (session.labels[i] = i % 3));
  const { loss: value, activations } = await session.run({ seed: 0, step: 1, lossScale, measureActivations: true });
  const result = { loss: value, activations: activations!.slice(), gradients: store.names.map((name) => [...store.gradient(name)]), buffers: [...buffers.values()].map((buffer) => [...buffer]) };
  await session.release();
  return result;
};

describe('gradients, running statistics and activations in float16 against float32', () => {
  const nets: Record<string, [LayerEntry[], number[]]> = {
    'convolutions, normalised, strided and dilated': [[{ conv2d: { filters: 4, kernel: 3, padding: 'same' } }, 'batchNorm', 'tanh', { conv2d: { filters: 6, kernel: 3, stride: 2 } }, 'tanh', { averagePool2d: 2 }, 'flatten', { dense: 3 }], [2, 9, 9]],
    'dense, with dropout and layer normalisation': [[{ dense: 12 }, 'layerNorm', 'gelu', { dropout: 0.3 }, { dense: 8 }, 'silu', { dense: 3 }], [10]],
  };
  it.each(Object.entries(nets))('%s', async (_, [layers, dims]) => {
    const exact = await filled(layers, dims, { type: 'crossEntropy' });
    for (const precision of [emulated, typed]) {
      const half = await filled(layers, dims, { type: 'crossEntropy' }, precision);
      expect(Math.abs(half.loss / exact.loss - 1)).toBeLessThan(tolerance(3));
      half.gradients.forEach((gradient, i) => {
        // A bias before a normalisation has none.
        if (largest(exact.gradients[i]) > 1e-6) expect.soft(relativeError(gradient, exact.gradients[i])).toBeLessThan(tolerance(8));
      });
      half.buffers.forEach((buffer, i) => expect.soft(relativeError(buffer, exact.buffers[i])).toBeLessThan(tolerance(1)));
      half.activations.forEach((value, i) => expect.soft(Math.abs(value - exact.activations[i])).toBeLessThan(tolerance(8)));
    }
  });

  it('gradients below 6e-8 are zero without a scale, and as they are with one', async () => {
    const tiny: Losses = { type: 'mse', weight: 1e-8 };
    const layers: LayerEntry[] = [{ dense: 4 }, 'tanh', { dense: 1 }];
    const exact = await filled(layers, [5], tiny);
    expect(largest(exact.gradients.flat())).toBeLessThan(2 ** -24);
    expect(largest((await filled(layers, [5], tiny, emulated, 1)).gradients[0])).toBe(0);
    const scaled = await filled(layers, [5], tiny, emulated, 65536);
    scaled.gradients.forEach((gradient, i) => expect(relativeError(gradient, exact.gradients[i])).toBeLessThan(tolerance(4)));
  });
});

/** All samples in every step; `weight` multiplies the loss, and with it the gradient. */
const linear = (weight: number, epochs: number, more: object = {}) => ({
  model: { layers: [{ dense: 6 }, 'tanh', { dense: 1 }] }, data: { train: { simulated: 'linear', samples: 32, features: 4, noise: 0.1 }, shuffle: false },
  loss: { type: 'mse', weight }, optimizer: { type: 'adam', learningRate: 0.01 }, batchSize: 32, epochs, seed: 7, precision: 'float16', ...more,
});

describe('a run whose gradient overflows', () => {
  it('skips these steps: weights and moments stay as they are, bit for bit, and the scale is halved', async () => {
    const { run, status } = await train(linear(1e6, 3));
    expect(status).toBe('finished');
    const { progress, parameters, optimizer } = readCheckpoint(runFiles(run).last);
    expect(progress).toMatchObject({ step: 3, skippedSteps: 3, lossScale: 65536 / 8, cleanSteps: 0 });
    const { graph } = buildModel([{ dense: 6 }, 'tanh', { dense: 1 }], { type: 'float32', dims: [4] }, 7);
    for (const [name, { data }] of Object.entries(parameters)) expect(data).toEqual(graph.tensor(name)!.data);
    for (const { data } of Object.values(optimizer)) expect(largest(Array.from(data as Float32Array))).toBe(0);
    const { steps } = readRun(run);
    expect(steps.map(({ lossScale }) => lossScale)).toEqual([65536, 32768, 16384]);
    for (const step of steps) expect([isSkipped(step), Number.isFinite(step.loss), step.parameters]).toEqual([true, true, undefined]);
  });

  it('makes the same updates as in float32 once the scale fits, and Adam counts these alone', async () => {
    const weight = 1e4;
    const skipped = readRun((await train(linear(weight, 30))).run).steps.findIndex((step) => !isSkipped(step));
    expect(skipped).toBeGreaterThan(0);
    // The first update of Adam has the size of the learning rate, whatever the gradient.
    const { parameters } = readCheckpoint(runFiles((await train(linear(weight, skipped + 1))).run).last);
    const { parameters: exact } = readCheckpoint(runFiles((await train(linear(weight, 1, { precision: 'float32' }))).run).last);
    for (const [name, { data }] of Object.entries(parameters)) expect(largest(difference(data as Float32Array, exact[name].data as Float32Array))).toBeLessThan(1e-6);
  });

  it('has diverged where it overflows without any scale, and says what did', async () => {
    const { status, reason, findings, steps } = await train(linear(1e12, 40));
    expect({ status, reason, steps }).toEqual({ status: 'diverged', reason: 'the gradient overflows float16 even at a loss scale of 1 at step 17', steps: 17 });
    const found = findings.find(({ rule }) => rule === 'non-finite')!;
    expect(found).toMatchObject({ severity: 'error', step: 17 });
    expect(found.explanation).toMatch(/^Cast .*turned finite inputs .* into Inf at step 17/);
  });
});

it('a resumed run is bit-identical, its scale and skipped steps included', async () => {
  const config = { ...stateful, loss: { type: 'mse', weight: 3000 }, precision: 'float16' };
  const whole = await train(config);
  const part = await train(config, { untilEpoch: 1 });
  await resumeRun({ run: part.run }, { event: () => {}, log: () => {} }, () => {});
  expect(weights(part.run)).toEqual(weights(whole.run));
  const plain = (run: string) => readRun(run).steps.map(({ seconds: _, ...step }) => step);
  expect(plain(part.run)).toEqual(plain(whole.run));
  const state = ({ run }: { run: string }) => (({ lossScale, cleanSteps, skippedSteps }) => ({ lossScale, cleanSteps, skippedSteps }))(readCheckpoint(runFiles(run).last).progress);
  expect(state(part)).toEqual(state(whole));
  expect(state(whole).skippedSteps).toBeGreaterThan(1);
});

it('the digits sample is learnt as well as in float32', async () => {
  const file = path.join(root, 'samples/digits/digits.train.json');
  const [exact, half] = [await train(file), await train(file, { set: [{ path: 'precision', value: 'float16' }] })];
  expect(Math.abs(half.validation!.accuracy! - exact.validation!.accuracy!)).toBeLessThanOrEqual(0.01);
  expect(half.findings.filter(({ severity }) => severity !== 'information')).toEqual([]);
});

describe('refused with a sentence', () => {
  it('for L-BFGS', () => expect(train(linear(1, 1, { optimizer: { type: 'lbfgs' } }))).rejects.toThrow(/test\.train\.json:\d+:\d+: precision: float16 is not possible with the optimizer "lbfgs": .*; use "float32"$/));
  it('on a device that is there but does not compute with it', async () => {
    for (const device of ['webgpu', 'cuda']) {
      if (!(await describeDevice(device)).available) continue;
      const answer = await float16On(device).then(() => 'works', ({ message }: Error) => message);
      expect(answer).toMatch(/^works$|^float16 is not possible on device "\w+" here.*; use "float32", or the device "cpu"$/);
    }
  });
});
