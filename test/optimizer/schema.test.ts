import { describe, expect, it } from 'vitest';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { clipSchema, optimizerSchema, scheduleSchema } from '../../engine/optimizer/schema';

interface JsonSchema {
  description?: string;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
}

/** Paths of the keys without a hover text. */
function silent(schema: JsonSchema, path: string): string[] {
  const children = [
    ...(schema.anyOf ?? []).map((child, i) => [child, `${path}|${i}`] as const),
    ...Object.entries(schema.properties ?? {}).map(([key, child]) => [child, `${path}.${key}`] as const),
  ];
  const own = Object.entries(schema.properties ?? {}).filter(([, child]) => !child.description).map(([key]) => `${path}.${key}`);
  return [...own, ...children.flatMap(([child, at]) => silent(child, at))];
}

it.each([['optimizer', optimizerSchema], ['schedule', scheduleSchema], ['clip', clipSchema]])('every key of %s has a description', (name, schema) =>
  expect(silent(schema as JsonSchema, name)).toEqual([]));

describe('accepted', () => {
  it.each<[TSchema, unknown, boolean]>([
    [optimizerSchema, { type: 'adam' }, true],
    [optimizerSchema, { type: 'adam', learningRate: 0 }, true],
    [optimizerSchema, { type: 'adam', learningRate: -1e-3 }, false],
    [optimizerSchema, { type: 'adam', beta1: 1 }, false],
    [optimizerSchema, { type: 'adam', momentum: 0.9 }, false],
    [optimizerSchema, { type: 'sgd', momentum: 0.9, nesterov: true, dampening: -0.5 }, true],
    [optimizerSchema, { type: 'rmsprop', alpha: 1.5 }, false],
    [optimizerSchema, { type: 'adagrad', initialAccumulatorValue: 0.1 }, true],
    [optimizerSchema, { learningRate: 0.1 }, false],
    [scheduleSchema, { type: 'step', stepSize: 0 }, false],
    [scheduleSchema, { type: 'step' }, false],
    [scheduleSchema, { type: 'cosine', warmupSteps: 1.5 }, false],
    [scheduleSchema, { type: 'cosine', warmupSteps: 100, minimum: 1e-5 }, true],
    [clipSchema, {}, true],
    [clipSchema, { globalNorm: 0 }, false],
    [clipSchema, { globalNorm: 1, value: 0.5 }, true],
  ])('%# %j: %j', (schema, value, valid) => expect(Value.Check(schema, value)).toBe(valid));
});
