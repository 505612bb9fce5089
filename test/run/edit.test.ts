import { parse, type ParseError } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import type { Edit } from '../../engine/diagnosis/finding';
import { layers } from '../../engine/layers/table';
import { Random } from '../../engine/random';
import { applyEdits, parseSetArgument, pathRange } from '../../engine/run/edit';
import { bareValues } from '../../engine/run/shorthand';
import { good } from './runFile';

const apply = (text: string, path: string, value: unknown, kind?: Edit['kind']): string => applyEdits(text, [{ path, value, kind }]);

describe('applyEdits', () => {
  it.each<[name: string, text: string, path: string, value: unknown, expected: string, kind?: Edit['kind']]>([
    ['sets a value', '{"a": 1 /* one */}', 'a', 2, '{"a": 2 /* one */}'],
    ['sets a small number', '{"a": 1}', 'a', 3e-7, '{"a": 3e-7}'],
    ['adds a key on the line', '{ "o": { "t": "x" } }', 'o.lr', 0.1, '{ "o": { "t": "x", "lr": 0.1 } }'],
    ['adds a key on its own line', '{\n  "a": 1\n}\n', 'b', [1, 'x'], '{\n  "a": 1,\n  "b": [1, "x"]\n}\n'],
    ['keeps the comment of the last line', '{\n  "a": 1 // one\n}', 'b', 2, '{\n  "a": 1, // one\n  "b": 2\n}'],
    ['keeps a trailing comma', '{\n  "a": 1, // one\n}', 'b', 2, '{\n  "a": 1, // one\n  "b": 2,\n}'],
    ['keeps a comment above the brace', '{\n  "a": 1\n  // end\n}', 'b', 2, '{\n  "a": 1,\n  "b": 2\n  // end\n}'],
    ['keeps tabs and Windows line ends', '{\r\n\t"a": 1\r\n}', 'b', 2, '{\r\n\t"a": 1,\r\n\t"b": 2\r\n}'],
    ['fills an empty object', '{}', 'a', 1, '{ "a": 1 }'],
    ['fills an object that holds a comment', '{\n  // none yet\n}', 'a', 1, '{\n  // none yet\n  "a": 1\n}'],
    ['creates parents', '{\n  "a": 1\n}', 'clip.globalNorm', 1, '{\n  "a": 1,\n  "clip": { "globalNorm": 1 }\n}'],
    ['creates everything', '', 'a.b', 1, '{ "a": { "b": 1 } }'],
    ['inserts into a line', '["a", "b"]', '1', 'x', '["a", "x", "b"]', 'insert'],
    ['inserts at the start', '["a"]', '0', { b: 1 }, '[{ "b": 1 }, "a"]', 'insert'],
    ['inserts a line', '[\n  "a", // first\n  "b"\n]', '1', 'x', '[\n  "a", // first\n  "x",\n  "b"\n]', 'insert'],
    ['appends an element', '["a"]', '1', 'x', '["a", "x"]', 'insert'],
    ['appends to an empty list', '{"l": []}', 'l.0', 'x', '{"l": ["x"]}'],
    ['removes the only key', '{ "a": 1 }', 'a', undefined, '{ }'],
    ['removes the first of a line', '{ "a": 1, "b": 2 }', 'a', undefined, '{ "b": 2 }'],
    ['removes the last of a line', '{ "a": 1, "b": 2 }', 'b', undefined, '{ "a": 1 }'],
    ['removes a line with its comment', '{\n  "a": 1, // one\n  "b": 2 // two\n}', 'a', undefined, '{\n  "b": 2 // two\n}'],
    ['removes the last line and the comma before it', '{\n  "a": 1, // one\n  "b": 2 // two\n}', 'b', undefined, '{\n  "a": 1 // one\n}'],
    ['removes an element', '["a", "b", "c"]', '1', undefined, '["a", "c"]'],
    ['removes nothing that is not there', '{"a": 1}', 'b.c', undefined, '{"a": 1}'],
    ['writes out a type', '{"loss": "huber"}', 'loss.delta', 2, '{"loss": { "type": "huber", "delta": 2 }}'],
    ['writes out a layer', '{"layers": ["relu", {"dense": 10}]}', 'layers.1.dense.bias', false, '{"layers": ["relu", {"dense": { "units": 10, "bias": false }}]}'],
    ['writes out the name of a layer', '{"layers": ["relu"]}', 'layers.0.relu.name', 'r', '{"layers": [{ "relu": { "name": "r" } }]}'],
    ['sets the short form in the long one', '{"dropout": 0.5}', 'dropout.p', 0.1, '{"dropout": { "p": 0.1 }}'],
  ])('%s', (_, text, path, value, expected, kind) => expect(apply(text, path, value, kind)).toBe(expected));

  it('applies several, each to what the one before left', () =>
    expect(applyEdits('{}', [{ path: 'a', value: 1 }, { path: 'b.c', value: 2 }, { path: 'a', value: undefined }])).toBe('{ "b": { "c": 2 } }'));

  it.each<[string, string, unknown, string]>([
    ['{"a": [1]}', 'a.5', 1, 'a.5 does not exist: the list has 1 element'],
    ['{"a": 3}', 'a.b', 1, 'a.b cannot be set: a is 3'],
    ['{"a": 3}', '', undefined, 'the run file itself cannot be removed'],
  ])('refuses %s %s', (text, path, value, message) => expect(() => apply(text, path, value)).toThrow(message));

  it('gives what the same change of the value gives, whatever the layout', () => {
    for (let seed = 0; seed < 400; seed++) {
      const random = new Random(seed, 'edit');
      const value = randomValue(random, 3) as Record<string, unknown>;
      const text = written(value, random, '');
      const change = randomChange(value, random);
      const errors: ParseError[] = [];
      const edited = applyEdits(text, [change]);
      expect(parse(edited, errors, { allowTrailingComma: true }), `${text}\n${JSON.stringify(change)}\n${edited}`).toEqual(changeValue(value, change));
      expect(errors).toEqual([]);
    }
  });
});

type Json = Record<string, unknown> | unknown[];

const randomValue = (random: Random, depth: number): unknown => {
  if (depth < 3 && (depth === 0 || random.below(3) === 0)) return random.below(100);
  const children = Array.from({ length: random.below(4) }, () => randomValue(random, depth - 1));
  return depth < 3 && random.below(2) === 0 ? children : Object.fromEntries(children.map((child, i) => [`k${i}`, child]));
};

/** With line breaks, comments and trailing commas at random. */
function written(value: unknown, random: Random, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const list = Array.isArray(value);
  const lines = random.below(2) === 0;
  const inner = `${indent}  `;
  const entries = Object.entries(value).map(([key, child], i, all) => {
    const comma = i < all.length - 1 ? ',' : lines && random.below(3) === 0 ? ',' : '';
    const comment = lines ? ['', '', ' // note', ' /* note, */'][random.below(4)] : ['', ' /* n */'][random.below(2)];
    return `${lines ? `\n${inner}` : ' '}${list ? '' : `"${key}": `}${written(child, random, inner)}${comma}${comment}`;
  });
  return `${list ? '[' : '{'}${entries.join('')}${lines ? `\n${indent}` : ' '}${list ? ']' : '}'}`;
}

function randomChange(value: Json, random: Random): Edit {
  const path: string[] = [];
  let node: Json = value;
  for (;;) {
    const names = Object.keys(node);
    const name = names.length > 0 && random.below(4) > 0 ? names[random.below(names.length)] : Array.isArray(node) ? String(names.length) : 'new';
    path.push(name);
    const next = (node as Record<string, unknown>)[name];
    if (typeof next !== 'object' || next === null || random.below(3) === 0) break;
    node = next as Json;
  }
  const exists = Object.hasOwn(node, path.at(-1)!);
  const kind = Array.isArray(node) && exists && random.below(2) === 0 ? 'insert' : 'set';
  return { path: path.join('.'), value: kind === 'set' && random.below(3) === 0 ? undefined : { x: [random.below(9)] }, kind };
}

/** The same change made on the value. */
function changeValue(value: Json, { path, value: wanted, kind }: Edit): Json {
  const copy = structuredClone(value);
  const keys = path.split('.');
  const last = keys.pop()!;
  const node = keys.reduce<any>((inner, key) => inner[key], copy);
  if (wanted === undefined) Array.isArray(node) ? node.splice(Number(last), 1) : delete node[last];
  else if (kind === 'insert') node.splice(Number(last), 0, wanted);
  else node[last] = wanted;
  return copy;
}

describe('pathRange', () => {
  it.each([
    ['optimizer.learningRate', '0.001'], ['optimizer.beta1', '"optimizer"'], ['clip.globalNorm', '{'], ['model.layers.1', '"relu"'], ['model.layers.2.dense', '10'],
    ['model.layers.0.dense.units', '"dense"'], ['model.layers.0.name', '"dense"'], ['model.layers.1.relu.alpha', '"relu"'], ['model.layers.7', '"layers"'], ['loss', '"crossEntropy"'],
  ])('%s', (path, expected) => {
    const { offset, length } = pathRange(good, path);
    expect(good.slice(offset, offset + length)).toBe(expected);
  });
  it('of an empty text', () => expect(pathRange('', 'a')).toEqual({ offset: 0, length: 0 }));
});

describe('parseSetArgument', () => {
  it.each<[string, string, unknown]>([
    ['optimizer.learningRate=3e-4', 'optimizer.learningRate', 3e-4], ['loss=mse', 'loss', 'mse'], ['name="3"', 'name', '3'], ['a=', 'a', ''], ['a=x=y', 'a', 'x=y'],
    ['clip={"globalNorm": 1}', 'clip', { globalNorm: 1 }], ['a.b=true', 'a.b', true], [' a = 1 ', 'a', 1], ['a=NaN', 'a', 'NaN'],
  ])('%s', (argument, path, value) => expect(parseSetArgument(argument)).toEqual({ path, value }));
  it.each([['epochs'], ['=3'], ['a..b=1'], ['.a=1'], ['']])('refuses %j', (argument) =>
    expect(() => parseSetArgument(argument)).toThrow(`--set: must be KEY=VALUE such as optimizer.learningRate=3e-4, found ${JSON.stringify(argument)}`));
});

it('knows the short form of every layer', () => {
  expect(bareValues).toEqual(Object.fromEntries(Object.entries(layers).flatMap(([name, { short }]) => (short ? [[name, short]] : []))));
});
