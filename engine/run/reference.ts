/** The run file's schema for the editor and as a page; `scripts/generate.mjs` writes both. */
import { layers } from '../layers/table';
import { runFileSchema } from './config';
import { describe } from './describe';
import { alternatives, neededKeys, resolve, tagOf, tagValues, type Schema } from './schema';

/** Draft-07 with the extensions of VS Code: Markdown hovers, and snippets for layers and for a new file. */
export function runFileJsonSchema(): Record<string, unknown> {
  const { definitions, ...root } = toEditor(runFileSchema) as { definitions: { Layer: object } };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Adamscope run file',
    ...root,
    allowComments: true,
    allowTrailingCommas: true,
    defaultSnippets: [{ label: 'New run file', description: 'A small network for a CSV file', body: newFile }],
    definitions: { Layer: { ...definitions.Layer, defaultSnippets: layerSnippets() } },
  };
}

const newFile = {
  model: { layers: [{ dense: '^${1:32}' }, 'relu', { dense: '^${2:10}' }] },
  data: { train: { csv: '${3:data.csv}', label: '${4:target}' }, validation: '^${5:0.2}' },
  loss: '${6|crossEntropy,bceWithLogits,bce,mse,l1,huber|}',
  optimizer: { type: 'adam', learningRate: '^${7:0.001}' },
  epochs: '^${8:10}',
};

/** One schema in the editor's terms: keys with a default need not be written, objects are closed. */
export function toEditor(schema: Schema): object {
  const { $defs, $ref, description, properties, patternProperties, anyOf, items, additionalProperties, ...rest } = schema;
  const needed = neededKeys(schema);
  const { required: _, ...plain } = rest;
  const map = (schemas: Record<string, Schema>, above?: string): object =>
    Object.fromEntries(Object.entries(schemas).map(([key, value]) => [key, toEditor({ ...value, description: value.description ?? above })]));
  // What is said of an object with one key is said of that key: {"normal": 1}.
  const ofKey = Object.keys(properties ?? {}).length === 1 ? description : undefined;
  return {
    ...plain,
    ...($ref && { $ref: $ref.replace('#/$defs/', '#/definitions/') }),
    ...(description && { description, markdownDescription: withDefault(description, schema.default) }),
    ...(properties && { properties: map(properties, ofKey), ...(needed.length > 0 && { required: needed }) }),
    ...(patternProperties && { patternProperties: map(patternProperties) }),
    ...(anyOf && { anyOf: anyOf.map(toEditor) }),
    ...(items && { items: Array.isArray(items) ? items.map(toEditor) : toEditor(items) }),
    ...(schema.type === 'object' && { additionalProperties: typeof additionalProperties === 'object' ? toEditor(additionalProperties) : false }),
    ...($defs && { definitions: map($defs) }),
  };
}

const withDefault = (description: string, value: unknown): string =>
  (value === undefined || /\bdefault\b/i.test(description) ? description : `${description}\n\nDefault: \`${JSON.stringify(value)}\``);

function layerSnippets(): object[] {
  return Object.entries(layers).map(([name, { description, options, short }]) => {
    const needed = neededKeys(options as Schema);
    if (needed.length === 0) return { label: name, description, body: name };
    const stops = needed.map((key, i) => [key, `^\${${i + 1}:${example(options.properties[key] as Schema)}}`]);
    return { label: name, description, body: { [name]: needed.length === 1 && needed[0] === short ? stops[0][1] : Object.fromEntries(stops) } };
  });
}

const example = ({ type, items }: Schema): string => (type !== 'array' ? '1' : (items as Schema).type === 'integer' ? '[1]' : '[]');

/** The page of every key, its type, its default and what it means. */
export function optionReference(): string {
  return `${[
    '# Run file',
    'A run file (`*.train.json`, JSON with comments) says everything about a training run. Only `model`, `data` and `loss` must be written. This page is generated from the schema that checks run files.',
    ...sections('', runFileSchema, 2, runFileSchema.$defs ?? {}),
    '## Layers',
    'A layer is a name (`"relu"`) or an object with that one key: its most important option (`{"dense": 10}`), or all of them (`{"dense": {"units": 10, "bias": false}}`). Every layer also takes a `name`.',
    ...Object.entries(layers).flatMap(([name, { description, options, short }]) => [
      `### ${name}`,
      `${description}${short ? ` Short form: \`{"${name}": ${short}}\`.` : ''}`,
      ...table(options as Schema, {}),
    ]),
  ].join('\n\n')}\n`;
}

type Definitions = Record<string, Schema>;

/** The table of an object, then a section for each of its keys that has options of its own; `printed` knows where the same options were shown. */
function sections(path: string, schema: Schema, depth: number, definitions: Definitions, printed = new Map<string, string>()): string[] {
  const nested = Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const own = path === '' ? key : `${path}.${key}`;
    const list = resolve(property, definitions).schema;
    const element = list.type === 'array' && !Array.isArray(list.items) ? list.items! : property;
    if (element.$ref) return [];
    const objects = alternatives(element, definitions).filter((branch) => branch.type === 'object' && Object.keys(branch.properties ?? {}).length > 0);
    if (objects.length === 0) return [];
    const heading = `${'#'.repeat(Math.min(depth, 5))} ${own}`;
    const options = JSON.stringify(objects);
    const same = printed.get(options);
    if (same !== undefined) return [heading, ...(property.description ? [property.description] : []), `The object has the keys of \`${same}\`.`];
    printed.set(options, own);
    const body = objects.flatMap((branch) => [
      ...(objects.length > 1 ? [`**${variant(branch, objects)}**${branch.description ? `: ${branch.description}` : ''}`] : []),
      ...sections(own, branch, depth + 1, definitions, printed),
    ]);
    return [heading, ...(property.description ? [property.description] : []), ...body];
  });
  return [...table(schema, definitions), ...nested];
}

/** What tells a branch of a union apart: its constant, else its first needed key. */
function variant(branch: Schema, branches: Schema[]): string {
  const tag = tagOf(branches);
  return tag === undefined ? neededKeys(branch)[0] : tagValues(branch, tag).join(', ');
}

function table(schema: Schema, definitions: Definitions): string[] {
  const rows = Object.entries(schema.properties ?? {}).map(([key, property]) => {
    const needed = neededKeys(schema).includes(key);
    const fallback = property.default === undefined ? (needed ? 'required' : '') : `\`${JSON.stringify(property.default)}\``;
    return `| \`${key}\` | ${cell(describe(property, definitions))} | ${cell(fallback)} | ${cell(property.description ?? resolve(property, definitions).schema.description ?? '')} |`;
  });
  return rows.length === 0 ? [] : [['| Key | Allowed | Default | Meaning |', '| --- | --- | --- | --- |', ...rows].join('\n')];
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
