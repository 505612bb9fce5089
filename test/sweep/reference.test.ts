import { readFileSync } from 'node:fs';
import path from 'node:path';
import Ajv from 'ajv';
import { parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { sweepFileJsonSchema } from '../../engine/sweep/editorSchema';
import { parseSweepFile } from '../../engine/sweep/schema';
import { root } from '../shared';

it('the schema file is up to date', () => expect(readFileSync(path.join(root, 'schemas/sweep.schema.json'), 'utf8') === `${JSON.stringify(sweepFileJsonSchema(), null, 2)}\n`, 'schemas/sweep.schema.json is out of date: run node scripts/generate.mjs').toBe(true));

describe('the editor and the engine agree', () => {
  const validate = new Ajv({ strict: false, logger: false }).compile(sweepFileJsonSchema());
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
