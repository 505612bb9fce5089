import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runFiles } from '../../engine/run/folder';
import { lockRun } from '../../engine/run/lock';

const held = (holder: unknown): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'adamscope-lock-'));
  writeFileSync(runFiles(folder).lock, typeof holder === 'string' ? holder : JSON.stringify(holder));
  return folder;
};

describe('a run', () => {
  it('is claimed by one process at a time, and given back', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'adamscope-lock-'));
    const unlock = lockRun(folder);
    expect(() => lockRun(folder)).toThrow(`the run is being trained by process ${process.pid}; stop it first`);
    unlock();
    expect(existsSync(runFiles(folder).lock)).toBe(false);
    lockRun(folder)();
  });

  it('is free where the process that claimed it is gone, or left half a file', () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    lockRun(held({ pid, host: hostname() }))();
    lockRun(held(''))();
  });

  it.skipIf(process.platform !== 'linux')('is free where another process has got the id since, or nobody has asked for the exit code', async () => {
    lockRun(held({ pid: process.pid, host: hostname(), started: '1' }))();
    // The shell becomes a program that never asks for the exit codes of the children it has.
    const parent = spawn('sh', ['-c', 'sleep 20 & echo $!; exec tail -f /dev/null']);
    const pid = Number(await new Promise((resolve) => parent.stdout.once('data', resolve)));
    const started = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21];
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('tail\n');
    process.kill(pid);
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2]).toBe('Z');
    lockRun(held({ pid, host: hostname(), started }))();
    parent.kill();
  });

  it('is not taken from another machine', () =>
    expect(() => lockRun(held({ pid: 1, host: 'elsewhere' }))).toThrow('process 1 on elsewhere; stop it first, or remove this file if that process is gone'));
});
