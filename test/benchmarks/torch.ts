import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import path from 'node:path';

/** PyTorch in a process of its own that waits for the next round; undefined where no Python with torch is installed. */
export class Torch {
  private constructor(private readonly process: ChildProcess, private readonly lines: AsyncIterator<string>, private readonly reader: Interface, readonly version: string, /** Of its matrix product. */ readonly gflops: number) {}

  static async start(root: string, threads: number): Promise<Torch | undefined> {
    for (const python of ['/usr/bin/python3', 'python3']) {
      const child = spawn(python, [path.join(root, 'test/benchmarks/torch_step.py'), String(threads)], { stdio: ['pipe', 'pipe', 'ignore'] });
      child.on('error', () => {});
      const reader = createInterface({ input: child.stdout });
      const lines = reader[Symbol.asyncIterator]();
      const first = await lines.next();
      if (first.done) continue;
      const { version, gflops } = JSON.parse(first.value) as { version: string; gflops: number };
      return new Torch(child, lines, reader, version, gflops);
    }
    return undefined;
  }

  /** Milliseconds of each step. */
  async steps(name: string, count: number): Promise<number[]> {
    this.process.stdin!.write(`${name} ${count}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error('PyTorch ended unexpectedly');
    return JSON.parse(value) as number[];
  }

  stop(): void {
    this.reader.close();
    this.process.stdin!.end();
  }
}
