import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { parseRunFile } from '../../engine/run/config';
import { runFileJsonSchema } from '../../engine/run/reference';
import { sweepFileJsonSchema } from '../../engine/sweep/editorSchema';
import { parseSweepFile } from '../../engine/sweep/schema';
import { changed } from '../run/runFile';
import { root } from '../shared';

it('the schema file is up to date', () => expect(readFileSync(path.join(root, 'schemas/sweep.schema.json'), 'utf8') === `${JSON.stringify(sweepFileJsonSchema(), null, 2)}\n`, 'schemas/sweep.schema.json is out of date: run node scripts/generate.mjs').toBe(true));

describe('the editor and the engine agree', () => {
  // As the two files lie beside each other: the sweep file's schema refers to the run file's by a relative path.
  const validate = new Ajv({ strict: false, logger: false }).addSchema(runFileJsonSchema(), 'file:///schemas/train.schema.json').compile({ $id: 'file:///schemas/sweep.schema.json', ...sweepFileJsonSchema() });
  const good = { runFile: 'a.train.json', parameters: { 'optimizer.learningRate': [1, 2], 'model.layers.0.dense': { type: 'integer', min: 1, max: 3 } } };
  it.each<[object, boolean]>([
    [good, true], [{ ...good, metric: 'f1Macro', parallel: 2, set: { epochs: 3 } }, true], [{ ...good, search: { type: 'random', runs: 3 } }, true],
    [{ ...good, search: { type: 'random' } }, false], [{ ...good, metric: 'best' }, false], [{ ...good, parameters: { epochs: [] } }, false], [{ ...good, parameters: { epochs: 3 } }, false],
    [{ ...good, parameters: { seed: { type: 'logUniform', min: 0, max: 1 } } }, false], [{ ...good, parallel: 0 }, false], [{ parameters: {} }, false], [{ ...good, x: 1 }, false],
  ])('%j: %s', (config, allowed) => {
    const text = JSON.stringify(config);
    expect(validate(config), JSON.stringify(validate.errors)).toBe(allowed);
    if (allowed) parseSweepFile(text, 'x');
    else expect(() => parseSweepFile(text, 'x')).toThrow();
  });

  /** The run file with the key set, for what the editor says of a value must be what the engine says of every run that has it. */
  const accepted = (key: string, value: unknown): boolean => {
    try {
      parseRunFile(changed(key, value), 'x');
      return true;
    } catch {
      return false;
    }
  };
  it.each<[string, unknown, unknown]>([
    ['optimizer', { type: 'lion' }, { type: 'lionn' }], ['optimizer', { type: 'sgd', momentum: 0.9 }, { type: 'sgd', beta1: 0.9 }], ['optimizer.type', 'adamw', 'adamm'], ['optimizer.learningRate', 0.1, -1],
    ['optimizer.beta1', 0.5, 'high'], ['schedule', { type: 'step', stepSize: 3 }, { type: 'step' }], ['loss', 'mse', 'none'], ['loss', { type: 'huber', delta: 2 }, { type: 'huber', delta: -2 }], ['batchSize', 32, 0],
    ['epochs', 3, 1.5], ['clip.globalNorm', 1, '1'], ['diagnose.level', 'light', 'loud'], ['diagnose.rules.overfitting', 'off', 'quiet'], ['earlyStop', { patience: 3 }, { patients: 3 }],
  ])('values of %s: %j, not %j', (key, right, wrong) => {
    expect([accepted(key, right), accepted(key, wrong)]).toEqual([true, false]);
    const forms: ((value: unknown) => object)[] = [
      (value) => ({ ...good, parameters: { [key]: [right, value] } }),
      (value) => ({ ...good, parameters: { [key]: { type: 'choice', values: [value] } } }),
      (value) => ({ ...good, set: { [key]: value } }),
    ];
    for (const form of forms) expect([validate(form(right)), validate(form(wrong))], JSON.stringify(form(wrong))).toEqual([true, false]);
  });
  it('says what a key means, not what the first branch of a union does', () => {
    const { properties } = sweepFileJsonSchema() as { properties: { parameters: { properties: Record<string, { description?: string }> } } };
    const { properties: ofRun } = runFileJsonSchema() as { properties: Record<string, { description?: string }> };
    expect(properties.parameters.properties['optimizer.type'].description).toBe(ofRun.optimizer.description);
  });
  it('on the sample', () => {
    const text = readFileSync(path.join(root, 'samples/digits/optimizers.sweep.json'), 'utf8');
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(parseSweepFile(text, 'x').parameters.optimizer).toHaveLength(5);
  });
  it('completes the keys of the run file', () => {
    const { properties } = sweepFileJsonSchema() as { properties: { parameters: { properties: Record<string, { description?: string }> } } };
    for (const key of ['optimizer.learningRate', 'optimizer.type', 'batchSize', 'schedule.warmupSteps', 'clip.globalNorm', 'loss.labelSmoothing']) expect(properties.parameters.properties[key], key).toBeDefined();
  });
});
