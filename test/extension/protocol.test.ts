import { expect, test } from 'vitest';
import { packSteps, unpackSteps } from '../../extension/panel/protocol';
import { step, steps } from './syntheticRun';

test('packed steps come back as they were', () => {
  const records = steps(90);
  records[3].sharpness = 38.5;
  records[4].lossScale = 1024;
  records[7].clipped = true;
  for (const i of [1, 2, 5]) delete records[i].parameters;
  for (const i of [0, 88]) delete records[i].activations;
  for (const i of [0, 50]) records[i].histograms = Float32Array.from({ length: 800 }, (_, j) => (i + j) / 1000);
  expect(unpackSteps(structuredClone(packSteps(records)))).toEqual(records);
});

test('a loss that is no number stays none', () => {
  const record = { ...step(1), loss: NaN, gradientNorm: Infinity };
  expect(unpackSteps(packSteps([record]))[0]).toMatchObject({ loss: NaN, gradientNorm: Infinity });
});

test('no steps', () => expect(unpackSteps(packSteps([]))).toEqual([]));
