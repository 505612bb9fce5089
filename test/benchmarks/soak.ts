import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEngine } from '../../engine/host/client';

export interface Soak {
  steps: number;
  earlyStep: number;
  /** Megabytes resident: early on, at the last steps, and after the whole record was read back from disk for the final diagnosis. */
  early: number;
  late: number;
  end: number;
}

const steps = 20_000;
const earlyStep = 2_000;

/** Trains a small model for many steps in a process of its own and reads that process's resident memory. Linux only: NaN elsewhere. */
export async function soak(root: string): Promise<Soak> {
  const folder = mkdtempSync(path.join(tmpdir(), 'adamscope-soak-'));
  const runFile = path.join(folder, 'soak.train.json');
  writeFileSync(runFile, JSON.stringify({
    model: { layers: [{ dense: 64 }, 'relu', { dense: 64 }, 'relu', { dense: 1 }] },
    data: { train: { simulated: 'linear', samples: 3200, features: 16, noise: 0.1 } },
    loss: 'mse',
    epochs: steps / 100,
  }));
  let early = NaN;
  let late = NaN;
  const engine = startEngine({
    script: path.join(root, 'dist/engine.js'),
    events: {
      log: () => {},
      event(event) {
        if (event.type !== 'steps') return;
        late = resident(engine.process.pid!);
        if (Number.isNaN(early) && event.steps.at(-1)!.step >= earlyStep) early = late;
      },
    },
  });
  try {
    await engine.functions.train({ runFile });
    return { steps, earlyStep, early, late, end: resident(engine.process.pid!) };
  } finally {
    await engine.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

function resident(pid: number): number {
  if (process.platform !== 'linux') return NaN;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}
