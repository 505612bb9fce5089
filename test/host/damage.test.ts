import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../engine/errors';
import { engineFunctions } from '../../engine/host/functions';
import { temporaryFolder, train, weights } from '../training/run';

/** A best checkpoint that is not the last, measured activations, several batches of records. */
const config = {
  model: { layers: [{ dense: 3 }, 'relu', { dense: 1 }] },
  data: { train: { simulated: 'linear', samples: 24, features: 2, noise: 0.1 }, validation: 0.25 },
  loss: 'mse',
  optimizer: { type: 'adam', learningRate: 0.3 },
  batchSize: 3,
  epochs: 13,
  diagnose: { level: 'full' },
};

const files = ['run.json', 'steps.arrow', 'findings.json', 'result.json', 'checkpoints/last.safetensors', 'checkpoints/best.safetensors', 'model.onnx'];
const { functions } = engineFunctions({ event: () => {}, log: () => {} });

/** What a user gets from a run folder; a result without the folder's own path. */
const uses: Record<string, (run: string) => Promise<unknown>> = {
  diagnose: async (run) => (await functions.diagnose({ run })).findings,
  evaluate: async (run) => [await functions.evaluate({ run }), await functions.evaluate({ run, checkpoint: 'last' })].map(({ run: _, ...result }) => result),
  async export(run) {
    const out = path.join(run, 'exported.onnx');
    await functions.export({ run, out });
    return readFileSync(out);
  },
  async resume(run) {
    const { run: _, ...result } = await functions.resume({ run });
    return { result, weights: weights(run), model: readFileSync(path.join(run, 'model.onnx')), loss: (await functions.evaluate({ run })).loss };
  },
};

describe('a damaged run folder is refused in one sentence, or gives what the whole one gives', () => {
  const whole = path.join(temporaryFolder(), 'whole');
  const healthy: Record<string, unknown> = {};

  beforeAll(async () => {
    await train(config, { out: whole });
    for (const [name, use] of Object.entries(uses)) healthy[name] = await use(copy());
  });

  function copy(): string {
    const run = path.join(temporaryFolder(), 'run');
    cpSync(whole, run, { recursive: true });
    return run;
  }

  /** Tries every use on a copy with one file changed; returns the number of refusals. */
  async function damaged(file: string, change: (content: Buffer) => Buffer | undefined, names = Object.keys(uses)): Promise<number> {
    let refused = 0;
    for (const name of names) {
      const run = copy();
      const target = path.join(run, file);
      const content = change(readFileSync(target));
      if (content) writeFileSync(target, content);
      else rmSync(target);
      const result: unknown = await uses[name](run).catch((error: unknown) => error);
      if (!(result instanceof Error)) {
        expect(result, name).toEqual(healthy[name]);
        continue;
      }
      refused++;
      expect(result, `${name}: ${result.stack}`).toBeInstanceOf(InputError);
      expect(result.message).not.toContain('\n');
      // A folder without run.json is no run, which is said of the folder.
      expect(result.message.startsWith(content || file !== 'run.json' ? `${target}: ` : `${run}: `) || result.message.startsWith(`${run}: the run has no`), result.message).toBe(true);
    }
    return refused;
  }

  /** What the four uses must not do without. */
  const needed = new Set(['run.json', 'steps.arrow', 'checkpoints/last.safetensors', 'checkpoints/best.safetensors']);

  describe.each(files)('%s', (file) => {
    it.each([0, 10, 50, 90, 99])('cut at %i percent of its length', async (share) => {
      const refused = await damaged(file, (content) => content.subarray(0, Math.floor((share / 100) * content.length)));
      expect(refused > 0).toBe(needed.has(file));
    });

    it('deleted', async () => {
      expect((await damaged(file, () => undefined)) > 0).toBe(needed.has(file));
    });

    it('one bit flipped, here and there', async () => {
      const places = needed.has(file) ? 40 : 4;
      let refused = 0;
      for (let i = 0; i < places; i++) {
        refused += await damaged(file, (content) => {
          content[Math.floor(((i + 0.5) / places) * content.length)] ^= 1 << (i % 8);
          return content;
        }, file === 'steps.arrow' ? ['diagnose', 'resume'] : undefined);
      }
      expect(refused > 0).toBe(needed.has(file));
    });
  });
});
