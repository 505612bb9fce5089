import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../engine/host/protocol';
import { root } from '../shared';
import { temporaryFolder } from '../training/run';
import { adamscope, document, interrupt, sample } from './run';

const long = (runFile: string, run: string): string[] => ['train', runFile, '--set', 'epochs=100000', '--out', run, '--json'];

describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  it('once stops the run so that it can be resumed', async () => {
    const run = path.join(temporaryFolder(), 'run');
    let sent = false;
    const ended = await adamscope(long(sample('linear'), run), {
      watch(stderr, child) {
        if (!sent && stderr.includes('epoch 2/')) sent = interrupt(child);
      },
    });
    expect(ended.code, ended.stderr).toBe(130);
    const result = document<RunResult>(ended);
    expect(result).toMatchObject({ run, status: 'stopped', reason: 'stopped by the user' });
    expect(result.steps).toBeGreaterThan(25);
    const resumed = document<RunResult>(await adamscope(['resume', run, '--epochs', String(result.epochs + 1), '--json']));
    expect(resumed).toMatchObject({ status: 'finished', steps: 25 * (result.epochs + 1) });
  });

  it('twice ends at once', async () => {
    const run = path.join(temporaryFolder(), 'run');
    let sent = false;
    const ended = await adamscope(long(sample('linear'), run), {
      watch(stderr, child) {
        if (sent || !stderr.includes('step 1')) return;
        sent = interrupt(child);
        setTimeout(() => child.exitCode === null && interrupt(child), 1);
      },
    });
    expect(ended.code).toBe(130);
  });

  it.each([0, 60, 120, 200, 300, 500])('%i ms after the start, while the run is being set up', async (delay) => {
    const run = path.join(temporaryFolder(), 'run');
    const child = spawn(process.execPath, [path.join(root, 'dist/adamscope.js'), ...long(sample('linear'), run)], { detached: true, stdio: ['ignore', 'ignore', 'pipe'], timeout: 50_000 });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    setTimeout(() => interrupt(child), delay);
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    // Before Node has started the program, the system ends the process itself.
    expect(signal ?? code, stderr).toBe(signal ? 'SIGINT' : 130);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe('streams', () => {
  it('an open standard input is not waited for', async () => {
    expect((await adamscope(['train', sample('linear'), '--set', 'epochs=1', '--out', path.join(temporaryFolder(), 'run')], { closed: false })).code).toBe(0);
  });

  it.each(['stdout', 'stderr'] as const)('%s closed early does not end the run', async (closed) => {
    const run = path.join(temporaryFolder(), 'run');
    const child = spawn(process.execPath, [path.join(root, 'dist/adamscope.js'), 'train', sample('linear'), '--set', 'epochs=2', '--out', run], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 50_000 });
    child[closed].destroy();
    child[closed === 'stdout' ? 'stderr' : 'stdout'].resume();
    expect((await once(child, 'close'))[0]).toBe(0);
    expect(document(await adamscope(['diagnose', run, '--json']))).toHaveProperty('findings');
  });
});
