import { describe, expect, it } from 'vitest';
import { previewOf } from '../../extension/editor/scheduleCurve';

const run = { learningRate: 0.1, epochs: 5, stepsPerEpoch: 100 };

describe('the preview of a schedule', () => {
  it('goes from the first to the last step', () => {
    const { series, steps, warmupSteps } = previewOf({ type: 'cosine', warmupSteps: 50, minimum: 0.01 }, run)!;
    expect([steps, warmupSteps, series.length]).toEqual([500, 50, 150]);
    expect(series[0]).toBeCloseTo(0.1 / 50, 12);
    expect(Math.max(...series)).toBeCloseTo(0.1, 3);
    expect(series.at(-1)).toBeCloseTo(0.01, 4);
  });
  it('has every step of a short run', () => expect(previewOf({ type: 'step', stepSize: 1, gamma: 0.5 }, { ...run, epochs: 1, stepsPerEpoch: 4 })!.series).toEqual([0.1, 0.05, 0.025, 0.0125]));
  it('of a run of one step', () => expect(previewOf({ type: 'linear' }, { ...run, epochs: 1, stepsPerEpoch: 1 })!.series).toEqual([0.1]));
  it.each([undefined, {}, { type: 'cosin' }, { type: 'step' }, 'cosine', { type: 'cosine', warmupSteps: -1 }])('there is none of what is no schedule yet: %j', (schedule) => expect(previewOf(schedule, run)).toBeUndefined());
});
