import { describe, expect, it } from 'vitest';
import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Finding } from '../../engine/diagnosis/finding';
import { type Expected, expectedOf, readExpected } from './expected';
import { judge } from './judge';
import { readRecords } from './stored';
import { isHealthy } from './table';

const { records, unknown, bytes } = readRecords();

describe('the stored records', () => {
  it('are of the runs of the calibration as they are written', () => expect(unknown).toEqual([]));
  it('are of healthy and of faulty runs', () => {
    expect(records.filter(({ entry }) => isHealthy(entry)).length).toBeGreaterThan(30);
    expect(records.filter(({ entry }) => !isHealthy(entry)).length).toBeGreaterThan(80);
  });
  it('take less than 6 MB', () => expect(bytes).toBeLessThan(6e6));
});

describe('replayed, the rules find what the calibration found', () => {
  const found = expectedOf(records.map(({ entry, record }) => judge(entry, record)));
  const expected = readExpected();
  it.each(Object.entries(expected))('%s', (rule, { hits, falseAlarms }: Expected) => {
    expect(found[rule].hits).toBeGreaterThanOrEqual(hits);
    expect(found[rule].falseAlarms).toBeLessThanOrEqual(falseAlarms);
  });
  it('for every rule there is', () => expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort()));
});

/** Steps at which a living run is looked at: ever more rarely. */
function looks(length: number): number[] {
  const steps: number[] = [];
  for (let step = 10; step < length; step += Math.max(10, Math.ceil(step / 4))) steps.push(step);
  return steps;
}

describe('what is said of a living run is said of the whole record', () => {
  const said = ({ id, step }: Finding): string => `${id} from step ${step}`;
  it.each(records.filter((_, i) => i % 3 === 0).map(({ entry, record }) => [entry.name, record] as const))('%s', (_, { header, steps }) => {
    const live = new Set(looks(steps.length).flatMap((length) => diagnose({ header, steps: steps.slice(0, length) }).map(said)));
    expect(diagnose({ header, steps }).map(said)).toEqual(expect.arrayContaining([...live]));
  });
});
