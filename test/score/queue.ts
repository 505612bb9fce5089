/** Runs jobs in processes of their own, several at once; what is done is not done again. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Case } from './cases';
import type { CaseResult, Job } from './result';

/** Names a result by everything it depends on: the case, the seed, what is asked of it, and the program that computes it. */
export function resultFile(cache: string, one: Case, job: Pick<Job, 'seed' | 'fix' | 'seconds'>, program: string | Uint8Array): string {
  const key = createHash('sha256').update(program).update(JSON.stringify([one, job.seed, job.fix, job.seconds])).digest('hex').slice(0, 12);
  return path.join(cache, 'results', `${one.id}-${job.seed}-${key}.json`);
}

export function stored(file: string): CaseResult | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CaseResult;
  } catch {
    return undefined;
  }
}

/** `done` is called after each job; a process that ends without a result gives one with an error. */
export async function runAll(jobs: readonly Job[], program: string, atOnce: number, done: (job: Job, result: CaseResult) => void): Promise<void> {
  const waiting = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = waiting.shift(); job; job = waiting.shift()) done(job, await runOne(job, program));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, jobs.length) }, worker));
}

const runOne = (job: Job, program: string): Promise<CaseResult> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [program, JSON.stringify(job)], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (text: Buffer) => (errors = `${errors}${text.toString()}`.slice(-2000)));
    child.on('close', (code, signal) => {
      const lost: CaseResult = { id: job.id, seed: job.seed, notes: [], epochs: [0, 0], stepsPerEpoch: 0, findings: [], error: `the process ended with ${signal ?? `code ${code}`}: ${errors.trim().split('\n').at(-1) ?? ''}` };
      resolve(stored(job.out) ?? lost);
    });
  });
