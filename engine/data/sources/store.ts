import { randomBytes } from 'node:crypto';
import { openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InputError } from '../../errors';
import type { Source } from './source';

/** Values written to the disk at once. */
const piece = 1 << 17;

/** Rows of float64 values as they come: in memory, or once they take more than `memory` bytes, in a temporary file that goes when the process ends. */
export class Store {
  private values = new Float64Array(1024);
  private used = 0;
  private descriptor?: number;
  private written = 0;

  /** `name`: what errors call the rows. */
  constructor(private readonly memory: number, private readonly name: string) {}

  add(row: Float64Array): void {
    if (this.used + row.length > this.values.length) this.makeRoom(row.length);
    this.values.set(row, this.used);
    this.used += row.length;
  }

  finish(width: number): Source {
    if (this.descriptor === undefined) return { kind: 'memory', data: this.values.subarray(0, this.used), width };
    this.write();
    return { kind: 'file', name: this.name, descriptor: this.descriptor, start: 0, rows: this.written / 8 / width, type: 'float64', width };
  }

  private makeRoom(width: number): void {
    const wanted = Math.max(this.values.length * 2, this.used + width);
    if (this.descriptor === undefined && wanted * 8 > this.memory) {
      const file = path.join(tmpdir(), `adamscope-${process.pid}-${randomBytes(4).toString('hex')}.rows`);
      this.descriptor = openSync(file, 'wx+', 0o600);
      // Without a name the file goes with its last descriptor, however the process ends.
      rmSync(file);
    }
    if (this.descriptor !== undefined) {
      this.write();
      if (this.values.length >= Math.max(piece, width)) return;
    }
    const grown = new Float64Array(this.descriptor === undefined ? wanted : Math.max(piece, width));
    grown.set(this.values.subarray(0, this.used));
    this.values = grown;
  }

  private write(): void {
    const bytes = new Uint8Array(this.values.buffer, 0, this.used * 8);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.descriptor!, bytes, done, bytes.length - done, this.written + done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new InputError(`is too large for memory, and ${tmpdir()} cannot take it (${code}); set TMPDIR to a folder with more room.`, { file: this.name });
    }
    this.written += bytes.length;
    this.used = 0;
  }
}
