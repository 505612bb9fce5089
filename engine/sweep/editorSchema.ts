/** The sweep file's schema for the editor; `scripts/generate.mjs` writes it. What a value may be it takes from the run file's schema beside it. */
import { runFileJsonSchema, toEditor } from '../run/reference';
import type { Schema } from '../run/schema';
import { sweepFileSchema } from './schema';

export function sweepFileJsonSchema(): Record<string, unknown> {
  const editor = toEditor(sweepFileSchema) as { properties: Record<'parameters' | 'set', Schema> };
  const { parameters, set } = editor.properties;
  const [[pattern, { description, ...values }]] = Object.entries(parameters.patternProperties!);
  const keys = [...placesOf(runFileJsonSchema() as Schema)];
  const searched = { $ref: '#/definitions/Values' };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Adamscope sweep file',
    ...editor,
    properties: {
      ...editor.properties,
      // Every key refers to `Values` as well as the pattern: VS Code applies patterns only to keys that have no schema of their own. No description
      // there, for a hover shows the innermost one.
      parameters: { ...parameters, patternProperties: { [pattern]: { ...meaning(description), allOf: [searched] } }, properties: of(keys, (key, places) => ({ ...meaning(places[0].description), allOf: [searched, listed(oneOf(key, places))] })) },
      set: { ...set, properties: of(keys, oneOf) },
    },
    definitions: {
      Values: { ...values, markdownDescription: undefined },
      ...of(keys.filter(([, places]) => places.length > 1), (_, places) => ({ ...meaning(places[0].description), anyOf: places.map(inRunFile) })),
    },
    allowComments: true,
    allowTrailingCommas: true,
    defaultSnippets: [{
      label: 'New sweep file', description: 'A grid over learning rate and batch size',
      body: { runFile: '${1:digits.train.json}', parameters: { 'optimizer.learningRate': [1e-4, 1e-3, 1e-2], batchSize: [32, 128] }, metric: '${2|loss,accuracy,mae|}' },
    }],
  };
}

type Key = [string, Place[]];
const of = (keys: readonly Key[], content: (...key: Key) => object): object => Object.fromEntries(keys.map((key) => [key[0], content(...key)]));
/** One value of a key: what the run file's schema allows at any of its places. */
const oneOf = (key: string, places: Place[]): object => (places.length === 1 ? inRunFile(places[0]) : { $ref: `#/definitions/${key}` });
const inRunFile = ({ pointer }: Place): object => ({ $ref: `./train.schema.json${pointer}` });
/** What holds for the values that are written out, in a list or a choice; of a distribution none is. */
const listed = (value: object): object => ({ items: value, properties: { values: { items: value } } });
const meaning = (description?: string): object => ({ ...(description && { description, markdownDescription: description }) });

interface Place {
  /** JSON pointer (RFC 6901) into the run file's schema. */
  pointer: string;
  description?: string;
  /** What it allows, as text. */
  allowed: string;
}

/** Places of every dotted key, several where it stands in several branches of a union and they differ; lists, such as the layers, have none to offer. */
function placesOf(schema: Schema, pointer = '#', path = '', above?: string, found = new Map<string, Place[]>()): Map<string, Place[]> {
  for (const [i, branch] of (schema.anyOf ?? []).entries()) placesOf(branch, `${pointer}/anyOf/${i}`, path, above, found);
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    const [own, at] = [path === '' ? key : `${path}.${key}`, `${pointer}/properties/${key}`];
    if (/^(\$schema|name|data|model)$|\.type$/.test(own) && own !== 'optimizer.type' && own !== 'schedule.type') continue;
    // What is said of a constant is said of the branch that it names.
    const description = 'const' in property ? above : property.description;
    const allowed = JSON.stringify({ ...property, description: undefined, markdownDescription: undefined, default: undefined });
    const places = found.get(own) ?? [];
    if (!places.some((place) => place.allowed === allowed)) found.set(own, [...places, { pointer: at, description, allowed }]);
    placesOf(property, at, own, property.description ?? above, found);
  }
  return found;
}
