import type { ScheduleConfig } from './schema';

/**
 * The learning rate of an update. `step` is the 0-based index of the update, `totalSteps` the number of updates in the run.
 *
 * With n = warmupSteps, s = step - n and T = totalSteps - n:
 * - warm-up (step < n): base (step + 1) / n, so that no update is wasted on a rate of 0 and update n - 1 has the full rate;
 * - constant: base;
 * - step: base gamma^floor(s / stepSize);
 * - inverseTime: base / (1 + rate s);
 * - cosine: minimum + (base - minimum) (1 + cos(pi s / T)) / 2 (Loshchilov & Hutter 2017, without restarts); `minimum` after the end.
 */
export function learningRateAt(schedule: ScheduleConfig | undefined, base: number, step: number, totalSteps: number): number {
  if (!schedule) return base;
  const warmupSteps = schedule.warmupSteps ?? 0;
  if (step < warmupSteps) return (base * (step + 1)) / warmupSteps;
  const s = step - warmupSteps;
  switch (schedule.type) {
    case 'constant':
      return base;
    case 'step':
      return base * (schedule.gamma ?? 0.1) ** Math.floor(s / schedule.stepSize);
    case 'inverseTime':
      return base / (1 + schedule.rate * s);
    case 'cosine': {
      const minimum = schedule.minimum ?? 0;
      const progress = Math.min(1, s / Math.max(1, totalSteps - warmupSteps));
      return minimum + ((base - minimum) * (1 + Math.cos(Math.PI * progress))) / 2;
    }
  }
}
