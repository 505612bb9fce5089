import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { shuffledOrder } from '../../engine/data/dataset';
import { loadData } from '../../engine/data/load';
import { readNpy } from '../../engine/data/npy';
import { readNpz } from '../../engine/data/npz';
import type { DataConfig } from '../../engine/data/schema';
import { root, shared } from '../shared';
import { everything } from './folder';

const folder = (name: string): string => path.join(shared ?? '', 'data', name);
const load = (name: string, data: DataConfig, loss = 'crossEntropy') => loadData(data, { directory: folder(name), seed: 0, loss });

test('the sample digits: pixels, classes and standardization', async () => {
  const directory = path.join(root, 'samples/digits');
  const config: DataConfig = { train: { csv: 'digits.csv', label: 'target', reshape: [1, 8, 8] } };
  const [, ...lines] = readFileSync(path.join(directory, 'digits.csv'), 'utf8').trim().split('\n').map((line) => line.split(','));
  const { train } = await loadData(config, { directory, seed: 0, loss: 'crossEntropy' });
  expect([train.samples, train.inputs[0].dims, train.classes]).toEqual([1797, [1, 8, 8], [...'0123456789']]);
  expect(everything(train)).toEqual({ inputs: lines.map((cells) => cells.slice(0, 64).map(Number)), labels: lines.map((cells) => Number(cells[64])) });

  const standardized = everything((await loadData({ ...config, transforms: [{ standardize: {} }] }, { directory, seed: 0, loss: 'crossEntropy' })).train).inputs;
  for (const j of [0, 20, 63]) {
    const values = lines.map((cells) => Number(cells[j]));
    const mean = values.reduce((a, b) => a + b) / 1797;
    const std = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / 1797 - mean * mean) || 1;
    // Another formula for the variance (mean of squares) in float64; results up to 42 in float32: 1e-5.
    values.forEach((value, i) => expect(Math.abs(standardized[i][j] - (value - mean) / std)).toBeLessThan(1e-5));
  }
});

describe.skipIf(!shared)('real data', () => {
  test('MNIST: every byte', async () => {
    const config: DataConfig = {
      train: { idx: 'train-images-idx3-ubyte.gz', labels: 'train-labels-idx1-ubyte.gz' },
      test: { idx: 't10k-images-idx3-ubyte.gz', labels: 't10k-labels-idx1-ubyte.gz' },
    };
    const { train, test } = await load('mnist', config);
    expect([train.samples, test!.samples, train.inputs, train.labels.dims, train.classes]).toEqual([60_000, 10_000, [{ type: 'float32', dims: [1, 28, 28] }], [], [...'0123456789']]);
    const [images, labels] = ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'].map((name) => gunzipSync(readFileSync(path.join(folder('mnist'), name))));
    const order = shuffledOrder(60_000, 0, 0);
    const [inputs, targets] = [new Float32Array(1000 * 784), new Int32Array(1000)];
    for (let start = 0; start < 60_000; start += 1000) {
      const indices = order.subarray(start, start + 1000);
      train.gather(indices, [inputs], targets);
      const expected = new Uint8Array(1000 * 784);
      indices.forEach((index, i) => expected.set(images.subarray(16 + index * 784, 16 + (index + 1) * 784), i * 784));
      expect(Buffer.compare(Uint8Array.from(inputs), expected)).toBe(0);
      expect([...targets]).toEqual([...indices].map((index) => labels[8 + index]));
    }
  });

  test('MNIST scaled to [0, 1]: 255 is exactly 1', async () => {
    const { train } = await load('mnist', { train: { idx: 't10k-images-idx3-ubyte.gz', labels: 't10k-labels-idx1-ubyte.gz', limit: 100 }, transforms: [{ scale: { from: [0, 255], to: [0, 1] } }] });
    const values = everything(train).inputs.flat();
    expect([Math.min(...values), Math.max(...values)]).toEqual([0, 1]);
  });

  test('Fashion-MNIST', async () => {
    const names = ['top', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'boot'];
    const { train, test } = await load('fashion-mnist-subset', {
      train: { idx: 'subset-train-images-idx3-ubyte.gz', labels: 'subset-train-labels-idx1-ubyte.gz', classes: names },
      test: { idx: 'subset-test-images-idx3-ubyte.gz', labels: 'subset-test-labels-idx1-ubyte.gz' },
    });
    expect([train.samples, test!.samples, test!.classes]).toEqual([2000, 876, names]);
  });

  test.each([
    ['iris.csv', 'target', 150, 4, 3],
    ['wine.csv', 'target', 178, 13, 3],
    ['breast_cancer.csv', 'target', 569, 30, 2],
    ['winequality-red.csv', 11, 1599, 11, 6],
    ['winequality-white.csv', 11, 4898, 11, 7],
  ])('%s', async (csv, label, samples, features, classes) => {
    const { train } = await load('tabular', { train: { csv, label }, transforms: [{ standardize: {} }] });
    expect([train.samples, train.inputs[0].dims, train.classes?.length]).toEqual([samples, [features], classes]);
  });

  test('diabetes: a regression', async () => {
    const { train } = await load('tabular', { train: { csv: 'diabetes.csv', label: 'target' } }, 'mse');
    expect([train.samples, train.labels, everything(train).labels[0]]).toEqual([442, { type: 'float32', dims: [1] }, 151]);
  });

  const adult = { csv: 'adult-train.csv.gz', label: 14 };
  const oneHot = { oneHot: { columns: [1, 3, 5, 6, 7, 8, 9, 13] } };

  test('adult: words without oneHot', async () => {
    await expect(load('tabular', { train: adult })).rejects.toThrow('adult-train.csv.gz:1:5: column 1 holds "State-gov", which is not a number; list the column in a oneHot transform or leave it out of "columns".');
  });

  test('adult: a question mark is a category, or drops its row', async () => {
    // Categories counted independently; 30,162 complete rows is the figure of the data set's own documentation.
    const all = await load('tabular', { train: adult, transforms: [oneHot] });
    expect([all.train.samples, all.train.inputs[0].dims, all.train.classes]).toEqual([32_561, [108], ['<=50K', '>50K']]);
    const complete = await load('tabular', { train: { ...adult, dropRowsWith: ['?'] }, transforms: [{ standardize: {} }, oneHot] });
    expect(complete.train.samples).toBe(30_162);
  });

  test('adult: labels of the test file end in a full stop', async () => {
    await expect(load('tabular', { train: adult, test: { csv: 'adult-test.csv.gz', label: 14 }, transforms: [oneHot] }))
      .rejects.toThrow('adult-test.csv.gz:1:114: column 14 holds "<=50K.", which is none of the 2 classes "<=50K", ">50K".');
  });

  const california = { csv: 'california-housing.csv.gz', label: 'median_house_value' };
  const ocean = { oneHot: { columns: ['ocean_proximity'] } };

  test('california housing: the first blank cell', async () => {
    await expect(load('tabular', { train: california, transforms: [ocean] }, 'mse'))
      .rejects.toThrow('california-housing.csv.gz:292:27: column "total_bedrooms" is blank; fill the cell, leave such rows out with "dropRowsWith": [""], or let the transform impute fill it in.');
  });

  test('california housing: 207 rows with a blank are left out', async () => {
    const { train } = await load('tabular', { train: { ...california, dropRowsWith: [''] }, transforms: [{ standardize: {} }, ocean] }, 'mse');
    expect([train.samples, train.inputs[0].dims]).toEqual([20_640 - 207, [8 + 5]]);
  });

  test('arrays that NumPy wrote', () => {
    const refs = path.join(shared!, 'refs/mlp_relu');
    const meta = JSON.parse(readFileSync(path.join(refs, 'meta.json'), 'utf8')) as { x: [number[]]; y: [number[]]; loss_value: number };
    const [x, y] = ['x.npy', 'y.npy'].map((name) => readNpy(readFileSync(path.join(refs, name)), name));
    expect([x.type, x.dims, y.type, y.dims]).toEqual(['float32', meta.x[0], 'int64', meta.y[0]]);
    const [loss] = readNpz(readFileSync(path.join(refs, 'ref.npz')), ['loss'], 'ref.npz');
    expect([...loss.data]).toEqual([meta.loss_value]);
  });
});
