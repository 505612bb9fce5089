import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildModel } from '../../engine/layers/model';
import { type Losses, resolveLoss } from '../../engine/loss';
import { createOptimizer } from '../../engine/optimizer/optimizer';
import { Random } from '../../engine/random';
import { readRun } from '../../engine/run/folder';
import { resumeRun, trainNew } from '../../engine/training/run';
import { mixBatch, mixOptions, type Mixing } from '../../engine/training/mix';
import { createTrainingSession } from '../../engine/training/session';
import type { Trainer } from '../../engine/training/trainer';
import { temporaryFolder, train, weights, writeRunFile } from './run';

const identity = (batch: number): Mixing => ({ partners: Int32Array.from({ length: batch }, (_, i) => i), share: Float32Array.of(1) });
const normals = (n: number): Float32Array => {
  const random = new Random(2, 'x');
  return Float32Array.from({ length: n }, () => random.normal());
};

describe('a mixed batch', () => {
  const batch = 12;

  it('of mixup is a weighted mean of two samples each', () => {
    const x = normals(batch * 5);
    for (let number = 0; number < 20; number++) {
      const mixed = x.slice();
      const mixing = identity(batch);
      mixBatch(mixed, [5], mixing, { mixup: 0.4 }, { seed: 1, batch: number });
      const [share] = mixing.share;
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
      expect([...mixing.partners].sort((a, b) => a - b)).toEqual([...identity(batch).partners]);
      mixed.forEach((value, i) => expect(Math.abs(value - share * x[i] - (1 - share) * x[mixing.partners[Math.floor(i / 5)] * 5 + (i % 5)])).toBeLessThan(1e-6));
    }
  });

  it('of cutmix has one rectangle of another image in all channels, and counts by its area', () => {
    const [channels, height, width] = [3, 7, 9];
    const size = channels * height * width;
    const x = Float32Array.from({ length: batch * size }, (_, i) => i);
    for (let number = 0; number < 40; number++) {
      const mixed = x.slice();
      const mixing = identity(batch);
      mixBatch(mixed, [channels, height, width], mixing, { cutmix: 1 }, { seed: 1, batch: number });
      const from = Array.from(mixed, (value) => Math.floor(value / size));
      for (let sample = 0; sample < batch; sample++) {
        if (mixing.partners[sample] === sample) continue;
        const other = Array.from({ length: size }, (_, i) => from[sample * size + i] === mixing.partners[sample]);
        const inside = other.flatMap((cut, i) => (cut ? [[Math.floor(i / width) % height, i % width]] : []));
        expect(inside.length % channels).toBe(0);
        const [rows, columns] = [0, 1].map((axis) => new Set(inside.map((at) => at[axis])).size);
        expect(rows * columns * channels).toBe(inside.length);
        expect(mixing.share[0]).toBeCloseTo(1 - inside.length / size, 6);
        // Where nothing else was cut in, the pixel is the sample's own, at its place.
        expect(Array.from({ length: size }, (_, i) => i).filter((i) => mixed[sample * size + i] !== x[from[sample * size + i] * size + i])).toEqual([]);
      }
    }
  });

  it('depends on the seed and the number of the batch alone; with both, each is drawn as often', () => {
    const draw = (seed: number, number: number, options: object): number[] => {
      const mixed = normals(batch * 16);
      mixBatch(mixed, [1, 4, 4], identity(batch), options, { seed, batch: number });
      return [...mixed];
    };
    expect(draw(1, 5, { mixup: 1 })).toEqual(draw(1, 5, { mixup: 1 }));
    expect(draw(1, 5, { mixup: 1 })).not.toEqual(draw(1, 6, { mixup: 1 }));
    expect(draw(1, 5, { mixup: 1 })).not.toEqual(draw(2, 5, { mixup: 1 }));
    const x = new Set(normals(batch * 16));
    const cuts = Array.from({ length: 400 }, (_, number) => draw(3, number, { mixup: 1, cutmix: 1 }).every((value) => x.has(value))).filter(Boolean).length;
    // 400 coins: five standard deviations are 50.
    expect(Math.abs(cuts - 200)).toBeLessThan(50);
  });
});

describe('the loss of a mixed batch', () => {
  const [batch, classes] = [6, 4];
  const options: [string, Losses][] = [
    ['crossEntropy', resolveLoss('crossEntropy')],
    ['with smoothing and weights', resolveLoss({ type: 'crossEntropy', labelSmoothing: 0.1, classWeights: [1, 2, 0.5, 3] } as never)],
    ['mse against classes', resolveLoss({ type: 'mse', classes: true } as never)],
  ];

  it.each(options)('is share x loss(a) + (1 - share) x loss(b), and so is its gradient: %s', async (_, loss) => {
    const model = buildModel([{ dense: classes }], { type: 'float32', dims: [3] }, 0);
    const { store } = await createOptimizer({ type: 'sgd' } as never, model.parameters.map(({ name, dims }) => ({ name, dims, data: model.graph.tensor(name)!.data as Float32Array })));
    const labels = Int32Array.of(0, 1, 2, 3, 1, 0);
    const partners = Int32Array.of(3, 0, 1, 5, 4, 2);
    const run = async (mixed: boolean, own: Int32Array, share?: number): Promise<{ loss: number; gradient: Float32Array }> => {
      const session = await createTrainingSession(model, loss, batch, 'cpu', store, new Map(), { mixed });
      session.inputs[0].set(normals(batch * 3));
      session.labels.set(own);
      if (share !== undefined) session.mixing!.partners.set(partners), session.mixing!.share.fill(share);
      return { loss: (await session.run({ seed: 0, step: 1 })).loss, gradient: store.gradient('dense1.weight').slice() };
    };
    const [a, b] = [await run(false, labels), await run(false, labels.map((__, i) => labels[partners[i]]))];
    const mixed = await run(true, labels, 0.3);
    expect(mixed.loss).toBeCloseTo(0.3 * a.loss + 0.7 * b.loss, 5);
    mixed.gradient.forEach((value, i) => expect(value).toBeCloseTo(0.3 * a.gradient[i] + 0.7 * b.gradient[i], 5));
    // Not filled, it is the loss of the labels themselves.
    expect((await run(true, labels)).loss).toBeCloseTo(a.loss, 6);
  });
});

describe('a run that mixes', () => {
  const folder = temporaryFolder();
  const random = new Random(1, 'images');
  const rows = Array.from({ length: 90 }, (_, i) => [...Array.from({ length: 16 }, () => random.normal() + (i % 3)), 'abc'[i % 3]].join());
  writeFileSync(path.join(folder, 'images.csv'), [[...Array.from({ length: 16 }, (_, i) => `p${i}`), 'kind'].join(), ...rows].join('\n'));
  const config = {
    model: { layers: [{ conv2d: { filters: 4, kernel: 3 } }, 'relu', { dropout2d: 0.2 }, 'flatten', { dense: 3 }] },
    data: { train: { csv: 'images.csv', label: 'kind', reshape: [1, 4, 4] }, validation: 0.2 },
    loss: 'crossEntropy', regularization: { mixup: 0.4, cutmix: 1 }, batchSize: 10, accumulate: 2, epochs: 4,
  };

  it('is reproducible, does not depend on worker threads, and resumes bit for bit', async () => {
    const whole = await train(writeRunFile(config, folder));
    expect(weights((await train(writeRunFile({ ...config, data: { ...config.data, workers: 2 } }, folder))).run)).toEqual(weights(whole.run));
    const out = path.join(temporaryFolder(), 'run');
    let trainer: Trainer | undefined;
    const stopped = await trainNew({ runFile: writeRunFile(config, folder), out }, { event: (event) => { if (event.type === 'steps') trainer?.stop('the test'); }, log: () => {} }, (it) => (trainer = it));
    expect(stopped.steps).toBeLessThan(whole.steps);
    await resumeRun({ run: out }, { event: () => {}, log: () => {} }, () => {});
    expect(weights(out)).toEqual(weights(whole.run));
    expect(weights((await train(writeRunFile({ ...config, regularization: {} }, folder))).run)).not.toEqual(weights(whole.run));
    // The share of a mixed batch that is right is a mean of two.
    for (const { metric } of readRun(whole.run).steps) expect(metric).toBeLessThanOrEqual(1);
  });

  it.each<[object, { type: string; dims: number[] }, string]>([
    [{ cutmix: 1 }, { type: 'float32', dims: [16] }, 'regularization.cutmix: needs images of dimensions [channels, height, width], but a sample has [16]; "reshape" in the data source changes them'],
    [{ mixup: 1 }, { type: 'int32', dims: [16] }, 'regularization.mixup: mixes inputs that are numbers, but those of the data are ids'],
  ])('needs what it can mix: %j', (options, input, sentence) => expect(() => mixOptions(options, input)).toThrow(sentence));

  it('pastes no part of an image without its box', () => {
    const images = { type: 'float32', dims: [1, 8, 8] };
    expect(() => mixOptions({ cutmix: 1 }, images, true)).toThrow('regularization.cutmix: pastes a part of another image, whose box would be that of the whole; "mixup" leaves every box where it is');
    expect(mixOptions({ mixup: 1 }, images, true)).toEqual({ mixup: 1, cutmix: undefined });
  });
});
