import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { shuffledOrder } from '../../engine/data/dataset';
import { resolvePath } from '../../engine/data/path';
import { hiddenLine } from '../../engine/data/readers/simulated';
import { everything, load, makeFolder } from './folder';

const rows = (n: number) => ({ 't.csv': `a,y\n${Array.from({ length: n }, (_, i) => `${i},${i}`).join('\n')}` });
const train = { csv: 't.csv', label: 'y' };

describe('split', () => {
  const parts = async (n: number, validation: number, seed = 0, shuffle?: boolean) => {
    const data = await load(rows(n), { train, validation, shuffle }, { seed });
    return [everything(data.train).labels, data.validation ? everything(data.validation).labels : []];
  };

  test.each([[10, 0.2, 8, 2], [1797, 0.2, 1438, 359], [5, 0.01, 4, 1], [10, 0.8, 2, 8], [7, 0, 7, 0]])('%i samples, share %f', async (n, share, trained, validated) => {
    const [a, b] = await parts(n, share);
    expect([a.length, b.length]).toEqual([trained, validated]);
    expect([...a, ...b].sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i));
  });

  test('depends on the seed only', async () => {
    expect(await parts(50, 0.3, 4)).toEqual(await parts(50, 0.3, 4));
    expect(await parts(50, 0.3, 4)).not.toEqual(await parts(50, 0.3, 5));
  });

  test('takes the last rows where the order matters', async () => {
    expect((await parts(10, 0.3, 0, false))[1]).toEqual([7, 8, 9]);
  });
});

test('a shuffled order is a permutation of its own for every seed and epoch', () => {
  const order = (seed: number, epoch: number) => [...shuffledOrder(100, seed, epoch)];
  expect(order(0, 0).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(order(0, 1)).toEqual(order(0, 1));
  expect(order(0, 1)).not.toEqual(order(0, 0));
  expect(order(1, 0)).not.toEqual(order(0, 0));
});

test('gather leaves rows beyond its indices alone', async () => {
  const data = await load(rows(5), { train });
  const [inputs, labels] = [new Float32Array(3).fill(-1), new Float32Array(3).fill(-1)];
  data.train.gather([4, 2], [inputs], labels);
  expect([[...inputs], [...labels]]).toEqual([[4, 2, -1], [4, 2, -1]]);
});

test('simulated data follow their line', async () => {
  const source = { simulated: 'linear', samples: 200, features: 10, noise: 0, seed: 3 } as const;
  const { weight, bias } = hiddenLine(source);
  const data = await load({}, { train: source });
  const { inputs, labels } = everything(data.train);
  expect(data.train.inputs).toEqual([{ type: 'float32', dims: [10] }]);
  // float32 storage of about ten terms of size 1: 1e-5.
  inputs.forEach((x, i) => expect(Math.abs(x.reduce((sum, value, j) => sum + value * weight[j], bias) - labels[i])).toBeLessThan(1e-5));

  const noisy = everything((await load({}, { train: { ...source, noise: 0.5 } })).train);
  const errors = noisy.labels.map((y, i) => y - labels[i]);
  expect(noisy.inputs).toEqual(inputs);
  // The standard deviation of 200 draws of deviation 0.5 is 0.5 +- 0.025 (one sigma).
  expect(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / 200)).toBeCloseTo(0.5, 0.9);
});

describe('resolvePath', () => {
  const base = makeFolder({});
  const root = path.join(base, 'root');
  mkdirSync(path.join(root, 'runs'), { recursive: true });
  writeFileSync(path.join(base, 'secret.csv'), '');
  writeFileSync(path.join(root, 'data.csv'), '');
  symlinkSync(path.join(base, 'secret.csv'), path.join(root, 'link.csv'));
  symlinkSync(base, path.join(root, 'up'));
  symlinkSync(path.join(root, 'data.csv'), path.join(root, 'inner.csv'));
  const directory = path.join(root, 'runs');

  test.each(['../data.csv', 'new.csv', '../inner.csv', '../..data.csv', path.join(root, 'data.csv')])('%s is inside', (file) => {
    expect(resolvePath(file, { directory, root })).toBe(path.resolve(directory, file));
  });
  test.each(['../../secret.csv', '../link.csv', '../up/secret.csv', '../up/new/none.csv', '/etc/passwd', '../../root2/data.csv'])('%s is outside', (file) => {
    expect(() => resolvePath(file, { directory, root })).toThrow(`${file}: lies outside the folder ${root}; files that a run uses must stay inside it.`);
    expect(resolvePath(file, { directory })).toBe(path.resolve(directory, file));
  });
});

test('numbers to predict times a factor, in every part', async () => {
  const data = await load(rows(4), { train, validation: { csv: 't.csv', label: 'y' }, labelScale: 0.25 });
  expect([data.train, data.validation!].map((part) => everything(part).labels)).toEqual([[0, 0.25, 0.5, 0.75], [0, 0.25, 0.5, 0.75]]);
});
