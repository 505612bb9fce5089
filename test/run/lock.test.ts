import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
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

  it('is not taken from another machine', () =>
    expect(() => lockRun(held({ pid: 1, host: 'elsewhere' }))).toThrow('process 1 on elsewhere; stop it first, or remove this file if that process is gone'));
});
