import { describe, expect, it } from 'vitest';
import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Evidence, Points } from '../../engine/diagnosis/finding';
import { withPoints } from '../../engine/diagnosis/points';
import { RecordView } from '../../engine/diagnosis/view';
import { buildRecord } from './builder';
import { cases } from './cases';

const exceeds = ({ threshold, comparison }: Evidence, value: number): boolean => (comparison === 'above' ? value > threshold : value < threshold);
const valuesIn = ({ step, value }: Points, first: number, last: number): number[] => value.filter((v, i): v is number => v !== null && step[i] >= first && step[i] <= last);

describe('every evidence can be drawn against its threshold', () => {
  for (const [name, [spec]] of Object.entries(cases)) {
    it(name, () => {
      for (const { rule, step, lastStep, evidence } of diagnose(buildRecord(spec)).filter((finding) => finding.step > 0)) {
        for (const each of evidence) {
          const { points } = each;
          // A loss that never was a number has no curve.
          if (!points) expect({ rule, step }).toEqual({ rule: 'non-finite', step: 1 });
          else if (points.shows === undefined) expect({ rule, label: each.label, broken: valuesIn(points, step, lastStep).some((value) => exceeds(each, value)) }).toEqual({ rule, label: each.label, broken: true });
          else expect(rule).toBe('non-finite');
        }
      }
    });
  }
});

describe('points', () => {
  const { header, steps } = buildRecord({ steps: 5000, totalSteps: 5000 });
  const view = new RecordView({ header, steps });
  const evidence = { label: 'x', value: 1, threshold: 0.5, comparison: 'above' as const };
  const draw = (value: (step: number) => number, fault: { step: number; lastStep: number }): Points =>
    withPoints(view, { ...evidence, curve: { at: steps, value: (i) => value(steps[i].step) } }, fault).points!;

  it('show the fault, its own length before it and half of it after it', () => {
    const { step } = draw((s) => s, { step: 1000, lastStep: 1100 });
    expect([step[0], step.at(-1)]).toEqual([900, 1150]);
  });
  it('are few however long the fault, and keep every peak of a thinned stretch', () => {
    const { step, value } = draw((s) => (s === 403 ? 9 : s === 405 ? -9 : Math.sin(s)), { step: 300, lastStep: 500 });
    expect(step.length).toBeLessThanOrEqual(160);
    expect([Math.max(...value as number[]), Math.min(...value as number[])]).toEqual([9, -9]);
    expect(draw((s) => s, { step: 1, lastStep: 5000 }).step.length).toBeLessThanOrEqual(160);
    expect(step).toEqual([...step].sort((a, b) => a - b));
  });
  it('have no number where there is none', () => {
    expect(draw((s) => (s >= 50 ? NaN : s), { step: 40, lastStep: 50 }).value.slice(-10)).toEqual(Array.from({ length: 10 }, () => null));
  });
  it('are left out where nothing was measured', () => {
    expect(withPoints(view, { ...evidence, series: { of: 'parameter', name: 'nowhere', quantity: 'rms' } }, { step: 1, lastStep: 9 })).toEqual({ ...evidence, series: { of: 'parameter', name: 'nowhere', quantity: 'rms' } });
    expect(withPoints(view, { ...evidence, series: { of: 'step', quantity: 'sharpness' } }, { step: 1, lastStep: 9 }).points).toBeUndefined();
  });
  it('say so where they are another quantity than the evidence', () => {
    const loss = (value: number) => withPoints(view, { ...evidence, value, series: { of: 'step', quantity: 'loss' } }, { step: 1, lastStep: 9 }).points!.shows;
    expect([loss(steps[4].loss), loss(1e6)]).toEqual([undefined, 'loss']);
  });
});
