import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Benchmark } from './models';

/** Milliseconds. */
export interface Times {
  steps: number[];
  /** Of these, in the optimizer. */
  optimizer?: number[];
}

/** Who takes part: a process that is given one net, and then asked for steps again and again. */
export class Runner {
  private readonly lines: AsyncIterator<string>;
  private readonly reader: Interface;
  /** What the process says of itself: its version, and the speed of its matrix product. */
  readonly about: { version: string; gflops: number } = { version: '', gflops: NaN };
  /** Bytes at the peak of the net's steps beyond those before it was made. */
  memory = NaN;

  private constructor(private readonly child: ChildProcess) {
    this.reader = createInterface({ input: child.stdout! });
    this.lines = this.reader[Symbol.asyncIterator]();
  }

  /** Undefined where the program does not start, or cannot train this net, or not within so many seconds. */
  static async start(command: string, args: readonly string[], threads: number, net: Benchmark, seconds?: number): Promise<Runner | undefined> {
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'ignore'],
      // Python's libraries read their number of threads before the program can set it.
      env: { ...process.env, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) },
    });
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    const runner = new Runner(child);
    const timer = seconds === undefined ? undefined : setTimeout(() => child.kill(), 1000 * seconds);
    try {
      Object.assign(runner.about, await runner.read());
      runner.memory = (await runner.ask(net) as { memory: number }).memory;
      return runner;
    } catch {
      runner.stop();
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  async steps(mode: string, count: number): Promise<Times> {
    return await this.ask({ mode, count }) as Times;
  }

  private async ask(question: object): Promise<unknown> {
    this.child.stdin!.write(`${JSON.stringify(question)}\n`);
    return this.read();
  }

  private async read(): Promise<unknown> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the process ended');
    return JSON.parse(value) as unknown;
  }

  stop(): void {
    this.reader.close();
    this.child.stdin!.end();
  }
}
