import { learningRateAt } from '../../engine/optimizer/schedule';
import { scheduleSchema, type ScheduleConfig } from '../../engine/optimizer/schema';
import { check } from '../../engine/run/check';
import type { Schema } from '../../engine/run/schema';

/** Points of the curve: about one for every other pixel. */
const points = 150;

export interface Preview {
  /** Learning rates at evenly spread steps from the first to the last. */
  series: number[];
  steps: number;
  warmupSteps: number;
  type: ScheduleConfig['type'];
}

/** The course of a schedule over a run; undefined where the schedule is not (yet) a valid one. */
export function previewOf(schedule: unknown, { learningRate, epochs, stepsPerEpoch }: { learningRate: number; epochs: number; stepsPerEpoch: number }): Preview | undefined {
  let config: ScheduleConfig;
  try {
    config = check(scheduleSchema as unknown as Schema, schedule) as ScheduleConfig;
  } catch {
    return undefined;
  }
  const steps = epochs * stepsPerEpoch;
  const count = Math.min(points, steps);
  const series = Array.from({ length: count }, (_, i) =>
    learningRateAt(config, learningRate, { step: count > 1 ? Math.round((i * (steps - 1)) / (count - 1)) : 0, totalSteps: steps, stepsPerEpoch }));
  return { series, steps, warmupSteps: config.warmupSteps ?? 0, type: config.type };
}
