import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { toBinary, create } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../../engine/onnx/generated/onnx_pb';
import { buildModel } from '../../engine/layers/model';
import type { LayerEntry } from '../../engine/layers/schema';
import { initialize, type Initializer } from '../../engine/layers/initializers';

const build = (entries: LayerEntry[], dims: number[], type: 'float32' | 'int32' = 'float32') => buildModel(entries, { type, dims }, 0);

async function run(entries: LayerEntry[], dims: number[], type: 'float32' | 'int32' = 'float32'): Promise<number[]> {
  const model = build(entries, dims, type);
  const bytes = toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: BigInt(model.opset) }], graph: model.graph.proto }));
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const batch = 4;
  const size = dims.reduce((a, b) => a * b, batch);
  const data = type === 'int32' ? new Int32Array(size).fill(1) : new Float32Array(size).map((_, i) => Math.sin(i));
  const { output } = await session.run({ input: new ort.Tensor(type, data, [batch, ...dims]) });
  expect(output.dims.slice(1)).toEqual(outputDims(model));
  await session.release();
  return output.dims.slice(1) as number[];
}

/** What the layers themselves say of the output. */
const outputDims = (model: ReturnType<typeof build>): number[] => {
  const type = model.graph.proto.output[0].type!.value;
  return type.case === 'tensorType' ? type.value.shape!.dim.slice(1).map((dim) => Number(dim.value.value)) : [];
};

describe('layers become ONNX that onnxruntime runs, with the dimensions PyTorch documents', () => {
  const cases: [string, LayerEntry[], number[], number[]][] = [
    ['dense', [{ dense: 3 }], [5], [3]],
    ['dense on a sequence', [{ dense: { units: 3, bias: false } }], [7, 5], [7, 3]],
    ['conv2d', [{ conv2d: { filters: 6, kernel: 3 } }], [2, 9, 8], [6, 7, 6]],
    ['conv2d strided, dilated, padded, grouped', [{ conv2d: { filters: 6, kernel: [3, 2], stride: 2, dilation: [2, 1], padding: [1, 0], groups: 2 } }], [4, 9, 8], [6, 4, 4]],
    ['conv2d same', [{ conv2d: { filters: 2, kernel: 4, padding: 'same' } }], [1, 9, 8], [2, 9, 8]],
    ['conv1d', [{ conv1d: { filters: 6, kernel: 5, stride: 3 } }], [2, 20], [6, 6]],
    ['maxPool2d', [{ maxPool2d: 2 }], [3, 9, 8], [3, 4, 4]],
    ['maxPool1d padded', [{ maxPool1d: { kernel: 3, stride: 2, padding: 1 } }], [3, 9], [3, 5]],
    ['maxPool2d same', [{ maxPool2d: { kernel: 2, padding: 'same' } }], [3, 9, 8], [3, 5, 4]],
    ['averagePool2d same', [{ averagePool2d: { kernel: 3, stride: 2, padding: 'same' } }], [3, 9, 8], [3, 5, 4]],
    ['averagePool2d', [{ averagePool2d: { kernel: 3, stride: 1, padding: 1 } }], [3, 9, 8], [3, 9, 8]],
    ['averagePool1d', [{ averagePool1d: 3 }], [3, 9], [3, 3]],
    ['globalAveragePool', ['globalAveragePool'], [3, 9, 8], [3]],
    ['globalMaxPool', ['globalMaxPool'], [3, 9, 8], [3]],
    ['transpose', ['transpose'], [3, 9], [9, 3]],
    ['flatten', ['flatten'], [3, 9, 8], [216]],
    ['reshape', [{ reshape: [1, -1, 4] }], [64], [1, 16, 4]],
    ['batchNorm', ['batchNorm'], [3, 4, 4], [3, 4, 4]],
    ['batchNorm of features', ['batchNorm'], [6], [6]],
    ['layerNorm', [{ layerNorm: { dims: 2 } }], [3, 4, 5], [3, 4, 5]],
    ['dropout', [{ dropout: 0.3 }], [6], [6]],
    ['dropout1d', [{ dropout1d: 0.3 }], [6, 5], [6, 5]],
    ['dropout2d', [{ dropout2d: 0.3 }], [6, 5, 4], [6, 5, 4]],
    ['gaussianNoise', [{ gaussianNoise: 0.3 }], [6], [6]],
    ['residual', [{ residual: ['relu', { dense: 6 }] }], [6], [6]],
    ['residual projected', [{ residual: [{ dense: 4 }] }], [6], [4]],
    ['residual of images', [{ residual: { layers: [{ conv2d: { filters: 8, kernel: 3, stride: 2, padding: 1 } }, 'batchNorm', 'relu'] } }], [4, 9, 8], [8, 5, 4]],
    ...['relu', 'leakyRelu', 'elu', 'selu', 'gelu', 'silu', 'sigmoid', 'tanh', 'softmax', 'softplus', 'softsign', 'hardSigmoid', 'exponential'].map(
      (kind): [string, LayerEntry[], number[], number[]] => [kind, [kind], [5], [5]],
    ),
  ];
  it.each(cases)('%s', async (_, entries, dims, expected) => expect(await run(entries, dims)).toEqual(expected));

  it('embedding', async () => expect(await run([{ embedding: { numEmbeddings: 5, embeddingDim: 3 } }], [7], 'int32')).toEqual([7, 3]));
});

describe('names', () => {
  const model = build([{ conv2d: { filters: 2, kernel: 3 } }, 'relu', { residual: [{ conv2d: { filters: 4, kernel: 1 } }] }, 'flatten', { dense: { units: 3, name: 'head' } }], [1, 8, 8]);

  it('count within a family and keep given names', () =>
    expect(model.parameters.map(({ name }) => name)).toEqual([
      'conv1.weight', 'conv1.bias', 'conv2.weight', 'conv2.bias', 'residual1.projection.weight', 'residual1.projection.bias', 'head.weight', 'head.bias',
    ]));
  it('know their place in the run file', () =>
    expect([...new Set(model.parameters.map(({ path }) => path))]).toEqual(['model.layers.0', 'model.layers.2.residual.0', 'model.layers.2', 'model.layers.4']));
  it('depend on the seed only', () => expect(build(['flatten', { dense: 3 }], [4]).graph.tensor('dense1.weight')).toEqual(build([{ dense: 3 }], [4]).graph.tensor('dense1.weight')));
});

describe('mistakes are one sentence at the layer', () => {
  const cases: [LayerEntry[], number[], string][] = [
    [[{ conv2d: { filters: 2, kernel: 3 } }], [64], 'model.layers.0: conv1 needs images of dimensions [channels, height, width], but what enters it has the dimensions [64]'],
    [[{ conv2d: { filters: 2, kernel: 9 } }], [1, 8, 8], 'model.layers.0: the window [9, 9] of conv1 is larger than what enters it, [1, 8, 8]'],
    [[{ conv2d: { filters: 3, kernel: 3, groups: 2 } }], [2, 8, 8], 'model.layers.0: groups of conv1 is 2; allowed is what divides both its 2 input channels and its 3 filters'],
    [['relu', { reshape: [3, -1] }], [64], 'model.layers.1: reshape1 cannot turn the dimensions [64] into [3, -1]'],
    [[{ maxPool2d: { kernel: 2, padding: 2 } }], [1, 8, 8], 'model.layers.0: padding of maxPool1 is 2; allowed is at most half the kernel [2, 2]'],
    [[{ dense: { units: 2, name: 'a' } }, { dense: { units: 2, name: 'a' } }], [3], 'model.layers.1: two layers have the name "a"; names must differ'],
    [[{ dropout2d: 0.5 }], [4, 8], 'model.layers.0: dropout1 needs images of dimensions [channels, height, width], but what enters it has the dimensions [4, 8]'],
    [[{ residual: [{ conv2d: { filters: 2, kernel: 3 } }] }], [1, 8, 8], 'model.layers.0: residual1 cannot add its input [1, 8, 8] to the output of its layers [2, 6, 6]; padding "same" keeps the size'],
  ];
  it.each(cases)('%j', (entries, dims, sentence) => expect(() => build(entries, dims)).toThrow(sentence));
});

describe('initialisers', () => {
  const fan = { in: 300, out: 100 };
  const values = (initializer: Initializer) => initialize(initializer, [100, 300], fan, 1, 'w');
  const std = (x: Float32Array) => Math.sqrt(x.reduce((s, v) => s + v * v, 0) / x.length);
  // 30,000 draws: the standard error of the standard deviation is 0.4 %; 2 % is five of them.
  const cases: [Initializer, number][] = [
    ['glorotUniform', Math.sqrt(2 / 400)], ['glorotNormal', Math.sqrt(2 / 400)], ['heUniform', Math.sqrt(2 / 300)], ['heNormal', Math.sqrt(2 / 300)],
    ['lecunUniform', Math.sqrt(1 / 300)], ['lecunNormal', Math.sqrt(1 / 300)], ['torch', 1 / Math.sqrt(900)], [{ uniform: 0.3 }, 0.3 / Math.sqrt(3)], [{ normal: 2 }, 2],
    [{ uniform: [-0.1, 0.5] }, Math.sqrt(0.2 ** 2 + 0.6 ** 2 / 12)], [{ normal: { mean: 1, std: 2 } }, Math.sqrt(5)],
    // A standard normal cut off at 2 has the standard deviation 0.8796.
    [{ truncatedNormal: 2 }, 2 * 0.87963], [{ truncatedNormal: { mean: -1, std: 0.5 } }, Math.hypot(1, 0.5 * 0.87963)],
    [{ varianceScaling: { gain: 2, fan: 'in', distribution: 'uniform' } }, Math.sqrt(2 / 300)], [{ varianceScaling: { gain: 3, fan: 'out', distribution: 'normal' } }, Math.sqrt(3 / 100)],
    [{ varianceScaling: { gain: 1, fan: 'average', distribution: 'truncatedNormal' } }, Math.sqrt(1 / 200)],
    [{ constant: -4 }, 4], ['zeros', 0], ['ones', 1], ['orthogonal', Math.sqrt(1 / 300)], [{ orthogonal: 3 }, 3 * Math.sqrt(1 / 300)],
  ];
  it.each(cases)('%j has the standard deviation %f', (initializer, expected) => expect(Math.abs(std(values(initializer)) - expected)).toBeLessThanOrEqual(0.02 * expected));
  it('a truncated normal ends at two standard deviations', () => {
    const size = values({ truncatedNormal: 2 }).map(Math.abs);
    expect(size.every((x) => x <= 4)).toBe(true);
    // A share of 2 (Phi(2) - Phi(1.9)) / 0.9545 = 0.0125 lies beyond 1.9 standard deviations: some 375 of 30,000.
    expect(size.filter((x) => x > 3.8).length).toBeGreaterThan(300);
  });
  it('uniform ones stay inside their limit', () => expect(Math.max(...values('torch').map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(300)));
  it('orthogonal rows are orthonormal', () => {
    const w = values('orthogonal');
    for (const [a, b] of [[0, 0], [0, 1], [5, 99], [99, 99]]) {
      let dot = 0;
      for (let i = 0; i < 300; i++) dot += w[a * 300 + i] * w[b * 300 + i];
      expect(dot).toBeCloseTo(a === b ? 1 : 0, 5);
    }
  });
});
