import { expect, it } from 'vitest';
import { activationQuantities, activationValue, parameterQuantities, parameterValue } from '../../engine/run/record';
import { buildRecord } from '../diagnosis/builder';
import { isOutdated, pack, unpack } from './pack';

const record = buildRecord({
  steps: 45, validation: (epoch) => ({ loss: 1 / (epoch + 1), metric: 0.5 }), sharpness: (step) => (step % 20 === 0 ? step / 3 : undefined),
  loss: (step) => (step === 30 ? NaN : step === 31 ? Infinity : 2 / step), parameter: (step) => ({ nonFinite: step === 7 ? 3 : 0, rms: step === 9 ? NaN : 1.7 }),
});
const copy = unpack(pack(record));

it('keeps every number of a step to its digits', () => {
  expect(copy.steps.map(({ step, epoch, clipped }) => ({ step, epoch, clipped }))).toEqual(record.steps.map(({ step, epoch, clipped }) => ({ step, epoch, clipped })));
  const close = (a: number | undefined, b: number | undefined, error: number): void => {
    if (b === undefined || !Number.isFinite(b)) expect(a).toBe(b);
    else expect(Math.abs(a! - b)).toBeLessThanOrEqual(error * Math.abs(b));
  };
  record.steps.forEach((step, i) => {
    const { loss, learningRate, gradientNorm, validation, sharpness } = copy.steps[i];
    close(loss, step.loss, 2 ** -17);
    close(learningRate, step.learningRate, 2 ** -23);
    close(gradientNorm, step.gradientNorm, 2 ** -13);
    close(validation?.loss, step.validation?.loss, 2 ** -17);
    close(sharpness, step.sharpness, 2 ** -13);
  });
});

it('keeps every quantity of parameters and activations where it was measured', () => {
  record.steps.forEach((step, i) => {
    expect(copy.steps[i].activations !== undefined).toBe(step.activations !== undefined);
    record.header.parameters.forEach((_, row) => parameterQuantities.forEach((quantity) => {
      const value = parameterValue(step, row, quantity);
      const stored = parameterValue(copy.steps[i], row, quantity);
      if (Number.isFinite(value)) expect(Math.abs(stored - value)).toBeLessThanOrEqual(2 ** -7 * Math.abs(value));
      else expect(stored).toBe(value);
    }));
    if (step.activations) record.header.activations.forEach((_, row) => activationQuantities.forEach((quantity) =>
      expect(activationValue(copy.steps[i], row, quantity)).toBeCloseTo(activationValue(step, row, quantity), 1)));
  });
});

it('holds nothing of when and where it was made', () => {
  const other = { ...record, header: { ...record.header, startedAt: '2030-01-01T00:00:00Z', runFile: '/somewhere/else.train.json' }, steps: record.steps.map((step) => ({ ...step, seconds: 99 })) };
  expect(pack(other).equals(pack(record))).toBe(true);
});

it('is out of date only where something is measured since', () => expect(isOutdated(pack(record))).toBe(false));
