import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadData } from '../../engine/data/load';
import { everything } from '../data/folder';
import type { Finding } from '../../engine/diagnosis/finding';
import type { RunResult, TrainRequest } from '../../engine/host/protocol';
import { readModel } from '../../engine/onnx/model';
import { applyEdits } from '../../engine/run/edit';
import { parseRunFile } from '../../engine/run/config';
import { readHeader } from '../../engine/run/folder';
import { adamscope, document } from '../cli/run';
import { root, shared } from '../shared';
import { temporaryFolder, train } from './run';

const file = (name: string): string => path.join(root, 'samples', name);
const digits = (name: string): string => file(`digits/${name}.train.json`);

/** Trains and notes at which step each rule spoke first. */
async function watched(runFile: string, request: Partial<TrainRequest> = {}): Promise<RunResult & { spoke: Map<string, number> }> {
  const spoke = new Map<string, number>();
  let step = 0;
  const result = await train(runFile, request, (event) => {
    if (event.type === 'steps') step = event.steps.at(-1)!.step;
    else if (event.type === 'findings') event.findings.forEach(({ rule }) => spoke.has(rule) || spoke.set(rule, step));
  });
  return { ...result, spoke };
}

/** Hints aside. */
const warnings = (findings: Finding[]): Finding[] => findings.filter(({ severity }) => severity !== 'information');
const roots = (findings: Finding[]): Finding[] => warnings(findings).filter(({ symptomOf }) => !symptomOf);
/** Of a run that diverged in its first epoch: none. */
const accuracy = ({ validation }: RunResult): number => validation?.accuracy ?? 0;

describe('the deliberate faults are named in the first epoch, and the first remedy heals', () => {
  const stepsPerEpoch = 45; // 1,438 samples in batches of 32

  it.each([
    { name: 'explodes', rule: 'gradient-exploding', target: { path: 'model.layers.0.dense.initializer', layer: 'dense1' }, healed: 0.9 },
    { name: 'vanishes', rule: 'gradient-vanishing', target: { path: 'model.layers.1', parameter: 'dense1.weight' }, healed: 0.85 },
    { name: 'learning-rate-too-large', rule: 'update-ratio', target: { path: 'optimizer.learningRate' }, healed: 0.96 },
    { name: 'learning-rate-too-small', rule: 'update-ratio', target: { path: 'optimizer.learningRate' }, healed: 0.9 },
  ])('$name: $rule', async ({ name, rule, target, healed }) => {
    const before = await watched(digits(name));
    expect(roots(before.findings).map((finding) => finding.rule)).toEqual([rule]);
    const [fault] = roots(before.findings);
    expect(fault.target).toMatchObject(target);
    expect(before.spoke.get(rule)).toBeLessThanOrEqual(stepsPerEpoch);

    const text = applyEdits(readFileSync(digits(name), 'utf8'), fault.remedies[0].edits);
    const after = await watched(digits(name), { text });
    expect(after.findings.map((finding) => finding.rule)).not.toContain(rule);
    expect(accuracy(after)).toBeGreaterThanOrEqual(healed);
    expect(accuracy(after)).toBeGreaterThan(accuracy(before) + 0.1);
  });
});

describe('the healthy digits', () => {
  it('reach 96 % and yield no warning', async () => {
    const result = await train(digits('digits'));
    expect(warnings(result.findings)).toEqual([]);
    expect(accuracy(result)).toBeGreaterThanOrEqual(0.96);
  });

  // Four epochs have everything that can go wrong early; most rules look at the first steps or at windows of that length.
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9])('yield no warning with seed %i', async (seed) => {
    const { findings } = await train(digits('digits'), { set: [{ path: 'seed', value: seed }, { path: 'epochs', value: 3 }] });
    expect(warnings(findings)).toEqual([]);
  });
});

describe('a deep stack of convolutions', () => {
  const stack = (name: string): string => file(`stack/${name}.train.json`);
  // Enough to tell them apart; all 15 epochs are in the README.
  const epochs = [{ path: 'epochs', value: 3 }];

  it('learns nothing where one is behind the other: the gradient vanishes', async () => {
    const result = await train(stack('plain'), { set: epochs });
    expect(roots(result.findings).map(({ rule }) => rule)).toContain('gradient-vanishing');
    // A single class for all images is right for 12.5 % at most.
    expect(accuracy(result)).toBeLessThan(0.13);
  }, 300_000);

  it.each([{ name: 'residual', least: 0.4 }, { name: 'batchNorm', least: 0.5 }])('learns as $name, with the same convolutions', async ({ name, least }) => {
    const result = await train(stack(name), { set: epochs });
    expect(result.findings.map(({ rule }) => rule)).not.toContain('gradient-vanishing');
    expect(accuracy(result)).toBeGreaterThan(least);
  }, 300_000);

  it('has run files as its script writes them', () => {
    const folder = temporaryFolder();
    copyFileSync(file('stack/make.mjs'), path.join(folder, 'make.mjs'));
    execFileSync(process.execPath, [path.join(folder, 'make.mjs')]);
    for (const name of ['plain', 'residual', 'batchNorm']) expect(readFileSync(path.join(folder, `${name}.train.json`), 'utf8')).toBe(readFileSync(stack(name), 'utf8'));
  });
});

describe('fine-tuning', () => {
  const tuned = (name: string): string => file(`fine-tuning/${name}.train.json`);

  it('of a new head on frozen features of MNIST learns other digits from three images of each, better than from scratch', async () => {
    const fine = await train(tuned('fine-tune'));
    const scratch = await train(tuned('from-scratch'));
    expect(accuracy(fine)).toBeGreaterThan(0.9);
    expect(accuracy(fine)).toBeGreaterThan(accuracy(scratch) + 0.05);
    // As many updates, and the network from scratch has learnt its images too.
    expect(fine.steps).toBe(scratch.steps);
    expect(scratch.train.loss).toBeLessThan(0.02);
    for (const { findings } of [fine, scratch]) expect(warnings(findings)).toEqual([]);
  }, 300_000);

  it('leaves all but the new head as it was', async () => {
    const { run } = await train(tuned('fine-tune'), { set: [{ path: 'epochs', value: 1 }] });
    expect(readHeader(run).parameters.map(({ name }) => name)).toEqual(['dense1.weight', 'dense1.bias']);
    const exported = path.join(temporaryFolder(), 'tuned.onnx');
    expect((await adamscope(['export', run, exported])).code).toBe(0);
    const [before, after] = [file('fine-tuning/mnist.onnx'), exported].map((each) => readModel(readFileSync(each), each).graph);
    const names = [...before.initializers.keys()];
    const same = (name: string): boolean => String(before.tensor(name)!.data) === String(after.tensor(name)?.data);
    // Three stages of weight and bias of the convolution, scale and shift, running mean and variance.
    expect(names.filter((name) => /^(conv|batchNorm)\d\./.test(name) && same(name))).toHaveLength(3 * 6);
    expect(names.filter((name) => !same(name))).toEqual(['dense1.weight', 'dense1.bias']);
  }, 300_000);
});

describe('linear regression', () => {
  it('falls to what the noise leaves: the loss of the least-squares solution', async () => {
    const { config } = parseRunFile(readFileSync(file('linear/linear.train.json'), 'utf8'), 'linear.train.json');
    const data = await loadData(config.data, { directory: '.', seed: config.seed, loss: 'mse' });
    const rows = (part: 'train' | 'validation') => {
      const { inputs, labels } = everything(data[part]!);
      return { inputs: inputs.map((x) => [...x, 1]), labels };
    };
    const weights = leastSquares(rows('train'));
    const { inputs, labels } = rows('validation');
    const floor = labels.reduce((sum, y, i) => sum + (y - dot(inputs[i], weights)) ** 2, 0) / labels.length;
    // The noise has the variance 0.01; its mean square over 200 rows spreads by 10 %.
    expect(floor).toBeGreaterThan(0.007);
    expect(floor).toBeLessThan(0.013);
    const { validation, findings } = await train(file('linear/linear.train.json'));
    expect(Math.abs(validation!.loss / floor - 1)).toBeLessThan(0.02);
    expect(warnings(findings)).toEqual([]);
  });
});

const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

/** Solves X^T X w = X^T y by Gaussian elimination in float64. */
function leastSquares({ inputs, labels }: { inputs: number[][]; labels: number[] }): number[] {
  const n = inputs[0].length;
  const system = Array.from({ length: n }, (_, i) => [...Array.from({ length: n }, (_, j) => dot(inputs.map((x) => x[i]), inputs.map((x) => x[j]))), dot(inputs.map((x) => x[i]), labels)]);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      if (k === i) continue;
      const factor = system[k][i] / system[i][i];
      system[k] = system[k].map((value, j) => value - factor * system[i][j]);
    }
  }
  return system.map((row, i) => row[n] / row[i]);
}

describe('the sample files', () => {
  const names = readdirSync(file(''), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.train.json') && !name.includes('.adamscope')).sort();

  it.each(names)('%s says in a comment what it shows', (name) => {
    const text = readFileSync(file(name), 'utf8');
    expect(text).toMatch(/^\/\/ \S/);
    expect(() => parseRunFile(text, name)).not.toThrow();
  });
});

const mnist = shared && path.join(shared, 'data', 'mnist');

/**
 * The longest test: trains 60,000 images for one epoch, one to four minutes on two quiet cores. What it reaches hangs on the last bits, which differ between processors and versions: 98.5 % on
 * some, 98.47 % on others, from losses that agree to seven digits in the first ten steps. The standard error of 98.5 % of 10,000 images is 0.12 points: the bar is four of them below.
 */
describe.skipIf(!mnist || !existsSync(mnist))('MNIST', () => {
  it('reaches 98 % after one epoch', { timeout: 400_000 }, async () => {
    const folder = temporaryFolder();
    copyFileSync(file('mnist/mnist.train.json'), path.join(folder, 'mnist.train.json'));
    for (const part of ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1']) symlinkSync(path.join(mnist!, `${part}-ubyte.gz`), path.join(folder, `${part}-ubyte.gz`));
    const ended = await adamscope(['train', path.join(folder, 'mnist.train.json'), '--set', 'epochs=1', '--json'], { timeout: 390_000 });
    expect(ended.code, ended.stderr).toBe(0);
    const result = document<RunResult>(ended);
    expect(accuracy(result)).toBeGreaterThanOrEqual(0.98);
    expect(roots(result.findings).filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('digits on a canvas', () => {
  it('are found within an epoch, far better than by one box in the middle for all', async () => {
    const { validation, findings } = await train(file('localisation/localisation.train.json'), { set: [{ path: 'epochs', value: 1 }] });
    // One box in the middle for all samples has an overlap of 0.32 at most, and every digit occurs in less than 13 % of them.
    expect(validation!['box.iou']).toBeGreaterThan(0.32 + 0.2);
    expect(validation!['digit.accuracy']).toBeGreaterThan(0.13 + 0.4);
    expect(Object.keys(validation!)).toEqual(['loss', 'digit.accuracy', 'box.iou', 'localizationAccuracy']);
    expect(roots(findings)).toEqual([]);
  }, 300_000);
});
