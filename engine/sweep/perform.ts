/** A sweep from what the user names to its table: the same for the terminal and the editor. */
import os from 'node:os';
import type { EngineClient } from '../host/client';
import type { EngineEvents } from '../host/protocol';
import { hasBegun, rowsOf } from './folder';
import { openSweep, type SweepRequest } from './open';
import { runSweep, share } from './sweep';
import { type SweepResult, sweepResult } from './table';

export interface PerformRequest extends SweepRequest {
  device?: string;
  /** Bytes that all runs together may hold; default: three quarters of the machine's memory. */
  memory?: number;
}

export interface PerformEvents {
  /** Before the first run, when one begins and after each that ended. */
  table(result: SweepResult): void;
  /** A run was ended by a fault that is none of the user's; the others go on. */
  failed?(number: number, message: string): void;
}

/** Opens or goes on with a sweep and makes what is left of it. `start` makes an engine. Throws an InputError for a user's mistake. */
export async function performSweep(request: PerformRequest, start: (events: Partial<EngineEvents>) => EngineClient, events: PerformEvents): Promise<SweepResult> {
  const { cores = os.availableParallelism(), memory = 0.75 * os.totalmem(), device, root } = request;
  const { folder, sweep } = openSweep(request);
  const lost = new Map<number, string>();
  const { status, failed } = await runSweep(folder, start, { parallel: share(sweep.config, cores).parallel, memory }, {
    rows: (rows, training) => events.table(sweepResult(folder, sweep, rows, { status: 'training', training, failed: lost })),
    failed({ number }, message) {
      lost.set(number, message);
      events.failed?.(number, message);
    },
  }, { device, root });
  return sweepResult(folder, sweep, rowsOf(folder, sweep), { status, failed, begun: hasBegun });
}
