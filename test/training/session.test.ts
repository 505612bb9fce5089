import { describe, expect, it } from 'vitest';
import { buildModel } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';
import { resolveLoss } from '../../engine/loss';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { activationQuantities } from '../../engine/run/record';
import { createEvaluationSession } from '../../engine/training/evaluationSession';
import { createTrainingSession } from '../../engine/training/session';

const convnet: LayerEntry[] = [{ conv2d: { filters: 4, kernel: 3 } }, 'batchNorm', 'relu', { maxPool2d: 2 }, 'flatten', { dropout: 0.3 }, { dense: 8 }, 'tanh', { dense: 3 }];

async function setUp(layers: LayerEntry[], dims: number[], { batch = 6, loss = 'crossEntropy', watched = true } = {}) {
  const built = buildModel(layers, { type: 'float32', dims }, 0);
  const model = watched ? built : { ...built, activations: [] };
  const optimizer = await createOptimizer({ type: 'adam', learningRate: 0.01 } as never, model.parameters.map(({ name, dims }) => ({ name, dims, data: model.graph.tensor(name)!.data as Float32Array })));
  const { store } = optimizer;
  const buffers = new Map(model.buffers.map((name) => [name, Float32Array.from(model.graph.tensor(name)!.data as Float32Array)]));
  const session = await createTrainingSession(model, resolveLoss(loss), batch, 'cpu', store, buffers);
  const random = new Random(1, 'data');
  session.inputs[0].forEach((_, i) => (session.inputs[0][i] = random.normal() * 3));
  session.labels.forEach((_, i) => (session.labels[i] = i % 2));
  return { model, optimizer, store, buffers, session };
}

/** Weights and buffers after some steps, as bytes. */
async function trained(options: { watched?: boolean; measure: (step: number) => boolean }): Promise<string> {
  const { optimizer, store, buffers, session } = await setUp(convnet, [2, 8, 8], options);
  for (let step = 1; step <= 4; step++) {
    await session.run({ seed: 5, step, measureActivations: options.measure(step) });
    optimizer.step({ step, learningRate: 0.01 });
  }
  return [...store.names.map((name) => store.weight(name)), ...buffers.values()].map((array) => Buffer.from(array.slice().buffer).toString('hex')).join(' ');
}

it('measuring never changes training, bit for bit', async () => {
  const never = await trained({ measure: () => false });
  expect(await trained({ measure: () => true })).toBe(never);
  expect(await trained({ measure: (step) => step % 2 === 0 })).toBe(never);
  expect(await trained({ watched: false, measure: () => false })).toBe(never);
});

describe('activation statistics', () => {
  it('agree with their definitions', async () => {
    // Input [batch, 4] -> tanh and relu of it, whose statistics follow from the input alone.
    const { session, model } = await setUp(['tanh', 'relu', { dense: 2 }], [4]);
    const x = session.inputs[0] as Float32Array;
    x.set([0, -6, 7, -1, 0, -5.5, 8, -2, 0, 1, 9, -3, 0, 2, 5.5, -1, 0, 3, 6, -1, 0, 4, 7, -9]);
    const { activations } = await session.run({ seed: 0, step: 1, measureActivations: true });
    const row = (layer: string) => {
      const i = model.activations.findIndex((activation) => activation.layer === layer);
      return Object.fromEntries(activationQuantities.map((quantity, q) => [quantity, activations![i * activationQuantities.length + q]]));
    };
    const stats = (values: number[]) => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      return { mean, std: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
    };
    const tanh = Array.from(x, Math.tanh);
    const relu = tanh.map((v) => Math.max(v, 0));
    // Column 0 is always 0, column 3 always negative; beyond +-5 are 9 of 24.
    const expected = { tanh1: { ...stats(tanh), deadShare: 0.25, saturatedShare: Array.from(x).filter((v) => Math.abs(v) > 5).length / 24, nonFinite: 0 }, relu1: { ...stats(relu), deadShare: 0.5, saturatedShare: 0, nonFinite: 0 } };
    for (const [layer, values] of Object.entries(expected)) for (const [quantity, value] of Object.entries(values)) expect(row(layer)[quantity], `${layer} ${quantity}`).toBeCloseTo(value, 5);
  });

  it.each([NaN, Infinity, -Infinity])('count %f as not finite', async (bad) => {
    const { session } = await setUp(['relu', { dense: 2 }, 'tanh', { dense: 2 }], [4]);
    session.inputs[0][3] = Math.abs(bad);
    const { activations } = await session.run({ seed: 0, step: 1, measureActivations: true });
    expect(activations![activationQuantities.indexOf('nonFinite')]).toBe(1);
  });
});

it('trains a model that ends in softmax from what enters the softmax', async () => {
  const plain = await setUp([{ dense: 3 }], [4]);
  const ending = await setUp([{ dense: 3 }, 'softmax'], [4]);
  expect(plain.session.notices).toEqual([]);
  expect(ending.session.notices).toEqual([expect.stringMatching(/ends in softmax, which crossEntropy contains already/)]);
  const [a, b] = [await plain.session.run({ seed: 0, step: 1 }), await ending.session.run({ seed: 0, step: 1 })];
  expect(b.loss).toBe(a.loss);
  expect(b.outputs).toEqual(a.outputs);
  for (const name of plain.store.names) expect(ending.store.gradient(name)).toEqual(plain.store.gradient(name));
});

it('evaluates with the weights as they are now and the running statistics', async () => {
  const { model, store, buffers, session } = await setUp([{ dense: 3 }, 'batchNorm', { dropout: 0.5 }], [4]);
  const evaluation = await createEvaluationSession(model, { type: 'crossEntropy' }, 2, 'cpu', (name) => buffers.get(name) ?? store.weight(name));
  evaluation.inputs[0].set(session.inputs[0].subarray(0, 8));
  for (const scale of [1, 2]) {
    store.weight('dense1.weight').forEach((w, i, all) => (all[i] = w * scale));
    const { outputs: [output] } = await evaluation.run();
    const [weight, bias] = [store.weight('dense1.weight'), store.weight('dense1.bias')];
    output.forEach((value, i) => {
      const [n, unit] = [Math.floor(i / 3), i % 3];
      let sum = bias[unit];
      for (let k = 0; k < 4; k++) sum += evaluation.inputs[0][n * 4 + k] * weight[unit * 4 + k];
      // Running mean 0 and variance 1, scale 1 and shift 0.
      expect(value).toBeCloseTo(sum / Math.sqrt(1 + 1e-5), 4);
    });
  }
});

it.each([
  [[{ dense: 1 }], 'crossEntropy', /crossEntropy needs an output of \[batch, classes\] with 2 classes or more, but it is \[6, 1\]/],
] as [LayerEntry[], string, RegExp][])('says why it cannot train %j', async (layers, loss, message) => {
  await expect(setUp(layers, [4], { loss })).rejects.toThrow(message);
});
