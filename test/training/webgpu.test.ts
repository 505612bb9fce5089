import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildModel } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';
import { resolveLoss } from '../../engine/loss';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { readSafetensors } from '../../engine/run/safetensors';
import { allowFallback } from '../../engine/runtime/ort';
import { gradients, step } from '../../engine/training/reference';
import { createTrainingSession } from '../../engine/training/session';
import { relativeError } from '../optimizer/data';
import { shared } from '../shared';
import { webgpu } from '../webgpu';

/** Float32 in another order of summation, relative to the largest element of a tensor. */
const gradientTolerance = 1e-4;
/** After up to 20 steps, in which the differences grow. */
const stepTolerance = 1e-3;

// An operator that has no kernel on the GPU is an error, not a detour over the CPU.
beforeAll(() => allowFallback(false));
afterAll(() => allowFallback(true));

describe.skipIf(!webgpu)('layers on WebGPU as on the CPU', () => {
  const nets: Record<string, { dims: number[]; layers: LayerEntry[]; loss: string }> = {
    dense: { dims: [6], layers: [{ dense: 8 }, 'gelu', 'layerNorm', { dropout: 0.25 }, { dense: 4 }], loss: 'crossEntropy' },
    convolutions: {
      dims: [2, 6, 6],
      layers: [
        { conv2d: { filters: 4, kernel: 3, padding: 'same' } }, 'batchNorm', 'relu', { residual: [{ conv2d: { filters: 4, kernel: 3, padding: 'same' } }, 'batchNorm'] },
        { maxPool2d: 2 }, { conv2d: { filters: 4, kernel: 2 } }, 'relu', { averagePool2d: 2 }, 'flatten', { dense: 4 },
      ],
      loss: 'crossEntropy',
    },
  };
  it.each(Object.keys(nets))('20 steps of %s', async (name) => {
    const { dims, layers, loss } = nets[name];
    const train = async (device: string) => {
      const random = new Random(3, 'nets');
      const model = buildModel(layers, { type: 'float32', dims }, 0);
      const optimizer = await createOptimizer({ type: 'sgd', learningRate: 0.05, momentum: 0.9 }, model.parameters.map((info) => ({ ...info, data: model.graph.tensor(info.name)!.data as Float32Array })));
      const buffers = new Map(model.buffers.map((buffer) => [buffer, Float32Array.from(model.graph.tensor(buffer)!.data as Float32Array)]));
      const session = await createTrainingSession(model, resolveLoss(loss), 8, device, optimizer.store, buffers);
      session.inputs[0].forEach((_, i, input) => (input[i] = random.normal()));
      session.labels.forEach((_, i, labels) => (labels[i] = i % 4));
      let first: Float32Array[] = [];
      for (let done = 1; done <= 20; done++) {
        await session.run({ seed: 5, step: done });
        if (done === 1) first = optimizer.store.names.map((parameter) => optimizer.store.gradient(parameter).slice());
        optimizer.step({ step: done, learningRate: 0.05 });
      }
      await session.release();
      return { first, names: optimizer.store.names, weights: [...optimizer.store.names.map((parameter) => optimizer.store.weight(parameter)), ...buffers.values()] };
    };
    const [cpu, gpu] = [await train('cpu'), await train('webgpu')];
    // The bias before a batch normalisation has no gradient but noise.
    const largest = Math.max(...cpu.first.flatMap((each) => Array.from(each, Math.abs)));
    cpu.first.forEach((gradient, i) => gradient.forEach((value, j) => expect(Math.abs(gpu.first[i][j] - value) / largest, cpu.names[i]).toBeLessThan(gradientTolerance)));
    cpu.weights.forEach((weight, i) => expect(relativeError(gpu.weights[i], weight), cpu.names[i]).toBeLessThan(stepTolerance));
  }, 240_000);
});

describe.skipIf(!shared || !webgpu)('reference models on WebGPU as on the CPU', () => {
  // Of convnet few: a step of its 634 thousand parameters takes a software Vulkan seconds.
  const models: [name: string, steps: number][] = [['mlp_relu', 20], ['mlp_tanh', 20], ['mlp_misc_mse', 20], ['mlp_bce', 20], ['mlp_batchnorm1d', 20], ['emb_linear', 20], ['resnet_bn', 20], ['convnet', 4]];
  const losses: Record<string, string> = { ce: 'crossEntropy', mse: 'mse', bce: 'bceWithLogits', bce_logits: 'bceWithLogits' };
  let out: string;
  beforeAll(() => void (out = mkdtempSync(path.join(tmpdir(), 'webgpu-'))));
  afterAll(() => rmSync(out, { recursive: true }));

  it.each(models)('%s: gradients and %i steps', async (name, steps) => {
    const at = (file: string): string => path.join(shared!, 'refs', name, file);
    const meta = JSON.parse(readFileSync(at('meta.json'), 'utf8'));
    const noise = new Set<string>(meta.zero_gradient_params);
    const compare = async (what: string, tolerance: number, write: (request: { out: string; device: string } & Parameters<typeof gradients>[0]) => Promise<unknown>) => {
      const tensors: Record<string, { data: ArrayLike<number> }>[] = [];
      for (const device of ['cpu', 'webgpu']) {
        const file = path.join(out, `${name}.${device}.${what}`);
        await write({ model: at('train.onnx'), inputs: [at('x.npy')], labels: at('y.npy'), loss: losses[meta.loss], device, out: file });
        tensors.push(readSafetensors(file).tensors as never);
      }
      const [cpu, gpu] = tensors;
      for (const key of Object.keys(cpu)) if (!noise.has(key)) expect.soft(relativeError(gpu[key].data, cpu[key].data), `${what} ${key}`).toBeLessThan(tolerance);
    };
    await compare('gradients', gradientTolerance, gradients);
    // Adam makes full steps of a gradient that is rounding alone, so that the weights are compared with plain momentum.
    await compare('steps', stepTolerance, (request) => step({ ...request, optimizer: { type: 'sgd', learningRate: 0.01, momentum: 0.9 }, steps }));
  }, 240_000);
});
