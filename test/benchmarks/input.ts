/** How long training waits for its batches, with every run file whose data are there. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { InputError } from '../../engine/errors';
import { parseRunFile } from '../../engine/run/config';
import { History } from '../../engine/run/history';
import { describe } from '../../engine/training/run';
import { setUp } from '../../engine/training/setup';
import { start, Trainer } from '../../engine/training/trainer';

export interface Input {
  runFile: string;
  steps: number;
  milliseconds: number;
  /** Of the time of a step that goes by until its batch is in place. */
  share: number;
}

/** The first steps make the sessions and fill the queue of batches made ahead. */
const warmUp = 20;
const [most, milliseconds] = [500, 20_000];

async function measure(runFile: string): Promise<Omit<Input, 'runFile'>> {
  const text = readFileSync(runFile, 'utf8');
  const training = await setUp(parseRunFile(text, runFile).config, { runFile, text });
  let last = 0;
  const trainer = new Trainer(training, describe(training, 'bench', runFile), new History(), start, {
    step: ({ step }) => void (last = step),
    checkpoint() {},
  });
  await trainer.run(warmUp);
  const [before, began] = [trainer.waited, performance.now()];
  // In pieces, so that a slow net ends in time.
  let outcome = 'paused';
  for (let until = warmUp + 20; until <= warmUp + most && performance.now() - began < milliseconds && outcome.startsWith('paused'); until += 20) outcome = (await trainer.run(until)).reason;
  const [elapsed, steps] = [performance.now() - began, last - warmUp];
  await training.release();
  return { steps, milliseconds: elapsed / steps, share: (trainer.waited - before) / elapsed };
}

export async function input(folder: string, log: (text: string) => void): Promise<Input[]> {
  log('\ntime until the batch is in place');
  const found: Input[] = [];
  for (const name of (readdirSync(folder, { recursive: true }) as string[]).filter((each) => each.endsWith('.train.json')).sort()) {
    try {
      const result = { runFile: name, ...(await measure(path.join(folder, name))) };
      found.push(result);
      log(`  ${name.padEnd(50)} ${(100 * result.share).toFixed(2).padStart(6)} % of ${result.milliseconds.toFixed(2)} ms a step`);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      log(`  ${name.padEnd(50)} skipped: ${error.message}`);
    }
  }
  return found;
}
