import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync } from 'node:fs';
import path from 'node:path';
import { root } from '../shared';
import { temporaryFolder } from '../training/run';

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Options {
  cwd?: string;
  /** Told of everything on stderr so far, whenever there is more. */
  watch?: (stderr: string, child: ChildProcess) => void;
  /** Whether standard input is closed. */
  closed?: boolean;
  /** Milliseconds after which it is ended by force. */
  timeout?: number;
}

/** Runs the command line as a user does, in a process group of its own so that Ctrl-C can be sent to all of it. */
export function adamscope(args: string[], { cwd, watch, closed = true, timeout = 50_000 }: Options = {}): Promise<Ended> {
  const child = spawn(process.execPath, [path.join(root, 'dist/adamscope.js'), ...args], { cwd, detached: true, stdio: [closed ? 'ignore' : 'pipe', 'pipe', 'pipe'], timeout });
  const ended: Ended = { code: null, stdout: '', stderr: '' };
  child.stdout!.on('data', (chunk: Buffer) => (ended.stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => {
    ended.stderr += chunk.toString();
    watch?.(ended.stderr, child);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ended, code })));
}

/** What Ctrl-C in a terminal does: every process of the group is interrupted. */
export const interrupt = ({ pid }: ChildProcess): boolean => process.kill(-pid!, 'SIGINT');

/** A copy of a sample, for runs are written beside the run file. */
export function sample(name: 'linear' | 'digits'): string {
  const folder = path.join(temporaryFolder(), name);
  cpSync(path.join(root, 'samples', name), folder, { recursive: true, filter: (file) => !file.includes('.adamscope') });
  return path.join(folder, `${name}.train.json`);
}

export const document = <T>({ stdout }: Ended): T => JSON.parse(stdout) as T;
