import { describe, expect, it } from 'vitest';
import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Edit } from '../../engine/diagnosis/finding';
import { parseRunFile } from '../../engine/run/config';
import { applyEdits } from '../../engine/run/edit';
import { buildRecord } from './builder';
import { cases } from './cases';

const valueAt = (config: unknown, path: string): unknown => path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], config);

const listLength = (config: unknown, edits: Edit[]): number =>
  edits.filter(({ kind }) => kind === 'insert').length - edits.filter(({ path, value }) => path.startsWith('model.layers') && value === undefined).length + (valueAt(config, 'model.layers') as unknown[]).length;

describe('every remedy gives a valid run file that holds its values', () => {
  for (const [name, [spec]] of Object.entries(cases)) {
    const record = buildRecord(spec);
    const text = JSON.stringify(record.header.config, undefined, 2);
    for (const { id, remedies } of diagnose(record)) {
      for (const { title, edits } of remedies) {
        it(`${name}, ${id}: ${title}`, () => {
          const before = parseRunFile(text, 'run.train.json').config;
          const after = parseRunFile(applyEdits(text, edits), 'run.train.json').config;
          expect(after).not.toEqual(before);
          expect((valueAt(after, 'model.layers') as unknown[]).length).toBe(listLength(before, edits));
          const [{ path, value, kind }] = edits;
          if (kind === 'insert' || edits.some((edit) => edit.value === undefined)) return;
          // Options that the remedy leaves open take their defaults.
          if (typeof value === 'object') expect(valueAt(after, path)).toMatchObject(value as object);
          else expect(valueAt(after, path)).toBe(value);
        });
      }
    }
  }
});

it('inserted normalisation stands before each activation', () => {
  const record = buildRecord(cases['deep sigmoid stack'][0]);
  const remedy = diagnose(record)[0].remedies.find(({ title }) => title.startsWith('Insert batchNorm'))!;
  const { config } = parseRunFile(applyEdits(JSON.stringify(record.header.config), remedy.edits), 'run.train.json');
  const kinds = (valueAt(config, 'model.layers') as unknown[]).map((layer) => (typeof layer === 'string' ? layer : Object.keys(layer as object)[0]));
  expect(kinds).toEqual([...Array(4).fill(['dense', 'batchNorm', 'sigmoid']).flat(), 'dense']);
});

it('a way around every layer holds it with its activation', () => {
  const record = buildRecord(cases['deep sigmoid stack'][0]);
  const remedy = diagnose(record)[0].remedies.find(({ title }) => title.startsWith('Lead around'))!;
  const { config } = parseRunFile(applyEdits(JSON.stringify(record.header.config), remedy.edits), 'run.train.json');
  const layers = valueAt(config, 'model.layers') as { residual?: unknown[] }[];
  expect(layers).toHaveLength(5);
  for (const { residual } of layers.slice(0, 4)) expect(residual).toEqual([{ dense: expect.anything() as unknown }, 'sigmoid']);
});

it('every fault has a remedy, unless other data is the only one', () => {
  for (const [spec, { severity, path }] of Object.values(cases)) {
    if (severity !== 'information' && path !== 'data.train') expect(diagnose(buildRecord(spec))[0].remedies.length).toBeGreaterThan(0);
  }
});
