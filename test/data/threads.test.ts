import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from 'esbuild';
import { InputError } from '../../engine/errors';
import { Feed } from '../../engine/data/threads/feed';
import { Pool } from '../../engine/data/threads/pool';
import { root } from '../shared';
import { type Files, load, makeFolder } from './folder';
import { picture, png } from './pictures';

let pool: Pool;
beforeAll(async () => {
  const outfile = path.join(makeFolder({}), 'loader.js');
  await build({ entryPoints: [path.join(root, 'engine/data/threads/worker.ts')], outfile, bundle: true, platform: 'node', target: 'node20', mainFields: ['module', 'main'], loader: { '.wasm': 'binary' }, logLevel: 'silent' });
  pool = new Pool(outfile);
});
afterAll(() => pool.close());

const files: Files = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`set/${i % 3}/${i}.png`, png(picture(9, 7, (x, y) => [20 * x, 30 * y, 20 * i]))]));
const transforms = [{ randomCrop: { size: 6, padding: 2 } }, { horizontalFlip: {} }, { standardize: { per: 'channel' as const } }];
const images = (memory?: number) => load(files, { train: { images: 'set' }, transforms }, { loss: 'crossEntropy', memory });

/** Four batches of an epoch, three epochs. */
const plan = (batch: number) => (batch < 12 ? { indices: Uint32Array.from([0, 5, 7].map((i) => (i + 3 * batch) % 12)), epoch: Math.floor(batch / 4) } : undefined);

describe('batches made ahead', () => {
  const all = async (memory: number | undefined, threads: number, order = Array.from({ length: 12 }, (_, i) => i)) => {
    const { train } = await images(memory);
    const feed = new Feed(train, plan, { threads, pool });
    const batches: Record<number, number[]> = {};
    for (const batch of order) {
      const [inputs, labels] = [new Float32Array(3 * 3 * 36), new Int32Array(3)];
      await feed.fill(batch, [inputs], labels);
      batches[batch] = [...inputs, ...labels];
    }
    return batches;
  };

  test.each([1, 2, 3])('are the same from %i threads as from none, decoded once or every time', async (threads) => {
    const expected = await all(undefined, 0);
    expect(await all(undefined, threads)).toEqual(expected);
    expect(await all(10, threads)).toEqual(expected);
  });

  test('are the same where one goes back, as a resumed run does', async () => {
    const expected = await all(undefined, 0);
    expect(await all(undefined, 2, [0, 1, 2, 7, 8, 3, 4, 5, 6, 11])).toEqual(Object.fromEntries(Object.entries(expected).filter(([batch]) => !['9', '10'].includes(batch))));
  });

  test('tell of a damaged file when its batch is wanted, in one sentence', async () => {
    const { train } = await load({ ...files, 'set/2/11.png': 'nothing' }, { train: { images: 'set' } }, { loss: 'crossEntropy' });
    const feed = new Feed(train, (batch) => (batch < 12 ? { indices: Uint32Array.of(batch) } : undefined), { threads: 2, pool });
    const fill = (batch: number) => feed.fill(batch, [new Float32Array(3 * 63)], new Int32Array(1));
    // Sorted by name 11.png is the first of its class, whose three others come after it.
    for (let batch = 0; batch < 8; batch++) await fill(batch);
    const error: unknown = await fill(8).then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toBe('set/2/11.png: is no PNG, JPEG or WebP image.');
  });
});
