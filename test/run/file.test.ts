import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { expect, it } from 'vitest';
import { checksum, replaceFile, writeAtomically } from '../../engine/run/file';
import { root } from '../shared';
import { temporaryFolder } from './storage';

it('computes CRC-32', () => {
  // The check value of CRC-32/ISO-HDLC.
  expect(checksum('123456789')).toBe('cbf43926');
});

it('replaces a file and leaves nothing else', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'a');
  writeAtomically(file, 'old');
  writeAtomically(file, Uint8Array.of(1, 2));
  expect([...readFileSync(file)]).toEqual([1, 2]);
  expect(readdirSync(folder)).toEqual(['a']);
});

it('keeps the old file when the content cannot be made', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'a');
  writeAtomically(file, 'old');
  expect(() => replaceFile(file, (write) => {
    write(Buffer.from('half'));
    throw new Error('disk full');
  })).toThrow('disk full');
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['a']);
});

it('leaves the old or the new file whole when the process is killed while it writes', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'state');
  const program = path.join(folder, 'writer.cjs');
  const source = `
    import { writeAtomically } from './engine/run/file';
    for (let i = 1; ; i++) {
      writeAtomically(process.argv[2], Buffer.alloc(4_000_000, String(i % 10)));
      if (i === 1) process.stdout.write('ready');
    }`;
  buildSync({ stdin: { contents: source, resolveDir: root, loader: 'ts' }, bundle: true, platform: 'node', outfile: program, logLevel: 'error' });
  const seen = { temporary: 0 };
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, [program, file]);
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 3 + 7 * round));
    child.kill('SIGKILL');
    await once(child, 'close');
    const bytes = readFileSync(file);
    expect(bytes.length).toBe(4_000_000);
    expect(bytes.equals(Buffer.alloc(4_000_000, bytes[0]))).toBe(true);
    seen.temporary = readdirSync(folder).filter((name) => name.endsWith('.tmp')).length;
  }
  // Some kills must have hit the middle of a write, or this test shows nothing.
  expect(seen.temporary).toBeGreaterThan(0);
});
