import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '../../engine/data/npy';
import { readModel } from '../../engine/onnx/model';
import { readSafetensors } from '../../engine/run/safetensors';
import { gradients, step } from '../../engine/training/reference';
import { shared } from '../shared';

/** Gradients and optimizer steps against PyTorch (float32). Relative error: max |ours - theirs| / max |theirs| over a tensor. */
const models = ['mlp_relu', 'mlp_tanh', 'mlp_misc_mse', 'mlp_bce', 'mlp_batchnorm1d', 'convnet', 'resnet_bn', 'emb_linear', 'transformer_enc'];
const losses: Record<string, string> = { ce: 'crossEntropy', mse: 'mse', bce: 'bceWithLogits', bce_logits: 'bceWithLogits' };
const optimizers: Record<string, object> = {
  adam: { type: 'adam', learningRate: 1e-3 },
  adamw: { type: 'adamw', learningRate: 1e-3, weightDecay: 0.01 },
  sgd: { type: 'sgd', learningRate: 0.01, momentum: 0.9 },
  rmsprop: { type: 'rmsprop', learningRate: 1e-3, alpha: 0.99, epsilon: 1e-8 },
  adagrad: { type: 'adagrad', learningRate: 0.01, epsilon: 1e-10 },
  amsgrad: { type: 'adam', learningRate: 1e-3, amsgrad: true },
};

type Arrays = Record<string, ArrayLike<number>>;

/** torch differs from its own float64 run by 2e-6; the limit leaves room for another order of summation in deep models. */
const gradientTolerance = 1e-4;
/** Steps of 1e-3 to 1e-2; `ok` marks where torch's float32 agrees with its float64 to 1e-6. */
const stepTolerance = 1e-5;
/** Running variances are up to 30; the weights that are not compared reach them, too. */
const bufferTolerance = 2e-4;

describe.skipIf(!shared)('against PyTorch', () => {
  let out: string;
  beforeAll(() => {
    out = mkdtempSync(path.join(tmpdir(), 'references-'));
  });
  afterAll(() => rmSync(out, { recursive: true }));

  const npz = (file: string): Arrays =>
    Object.fromEntries(Object.entries(unzipSync(readFileSync(file))).map(([name, bytes]) => [name.replace(/\.npy$/, ''), Array.from(readNpy(bytes, name).data as Float32Array, Number)]));
  const read = (file: string): Map<string, { dims: number[]; data: ArrayLike<number> }> => new Map(Object.entries(readSafetensors(file).tensors as never));

  it('an operator without a rule is named, with its node and opset', async () => {
    const folder = path.join(shared!, 'refs/lstm');
    const request = { model: path.join(folder, 'train.onnx'), inputs: [path.join(folder, 'x.npy')], labels: path.join(folder, 'y.npy'), loss: 'crossEntropy', out: path.join(out, 'lstm.safetensors') };
    await expect(gradients(request)).rejects.toThrow(/operator LSTM \(node ".+", opset 17\) has no gradient rule/);
  });

  describe.each(models)('%s', (name) => {
    const folder = path.join(shared ?? '', 'refs', name);
    const at = (file: string): string => path.join(folder, file);
    const meta = () => JSON.parse(readFileSync(at('meta.json'), 'utf8'));
    const request = () => ({ model: at('train.onnx'), inputs: [at('x.npy')], labels: at('y.npy'), loss: losses[meta().loss], out: path.join(out, `${name}.safetensors`) });

    it('loss and gradients', async () => {
      const reference = npz(at('ref.npz'));
      const { loss } = await gradients(request());
      expect(Math.abs(loss - reference.loss[0])).toBeLessThan(1e-5 * Math.max(1, reference.loss[0]));
      const ours = read(request().out);
      const zero = new Set<string>(meta().zero_gradient_params);
      const expected = Object.keys(reference).filter((key) => key.startsWith('grad/'));
      expect([...ours.keys()].sort()).toEqual(expected.map((key) => key.slice(5)).sort());
      for (const key of expected) {
        if (!zero.has(key.slice(5))) expect.soft(relativeError(ours.get(key.slice(5))!.data, reference[key]), key).toBeLessThan(gradientTolerance);
      }
    });

    it.each(Object.keys(optimizers).concat('sgd_nesterov_wd'))('5 steps of %s', async (optimizer) => {
      const given = meta().optimizers[optimizer];
      if (!given) return;
      const config = optimizers[optimizer] ?? { type: 'sgd', learningRate: given.lr, momentum: given.momentum, nesterov: true, weightDecay: given.weight_decay };
      const reference = npz(at(`${optimizer}.npz`));
      const { losses: measured } = await step({ ...request(), optimizer: config, steps: 5 });
      measured.forEach((loss, i) => expect.soft(Math.abs(loss - reference.losses[i]), `loss ${i}`).toBeLessThan(lossTolerance(reference.losses[i])));
      const tensors = read(request().out);
      const init = npz(at('init.npz'));
      const { graph } = readModel(readFileSync(at('train.onnx')), name);
      for (const key of Object.keys(reference)) {
        const [kind, ...rest] = key.split('/');
        const parameter = rest.join('/');
        // A bias of attention keys has no gradient but noise either: softmax does not see it.
        if (parameter.endsWith('in_proj_bias') && !optimizer.startsWith('sgd')) continue;
        // A bias before BatchNormalization has a gradient of pure noise, which adaptive optimizers turn into full steps of its running mean.
        if (kind === 'buffer' && meta().zero_gradient_params.length > 0 && !optimizer.startsWith('sgd')) continue;
        if ((kind !== 'param' && kind !== 'buffer') || parameter.endsWith('num_batches_tracked')) continue;
        const ours = Array.from(tensors.get(parameter)!.data);
        // torch's export ran the model once more before writing its running statistics; what they start from decays by 0.9 a step.
        if (kind === 'buffer') ours.forEach((x, i) => (ours[i] = x + 0.9 ** 5 * (init[key][i] - Number(graph.tensor(parameter)!.data[i]))));
        expect.soft(largestDifference(ours, reference[key], reference[`ok/${parameter}`]), key).toBeLessThan(kind === 'param' ? stepTolerance : bufferTolerance);
      }
    });
  });
});

/** The elements that are not compared (noise divided by noise) still move the loss a little. */
const lossTolerance = (loss: number): number => 2e-3 * Math.max(1, Math.abs(loss));

function relativeError(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  return largestDifference(ours, theirs) / Array.from(theirs).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>, compared?: ArrayLike<number>): number {
  expect(ours.length).toBe(theirs.length);
  let largest = 0;
  for (let i = 0; i < theirs.length; i++) if (!compared || compared[i]) largest = Math.max(largest, Math.abs(ours[i] - theirs[i]));
  return Number.isNaN(largest) ? Infinity : largest;
}
