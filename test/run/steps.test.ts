import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { readSteps, stepsFile, StepWriter } from '../../engine/run/steps';
import { columnsOf, currentRows } from '../../engine/run/stepTable';
import { parameterQuantities, type StepRecord } from '../../engine/run/record';
import { damage, refusedOr, sampleHeader, sampleSteps, temporaryFolder } from './storage';

function write(steps: StepRecord[], { parameters = 3, activations = 2, close = true, flushEvery = 0 } = {}): string {
  const folder = temporaryFolder();
  const writer = StepWriter.open(folder, sampleHeader(parameters, activations));
  steps.forEach((step, i) => {
    writer.append(step);
    if (flushEvery && i % flushEvery === flushEvery - 1) writer.flush();
  });
  if (close) writer.close();
  else writer.flush();
  return folder;
}

describe('round trip', () => {
  it.each([
    [0, 3, 2], [1, 3, 2], [63, 3, 2], [64, 3, 2], [65, 3, 2], [300, 1, 0], [200, 0, 0], [130, 0, 4], [70, 40, 12],
  ])('%i steps of %i parameters and %i activations', (count, parameters, activations) => {
    const steps = sampleSteps(count, parameters, activations, count);
    const folder = write(steps, { parameters, activations });
    expect(readSteps(stepsFile(folder))).toMatchObject({ steps, torn: false, ended: true });
  });

  it('is an Arrow stream that others read', () => {
    const steps = sampleSteps(150);
    const table = tableFromIPC(readFileSync(stepsFile(write(steps))));
    expect(table.numRows).toBe(150);
    expect(table.schema.fields.map(({ name }) => name)).toEqual([
      'step', 'epoch', 'seconds', 'learningRate', 'loss', 'metric', 'gradientNorm', 'clipped', 'validationLoss', 'validationMetric', 'sharpness', 'parameters', 'activations', 'histograms', 'origin', 'losses', 'scores', 'lossScale', 'checksum',
    ]);
    expect([...table.getChild('loss')!]).toEqual(steps.map(({ loss }) => loss));
    expect([...table.getChild('clipped')!]).toEqual(steps.map(({ clipped }) => clipped));
    expect([...table.getChild('sharpness')!]).toEqual(steps.map(({ sharpness }) => sharpness ?? null));
    expect([...table.getChild('parameters')!].map((value) => value && [...value])).toEqual(steps.map(({ parameters }) => (parameters ? [...parameters] : null)));
    expect([...table.getChild('histograms')!].map((value) => value && [...value])).toEqual(steps.map(({ histograms }) => (histograms ? [...histograms] : null)));
    expect(JSON.parse(table.schema.metadata.get('adamscope')!)).toMatchObject({ parameters: ['dense1.weight', 'dense2.weight', 'dense3.weight'], parameterQuantities });
  });

  it('is seen by a reader while the run lives, without the end of the stream', () => {
    const steps = sampleSteps(100);
    expect(readSteps(stepsFile(write(steps, { close: false })))).toMatchObject({ steps, torn: false, ended: false });
  });

  it('refuses a row of the wrong length', () => {
    const writer = StepWriter.open(temporaryFolder(), sampleHeader());
    writer.append({ ...sampleSteps(1)[0], parameters: new Float32Array(5) });
    expect(() => writer.flush()).toThrow('step 1 has 5 values of parameters, 51 expected');
  });
});

describe('histograms', () => {
  const size = (steps: StepRecord[]): number => statSync(stepsFile(write(steps))).size;

  it('take no room in the steps that have none', () => {
    const steps = sampleSteps(640);
    const without = steps.map(({ histograms: _, ...step }) => step);
    // 64 records of 3 parameters x 2 quantities x 50 bins x 4 bytes, and the padding of ten batches.
    expect(size(steps) - size(without)).toBeGreaterThanOrEqual(64 * 1200);
    expect(size(steps) - size(without)).toBeLessThan(64 * 1200 + 10 * 64);
  });

  describe('a file from before there were any', () => {
    // Written by version 0.1.0 before histograms and gradientCosine: 20 steps of 1 parameter and 1 activation.
    const old = path.join(import.meta.dirname, 'steps-without-histograms.arrow');
    const steps = sampleSteps(20, 1, 1, 5, 16).map(({ histograms: _, parameters, ...step }) => ({ ...step, ...(parameters && { parameters: Float32Array.of(...parameters, NaN) }) }));

    it('is read; what was not measured then is NaN', () => expect(readSteps(old)).toMatchObject({ steps, torn: false, ended: true }));

    it('is gone on with', () => {
      const folder = temporaryFolder();
      copyFileSync(old, stepsFile(folder));
      const writer = StepWriter.open(folder, sampleHeader(1, 1), { keepSteps: 15 });
      const more = sampleSteps(25, 1, 1, 6).slice(15);
      more.forEach((step) => writer.append(step));
      writer.close();
      expect(more.some(({ histograms }) => histograms)).toBe(true);
      expect(readSteps(stepsFile(folder)).steps).toEqual([...steps.slice(0, 15), ...more]);
    });
  });
});

it('quantities of another version are arranged by name', () => {
  const columns = columnsOf(sampleHeader(2, 1));
  const [first, second, ...others] = parameterQuantities;
  const arranged = currentRows({ ...columns, parameterQuantities: [second, 'of a later version', first] });
  const record = { ...sampleSteps(1)[0], parameters: Float32Array.of(2, 99, 1, 4, 99, 3), activations: undefined };
  const absent = others.map(() => NaN);
  expect(arranged(record).parameters).toEqual(Float32Array.of(1, 2, ...absent, 3, 4, ...absent));
  expect(currentRows(columns)(record).parameters).toBe(record.parameters);
});

describe('resume', () => {
  it.each([[0], [1], [64], [100], [500]])('keeps the rows up to step %i and goes on', (keepSteps) => {
    const steps = sampleSteps(150);
    const folder = write(steps);
    const writer = StepWriter.open(folder, sampleHeader(), { keepSteps });
    const more = sampleSteps(90, 3, 2, 7).map((step) => ({ ...step, step: step.step + keepSteps }));
    more.forEach((step) => writer.append(step));
    writer.close();
    expect(readSteps(stepsFile(folder)).steps).toEqual([...steps.filter(({ step }) => step <= keepSteps), ...more]);
    expect(tableFromIPC(readFileSync(stepsFile(folder))).numRows).toBe(Math.min(keepSteps, 150) + 90);
  });

  it('gives the same bytes as a run that was not interrupted', () => {
    const steps = sampleSteps(128);
    const whole = write(steps);
    const folder = write(steps.slice(0, 100), { close: false });
    const writer = StepWriter.open(folder, sampleHeader(), { keepSteps: 64 });
    steps.slice(64).forEach((step) => writer.append(step));
    writer.close();
    expect(readFileSync(stepsFile(folder)).equals(readFileSync(stepsFile(whole)))).toBe(true);
  });

  it('refuses the steps of another model', () => {
    const folder = write(sampleSteps(10));
    expect(() => StepWriter.open(folder, sampleHeader(4), { keepSteps: 5 })).toThrow('the steps are those of a model with other parameters or layers');
  });
});

describe('damage', () => {
  const size = { parameters: 1, activations: 1 };
  const steps = sampleSteps(100, 1, 1);
  /** Far faster than toEqual for thousands of damaged files. */
  const prefix = (read: StepRecord[]): boolean => isDeepStrictEqual(read, steps.slice(0, read.length));

  it('cut anywhere: the whole messages before the cut are read, a cut schema is refused', () => {
    const file = stepsFile(write(steps, { ...size, flushEvery: 9 }));
    const bytes = readFileSync(file);
    const counts = new Set<number>();
    let refused = 0;
    for (let at = 0; at < bytes.length; at += at > bytes.length - 700 ? 1 : 101) {
      writeFileSync(file, bytes.subarray(0, at));
      const outcome = refusedOr(file, () => readSteps(file), (read) => {
        expect(prefix(read.steps)).toBe(true);
        expect(read.ended).toBe(false);
        counts.add(read.steps.length);
      });
      if (outcome === 'refused') refused = at;
    }
    expect([...counts]).toEqual([0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99, 100]);
    // Only the schema, which is written atomically, cannot be torn.
    expect(refused).toBeLessThan(readFileSync(stepsFile(write([], { ...size, close: false }))).length);
  });

  it.each([[9, 99], [0, 64]])('one bit flipped: refused, or the same, or the last message torn off (flushed every %i)', (flushEvery, whole) => {
    const file = stepsFile(write(steps, { ...size, flushEvery }));
    const outcome = { refused: 0, same: 0, torn: 0 };
    damage(file, flushEvery ? 61 : 29, (kind) => {
      if (kind === 'cut') return;
      const result = refusedOr(file, () => readSteps(file), (read) => {
        expect(prefix(read.steps)).toBe(true);
        expect(read.steps.length).toBe(read.torn ? whole : steps.length);
        outcome[read.torn ? 'torn' : 'same']++;
      });
      if (result === 'refused') outcome.refused++;
    });
    expect(outcome.refused).toBeGreaterThan(outcome.same);
  });
});

it('appends 100,000 steps and reads them back', () => {
  const folder = temporaryFolder();
  const writer = StepWriter.open(folder, sampleHeader(4, 2));
  const [template] = sampleSteps(1, 4, 2, 3);
  for (let step = 1; step <= 100_000; step++) writer.append({ ...template, step });
  writer.close();
  const { steps } = readSteps(stepsFile(folder));
  expect(steps).toHaveLength(100_000);
  expect(steps.at(-1)!.step).toBe(100_000);
});
