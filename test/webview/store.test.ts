import { describe, expect, it } from 'vitest';
import { packSteps, type PackedSteps } from '../../extension/panel/protocol';
import { Random } from '../../engine/random';
import { activationValue, parameterQuantities, parameterValue, type StepRecord } from '../../engine/run/record';
import { kinds, records, view, type Kind } from '../../webview/dev/feeder';
import type { Measure } from '../../webview/data/quantities';
import { RunStore } from '../../webview/data/store';
import { readAt } from '../../webview/charts/points';

const store = (kind: Kind, steps: StepRecord[], parts = [steps.length]): RunStore => {
  const made = new RunStore(view(kind, 0, 'training'));
  let from = 0;
  for (const length of parts) {
    made.append(packSteps(steps.slice(from, from + length)));
    from += length;
  }
  return made;
};

const tables = (s: RunStore): unknown[] => [s.scalars, s.validation, s.parameters, s.activations].flatMap((bins) =>
  [bins.columns, bins.stride, ...[bins.first, bins.last].map((a) => Array.from(a.subarray(0, bins.columns))),
    ...[bins.low, bins.high, bins.broken].map((a) => Array.from(a.subarray(0, bins.columns * bins.rows)))]);

const gradient: Measure = { of: 'parameter', quantity: 'gradientNorm' };

describe('the store', () => {
  it.each(kinds)('holds the same after one message as after many (%s)', (kind) => {
    const steps = records(kind, 1, 900);
    const random = new Random(1, 'parts');
    const parts = Array.from({ length: 900 }, () => 1 + random.below(40));
    expect(tables(store(kind, steps, parts))).toEqual(tables(store(kind, steps)));
  });

  it('holds the loss scale of a run that has one', () => {
    const steps = records('healthy', 1, 60);
    expect(readAt(store('healthy', steps).scalar('lossScale'), 30)?.mean ?? NaN).toBeNaN();
    const scaled = store('healthy', steps.map((step) => ({ ...step, lossScale: step.step < 40 ? 65536 : 32768 })));
    expect([39, 40].map((at) => readAt(scaled.scalar('lossScale'), at)?.mean)).toEqual([65536, 32768]);
  });

  it('gives the exact values while there is room', () => {
    const steps = records('exploding', 1, 400);
    const s = store('exploding', steps);
    for (const at of [1, 5, 310, 400]) {
      const record = steps[at - 1];
      expect(readAt(s.scalar('loss'), at)?.mean).toBe(record.loss);
      expect(readAt(s.series(gradient, 2), at)?.high).toBe(parameterValue(record, 2, 'gradientNorm'));
    }
    expect(readAt(s.series({ of: 'activation', quantity: 'std' }, 3), 400)?.high).toBe(activationValue(steps[399], 3, 'std'));
  });

  it('derives the update ratio, std of the update over std of the weights', () => {
    const steps = records('healthy', 1, 30);
    const want = parameterValue(steps[29], 4, 'updateStd') / parameterValue(steps[29], 4, 'weightStd');
    // The quotient of two single-precision numbers, kept in single precision.
    expect(readAt(store('healthy', steps).series({ of: 'parameter', quantity: 'updateRatio' }, 4), 30)?.high).toBeCloseTo(want, 8);
  });

  it('says at which step a tensor became NaN, and does not take "no moment yet" for one', () => {
    const s = store('nan', records('nan', 1, 600));
    const { bins, row } = s.series(gradient, 9);
    expect(Array.from({ length: bins.columns }, (_, column) => bins.broken[column * bins.rows + row]).find((step) => step > 0)).toBe(541);
    expect(readAt(s.series({ of: 'parameter', quantity: 'momentCosine' }, 0), 1)).toBeUndefined();
    expect(readAt(s.scalar('loss'), 541)?.broken).toBe(541);
  });

  it('leaves out what the optimizer does not have', () => {
    const steps = records('healthy', 1, 20);
    const width = parameterQuantities.length;
    for (const { parameters } of steps) for (let p = 0; p < 10; p++) parameters!.set([0, 0], p * width + 5), parameters!.fill(NaN, p * width + 12, p * width + 15);
    const names = store('healthy', steps).available().map(({ quantity }) => quantity);
    expect(names).not.toEqual(expect.arrayContaining(['firstMomentNorm']));
    expect(names).not.toEqual(expect.arrayContaining(['secondMomentNorm']));
    expect(names).not.toEqual(expect.arrayContaining(['signalToNoise']));
    expect(names).toEqual(expect.arrayContaining(['gradientNorm', 'updateRatio', 'deadShare']));
  });

  it('replaces the tail when a run is resumed from before its end', () => {
    const s = store('healthy', records('healthy', 1, 100));
    s.append(packSteps(records('exploding', 51, 60)));
    expect(s.lastStep).toBe(60);
    expect(readAt(s.scalar('loss'), 55)?.mean).toBe(records('exploding', 55, 55)[0].loss);
  });

  it('judges the speed by the last messages', () => {
    // The feeder takes 9.1 ms a step.
    expect(store('healthy', records('healthy', 1, 200), [50, 50, 50, 50]).stepsPerSecond).toBeCloseTo(1 / 0.0091, 6);
  });

  it('takes 100,000 steps of 60 parameters', () => {
    const [count, parameters] = [100_000, 60];
    const numbers = (fill: (i: number) => number): Float64Array => Float64Array.from({ length: count }, (_, i) => fill(i));
    const none = numbers(() => NaN);
    const every = Int32Array.from({ length: count }, (_, i) => i);
    const values = new Float32Array(count * parameters * parameterQuantities.length);
    for (let i = 0; i < values.length; i++) values[i] = (i * 7919) % 1009;
    const steps: PackedSteps = {
      count, step: every.map((i) => i + 1), epoch: every, seconds: numbers((i) => i), learningRate: none, loss: numbers((i) => Math.sin(i)), metric: none, gradientNorm: none,
      clipped: new Uint8Array(count), sharpness: none, lossScale: none, validationLoss: none, validationMetric: none, scores: {}, parameterAt: every, parameters: values, activationAt: new Int32Array(0), activations: new Float32Array(0), histogramAt: new Int32Array(0), histograms: new Float32Array(0),
    };
    const run = view('healthy', 0, 'training');
    run.header.parameters = Array.from({ length: parameters }, (_, i) => ({ name: `p${i}`, dims: [2, 2], layer: `l${i}`, depth: i }));
    run.header.activations = [];
    const s = new RunStore(run);
    s.append(steps);
    expect(s.parameters.columns).toBeLessThanOrEqual(1000);
    expect(s.scalars.columns).toBeLessThanOrEqual(2000);
  });
});
