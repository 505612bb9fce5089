import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../training/run';
import type { Case } from './cases';
import { resultFile, runAll, stored } from './queue';
import type { Job } from './result';

const one = { id: 'case', epochs: 3 } as Case;
const asked = { seed: 0, fix: false, seconds: 60 };

it('a result is named by all that it depends on', () => {
  const name = resultFile('cache', one, asked, 'program');
  expect(path.dirname(name)).toBe(path.join('cache', 'results'));
  expect(resultFile('cache', { ...one }, asked, 'program')).toBe(name);
  const others = [resultFile('cache', { ...one, epochs: 4 }, asked, 'program'), resultFile('cache', one, { ...asked, seed: 1 }, 'program'), resultFile('cache', one, { ...asked, fix: true }, 'program'), resultFile('cache', one, { ...asked, seconds: 61 }, 'program'), resultFile('cache', one, asked, 'other program')];
  expect(new Set([name, ...others]).size).toBe(6);
});

it('an unreadable result counts as none', () => {
  const file = path.join(temporaryFolder(), 'result.json');
  expect(stored(file)).toBeUndefined();
  writeFileSync(file, '{"id": "ca');
  expect(stored(file)).toBeUndefined();
});

it('does every job once, several at a time, and says of a lost one how it ended', async () => {
  const folder = temporaryFolder();
  const program = path.join(folder, 'job.js');
  writeFileSync(program, `
    const { appendFileSync, writeFileSync } = require('node:fs');
    const job = JSON.parse(process.argv[2]);
    appendFileSync(${JSON.stringify(path.join(folder, 'log'))}, job.id + '\\n');
    if (job.id === 'b') { console.error('out of luck'); process.exit(3); }
    writeFileSync(job.out, JSON.stringify({ id: job.id, seed: job.seed, findings: [] }));
  `);
  const jobs = ['a', 'b', 'c'].map((id): Job => ({ id, ...asked, folder, cache: folder, out: path.join(folder, `${id}.json`) }));
  const done: [string, string | undefined][] = [];
  await runAll(jobs, program, 2, (job, result) => done.push([job.id, result.error]));
  expect(done.sort()).toEqual([['a', undefined], ['b', 'the process ended with code 3: out of luck'], ['c', undefined]]);
  expect(readFileSync(path.join(folder, 'log'), 'utf8').trim().split('\n').sort()).toEqual(['a', 'b', 'c']);
  // What is left to do after an interruption: what has no result.
  expect(jobs.filter(({ out }) => !stored(out)).map(({ id }) => id)).toEqual(['b']);
  expect(existsSync(jobs[1].out)).toBe(false);
});
