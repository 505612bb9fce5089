/** Starts the engine in a process of its own and talks to it. No onnxruntime here: safe to load in the extension host. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { createBirpc } from 'birpc';
import { channel } from './channel';
import type { EngineEvents, EngineFunctions } from './protocol';

export interface EngineClient {
  /** The engine's functions. When the process dies every pending call is rejected with a sentence that says why. */
  functions: EngineFunctions;
  process: ChildProcess;
  /** Resolves when the process has ended, with the sentence that says why where it was not asked to. */
  ended: Promise<string | undefined>;
  /** Asks the engine to end, and ends it by force if it has not after `grace` milliseconds. */
  dispose(grace?: number): Promise<void>;
}

export interface EngineOptions {
  /** Path of the bundled engine, `dist/engine.js`. */
  script: string;
  events: EngineEvents;
}

/** How much of the engine's standard error is kept to explain its death. */
const lastWordsLength = 2000;

export function startEngine({ script, events }: EngineOptions): EngineClient {
  const child = fork(script, [], {
    serialization: 'advanced',
    // A run leaves little behind, step after step: collected early it keeps the process at one size, and costs nothing that can be measured.
    execArgv: ['--max-semi-space-size=4', '--heap-growing-percent=20'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Inside VS Code this process is Electron; the engine is plain Node.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  const rpc = createBirpc<EngineFunctions, EngineEvents>(events, { ...channel(child), eventNames: [] });
  let lastWords = '';
  let asked = false;
  const listen = (chunk: Buffer): void => {
    lastWords = (lastWords + chunk.toString()).slice(-lastWordsLength);
    for (const line of chunk.toString().split('\n')) if (line.trim()) events.log('warn', line.trimEnd());
  };
  child.stdout!.on('data', listen);
  child.stderr!.on('data', listen);

  const ended = new Promise<string | undefined>((resolve) => {
    const finish = (failure?: string): void => {
      rpc.$close(new Error(failure ?? 'the engine has ended'));
      resolve(failure);
    };
    child.once('error', (error) => finish(`the engine could not be started: ${error.message}`));
    // Not 'close': Node does not emit it after the channel was disconnected. What the engine said last may come after its exit.
    child.once('exit', (code, signal) => void drained(child).then(() => finish(!asked && (signal || code !== 0) ? describeDeath(code, signal, lastWords) : undefined)));
  });

  return {
    functions: rpc,
    process: child,
    ended,
    async dispose(grace = 5000) {
      asked = true;
      if (child.connected) child.disconnect();
      const inTime = await Promise.race([ended.then(() => true), setTimeout(grace, false, { ref: false })]);
      if (!inTime) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Resolves once the engine's output was read to its end; a process it left behind may hold it open, so not later than after a moment. */
async function drained({ stdout, stderr }: ChildProcess): Promise<void> {
  const ends = [stdout!, stderr!].map((stream) => (stream.readableEnded ? Promise.resolve() : once(stream, 'end').then(() => {}, () => {})));
  await Promise.race([Promise.all(ends), setTimeout(200, undefined, { ref: false })]);
}

function describeDeath(code: number | null, signal: string | null, lastWords: string): string {
  const how = signal ? `by signal ${signal}` : `with exit code ${code}`;
  const said = lastWords.trim().split('\n').at(-1);
  const memory = signal === 'SIGKILL' ? ' (the system ends a process so when memory runs out)' : '';
  return `the engine ended unexpectedly ${how}${memory}${said ? `; its last words: ${said}` : ''}; the run can be resumed from its last checkpoint`;
}
