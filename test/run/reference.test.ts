import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { describe, expect, it } from 'vitest';
import { parseRunFile } from '../../engine/run/config';
import { optionReference, runFileJsonSchema } from '../../engine/run/reference';
import { root } from '../shared';
import { changed, good } from './runFile';
import { parse } from 'jsonc-parser';

const onDisk = (name: string): string => readFileSync(path.join(root, name), 'utf8');
const hint = 'is out of date: run node scripts/generate.mjs';

it('the schema file is up to date', () => expect(onDisk('schemas/train.schema.json') === `${JSON.stringify(runFileJsonSchema(), null, 2)}\n`, `schemas/train.schema.json ${hint}`).toBe(true));
it('the option reference is up to date', () => expect(onDisk('docs/run-file.md') === optionReference(), `docs/run-file.md ${hint}`).toBe(true));

describe('the editor and the engine agree', () => {
  const validate = new Ajv({ strict: false, logger: false }).compile(runFileJsonSchema());
  const accepted = (text: string): boolean => {
    try {
      parseRunFile(text, 'x');
      return true;
    } catch {
      return false;
    }
  };
  it.each<[string, unknown]>([
    ['epochs', 3], ['epochs', 0], ['epochs', 1.5], ['optimizer', undefined], ['optimizer', { type: 'sgd' }], ['optimizer', {}], ['optimizer.momentum', 1], ['optimizer.beta2', 1],
    ['schedule', { type: 'step', stepSize: 3 }], ['schedule', { type: 'step' }], ['clip', { globalNorm: 1 }], ['clip', { norm: 1 }], ['loss', 'mse'], ['loss', 'none'], ['loss', { type: 'huber' }],
    ['model.layers.0', 'relu'], ['model.layers.0', 'dense'], ['model.layers.0', { residual: ['relu', { residual: [{ dense: 3 }] }] }], ['model.layers.0', { residual: ['relu', { residual: [{ dense: 0 }] }] }],
    ['model.layers', []], ['model', { onnx: 'x', freeze: ['a.*'] }], ['model', { onnx: 'x', freezes: [] }], ['data.validation', 0.2], ['data.validation', 2], ['data.transforms', [{ standardize: {} }]],
    ['data.transforms', [{ standardize: { by: 1 } }]], ['diagnose', { rules: { overfitting: 'off' } }], ['diagnose', { rules: { overfitting: 3 } }], ['earlyStop', { patience: 3 }], ['earlyStop', { monitor: 'loss' }], ['x', 1],
  ])('%s = %j', (key, value) => {
    const text = changed(key, value);
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(accepted(text));
  });
  it('on the file itself', () => expect([validate(parse(good)), accepted(good)]).toEqual([true, true]));
});

it('describes every key', () => {
  const missing: string[] = [];
  const visit = (schema: any, at: string): void => {
    for (const [key, property] of Object.entries<any>(schema.properties ?? {})) {
      // A constant, or a choice of them, tells the branches of a union apart; their descriptions speak for it.
      const options = property.anyOf?.map(({ const: word }: any) => word) ?? [property.const];
      if (!property.markdownDescription && options.includes(undefined)) missing.push(`${at}.${key}`);
      visit(property, `${at}.${key}`);
    }
    for (const part of [...(schema.anyOf ?? []), ...(schema.items && !Array.isArray(schema.items) ? [schema.items] : [])]) visit(part, at);
  };
  const schema = runFileJsonSchema() as any;
  visit(schema, '');
  visit(schema.definitions.Layer, 'layer');
  expect(missing).toEqual([]);
});

it('offers a snippet for every layer that fits the schema', () => {
  const { definitions } = runFileJsonSchema() as any;
  const bodies = definitions.Layer.defaultSnippets.map(({ body }: { body: unknown }) =>
    JSON.parse(JSON.stringify(body).replace(/"\^\$\{\d+:([^}]*)\}"/g, '$1')));
  for (const body of bodies) {
    const text = changed('model.layers.0', JSON.stringify(body) === '{"residual":[]}' ? { residual: ['relu'] } : body);
    expect(() => parseRunFile(text, 'x')).not.toThrow();
  }
  expect(bodies.length).toBeGreaterThan(20);
});
