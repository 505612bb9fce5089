/** One process at a time writes to a run. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { InputError } from '../errors';
import { runFiles } from './folder';

interface Holder {
  pid: number;
  host: string;
  /** Where the system tells it: another process may have got the same id since. */
  started?: string;
}

/** Claims the run; what is returned gives it back. Throws InputError where another process holds it. The claim of a process that is gone counts for nothing. */
export function lockRun(folder: string): () => void {
  const file = runFiles(folder).lock;
  const own = JSON.stringify({ pid: process.pid, host: hostname(), started: startOf(process.pid) } satisfies Holder);
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(file, own, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = read(file);
      // Taken over once only: whoever claims it in between holds it.
      if (holder && (attempt > 0 || isAlive(holder))) throw new InputError(`the run is being trained by ${nameOf(holder)}`, { file });
      rmSync(file, { force: true });
    }
  }
}

/** Undefined for a file that a crash left empty, or that has just been given back. */
function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

const nameOf = ({ pid, host }: Holder): string =>
  (host === hostname() ? `process ${pid}; stop it first` : `process ${pid} on ${host}; stop it first, or remove this file if that process is gone`);

/** Of another machine nothing is known. */
function isAlive({ pid, host, started }: Holder): boolean {
  if (host !== hostname()) return true;
  if (started !== undefined) return startOf(pid) === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process was started, in clock ticks since the system was (proc(5), /proc/PID/stat). Undefined for one that has ended, though nobody has asked for its exit code yet, and where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    // The name before the state may hold spaces and brackets.
    const [state, ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    return state === 'Z' || state === 'X' ? undefined : rest[18];
  } catch {
    return undefined;
  }
}
