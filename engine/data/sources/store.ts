import { randomBytes } from 'node:crypto';
import { openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InputError } from '../../errors';
import { fileTypes } from './fileTypes';
import type { Source } from './source';

/** Values written to the disk at once. */
const piece = 1 << 17;

/** Rows of values as they come: in memory, or once they take more than `memory` bytes, in a temporary file that goes when the process ends. */
export class Store {
  private values: Float64Array | Int32Array;
  private used = 0;
  private descriptor?: number;
  private written = 0;

  /** `name`: what errors call the rows. */
  constructor(private readonly memory: number, private readonly name: string, private readonly type: 'float64' | 'int32' = 'float64') {
    this.values = new fileTypes[type].array(1024);
  }

  add(row: Float64Array | Int32Array): void {
    if (this.used + row.length > this.values.length) this.makeRoom(row.length);
    this.values.set(row, this.used);
    this.used += row.length;
  }

  finish(width: number): Source {
    if (this.descriptor === undefined) return { kind: 'memory', data: this.values.subarray(0, this.used), width };
    this.write();
    return { kind: 'file', name: this.name, descriptor: this.descriptor, start: 0, rows: this.written / this.values.BYTES_PER_ELEMENT / width, type: this.type, width };
  }

  private makeRoom(width: number): void {
    const wanted = Math.max(this.values.length * 2, this.used + width);
    if (this.descriptor === undefined && wanted * this.values.BYTES_PER_ELEMENT > this.memory) {
      const file = path.join(tmpdir(), `adamscope-${process.pid}-${randomBytes(4).toString('hex')}.rows`);
      this.descriptor = openSync(file, 'wx+', 0o600);
      // Without a name the file goes with its last descriptor, however the process ends.
      rmSync(file);
    }
    if (this.descriptor !== undefined) {
      this.write();
      if (this.values.length >= Math.max(piece, width)) return;
    }
    const grown = new fileTypes[this.type].array(this.descriptor === undefined ? wanted : Math.max(piece, width));
    grown.set(this.values.subarray(0, this.used));
    this.values = grown;
  }

  private write(): void {
    const bytes = new Uint8Array(this.values.buffer, 0, this.used * this.values.BYTES_PER_ELEMENT);
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
