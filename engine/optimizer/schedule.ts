import type { TObject } from 'typebox';
import type { ScheduleConfig } from './schema';
import { schedules } from './schedules';

/** Where in a run an update is. */
export interface RunPosition {
  /** 0-based index of the update. */
  step: number;
  /** Updates in the run. */
  totalSteps: number;
  stepsPerEpoch: number;
  /** How often a plateau has reduced the learning rate before it. */
  reductions?: number;
}

/**
 * The learning rate of an update. In the warm-up (step < n) it is base (step + 1) / n, so that no update is wasted on a rate of 0 and update
 * n - 1 has the full rate; after it the schedule counts from 0.
 */
export function learningRateAt(schedule: ScheduleConfig | undefined, base: number, { step, totalSteps, stepsPerEpoch, reductions = 0 }: RunPosition): number {
  if (!schedule) return base;
  const { schema, learningRate } = schedules[schedule.type];
  const { warmupSteps = 0, interval = 'step' } = schedule;
  if (step < warmupSteps) return (base * (step + 1)) / warmupSteps;
  const unit = interval === 'epoch' ? stepsPerEpoch : 1;
  return learningRate({ ...defaultsOf(schema), ...schedule }, {
    base, reductions, warmupSteps,
    s: Math.floor((step - warmupSteps) / unit),
    total: Math.max(1, Math.ceil((totalSteps - warmupSteps) / unit)),
  });
}

const defaultsOf = ({ properties }: TObject): Record<string, unknown> =>
  Object.fromEntries(Object.entries(properties as Record<string, { default?: unknown }>).filter(([, property]) => property.default !== undefined).map(([key, property]) => [key, property.default]));

/** What ReduceLROnPlateau remembers from one epoch to the next. */
export interface Plateau {
  plateauBest: number;
  plateauStale: number;
  plateauRest: number;
  /** Reductions made so far. */
  reductions: number;
}

export const noPlateau: Readonly<Plateau> = { plateauBest: Infinity, plateauStale: 0, plateauRest: 0, reductions: 0 };

/** After an epoch whose monitored value (smaller is better) is `value`. */
export function afterEpoch(
  { plateauBest, plateauStale, plateauRest, reductions }: Plateau, value: number, { patience = 10, threshold = 1e-4, cooldown = 0 }: { patience?: number; threshold?: number; cooldown?: number },
): Plateau {
  const better = plateauBest === Infinity ? value < plateauBest : value < plateauBest - threshold * Math.abs(plateauBest);
  const resting = plateauRest > 0;
  const stale = better || resting ? 0 : plateauStale + 1;
  const reduced = stale > patience;
  return {
    plateauBest: better ? value : plateauBest,
    plateauStale: reduced ? 0 : stale,
    plateauRest: reduced ? cooldown : Math.max(0, plateauRest - 1),
    reductions: reductions + Number(reduced),
  };
}
