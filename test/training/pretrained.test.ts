import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../engine/random';
import { readCheckpoint } from '../../engine/run/checkpoint';
import { readHeader, runFiles } from '../../engine/run/folder';
import { writeSafetensors } from '../../engine/run/safetensors';
import { readModel } from '../../engine/onnx/model';
import { readFileSync } from 'node:fs';
import { temporaryFolder, train, writeRunFile } from './run';

const layers = (units: number) => [{ dense: 6 }, 'batchNorm', 'relu', { dense: units }];
const rest = { optimizer: { type: 'adam', learningRate: 0.01 }, loss: 'crossEntropy', batchSize: 16, epochs: 3 };
let folder: string;
let source: ReturnType<typeof readCheckpoint>;

/** Rows of three features, of so many classes. */
function table(file: string, classes: number): void {
  const random = new Random(classes, file);
  const rows = Array.from({ length: 90 }, (_, i) => [random.normal() + (i % classes), random.normal(), random.normal() - (i % classes), 'abcd'[i % classes]].join());
  writeFileSync(path.join(folder, file), ['x,y,z,kind', ...rows].join('\n'));
}

beforeAll(async () => {
  folder = temporaryFolder();
  table('three.csv', 3);
  table('two.csv', 2);
  const { run } = await train(writeRunFile({ ...rest, model: { layers: layers(3) }, data: { train: { csv: 'three.csv', label: 'kind' } } }, folder, 'source.train.json'));
  source = readCheckpoint(runFiles(run).last);
  copyFileSync(runFiles(run).last, path.join(folder, 'source.safetensors'));
  copyFileSync(runFiles(run).model, path.join(folder, 'source.onnx'));
});

const notices: string[] = [];
const next = (model: object, changes: object = {}) => {
  notices.length = 0;
  return train(writeRunFile({ ...rest, model, data: { train: { csv: 'two.csv', label: 'kind' } }, ...changes }, folder, 'next.train.json'), {}, (event) => event.type === 'notice' && notices.push(event.message));
};
const frozen = ['dense1.*', 'batchNorm*'];

describe('a model that has been trained', () => {
  it('gets a new head of the size of the data; what is frozen has neither moments nor moving statistics', async () => {
    const { run } = await next({ onnx: 'source.onnx', freeze: frozen, head: {} });
    expect(notices.join()).toMatch(/dense2\.weight is a new head with 2 outputs instead of 3/);
    expect(readHeader(run).parameters.map(({ name, dims }) => [name, dims])).toEqual([['dense2.weight', [2, 6]], ['dense2.bias', [2]]]);
    const { parameters, optimizer, buffers } = readCheckpoint(runFiles(run).last);
    expect(Object.keys(parameters).sort()).toEqual(['dense2.bias', 'dense2.weight']);
    expect(Object.keys(optimizer).every((key) => key.includes('/dense2.'))).toBe(true);
    expect(Object.fromEntries(Object.entries(buffers).map(([name, { data }]) => [name, [...data]]))).toEqual(Object.fromEntries(Object.entries(source.buffers).map(([name, { data }]) => [name, [...data]])));
    const { graph } = readModel(readFileSync(runFiles(run).model), 'model.onnx');
    expect([...graph.tensor('dense1.weight')!.data]).toEqual([...source.parameters['dense1.weight'].data]);
  });

  it('moves its running statistics where they are not frozen', async () => {
    const { run } = await next({ onnx: 'source.onnx', freeze: ['dense1.*'], head: { classes: 2 } });
    const [name] = Object.keys(source.buffers);
    expect([...readCheckpoint(runFiles(run).last).buffers[name].data]).not.toEqual([...source.buffers[name].data]);
  });

  it('normalises by the running statistics where batch normalisation is frozen, as eval() of PyTorch does: trained and evaluated it is one function', async () => {
    // One batch of all samples, and hardly a step: what is left between the losses is which statistics normalise.
    const still = { data: { train: { csv: 'two.csv', label: 'kind' }, validation: { csv: 'two.csv', label: 'kind' } }, optimizer: { type: 'sgd', learningRate: 1e-9 }, batchSize: 90, epochs: 1 };
    const gap = async (freeze: string[]): Promise<number> => {
      const result = await next({ onnx: 'source.onnx', freeze, head: {} }, still);
      return Math.abs(result.train.loss - result.validation!.loss);
    };
    expect(await gap(frozen)).toBeLessThan(1e-6);
    expect(await gap(['dense1.*'])).toBeGreaterThan(1e-3);
  });

  it('is what a list of layers starts from; a head of another size starts anew', async () => {
    const { run } = await next({ layers: layers(2), weights: 'source.safetensors', freeze: frozen });
    expect(notices).toEqual(['not in source.safetensors, and so trained from the start: dense2.weight ([3, 6] in the file, [2, 6] here), dense2.bias ([3] in the file, [2] here)']);
    const { graph } = readModel(readFileSync(runFiles(run).model), 'model.onnx');
    expect([...graph.tensor('dense1.weight')!.data]).toEqual([...source.parameters['dense1.weight'].data]);
    expect(Object.keys(readCheckpoint(runFiles(run).last).parameters).sort()).toEqual(['dense2.bias', 'dense2.weight']);
  });

  it('may come from a file of another program, without a checksum', async () => {
    const data = Float32Array.from({ length: 18 }, (_, i) => i / 10);
    const file = path.join(folder, 'other.safetensors');
    writeSafetensors(file, { 'dense1.weight': { dims: [6, 3], data } });
    const bytes = readFileSync(file);
    const length = Number(bytes.readBigUInt64LE());
    const { __metadata__: _, ...header } = JSON.parse(bytes.subarray(8, 8 + length).toString());
    const text = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(file, Buffer.concat([size, text, bytes.subarray(8 + length)]));
    const { run } = await next({ layers: layers(2), weights: 'other.safetensors', freeze: ['dense1.weight'] });
    expect([...readModel(readFileSync(runFiles(run).model), 'model.onnx').graph.tensor('dense1.weight')!.data]).toEqual([...data]);
  });

  it.each([
    [{ layers: [{ dense: { units: 2, name: 'else' } }], weights: 'source.safetensors' }, /source\.safetensors: the file has no tensor for this model, whose parameters are else\.weight, else\.bias/],
    [{ layers: layers(2), weights: 'none.safetensors' }, /none\.safetensors/],
    [{ layers: layers(2), weights: 'source.onnx' }, /source\.onnx: the file is damaged/],
    [{ layers: layers(2), freeze: ['conv*'] }, /next\.train\.json:\d+:\d+: model\.freeze\.0: "conv\*" matches no parameter/],
  ])('is refused with a sentence: %j', async (model, message) => {
    const failure = await next(model).catch((error: Error) => error);
    expect((failure as Error).name).toBe('InputError');
    expect((failure as Error).message).toMatch(message);
  });
});
