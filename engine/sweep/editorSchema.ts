/** The sweep file's schema for the editor; `scripts/generate.mjs` writes it. */
import { runFileSchema } from '../run/config';
import { toEditor } from '../run/reference';
import { alternatives, type Schema } from '../run/schema';
import { sweepFileSchema } from './schema';

export function sweepFileJsonSchema(): Record<string, unknown> {
  const editor = toEditor(sweepFileSchema) as { properties: Record<'parameters' | 'set', Record<string, unknown>> };
  const { parameters, set } = editor.properties;
  const keys = keysOf(runFileSchema);
  const values = Object.values(sweepFileSchema.properties!.parameters.patternProperties!)[0];
  const described = (content: object): object => Object.fromEntries([...keys].map(([path, description]) => [path, { ...content, ...(description && { description }) }]));
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Adamscope sweep file',
    ...editor,
    properties: { ...editor.properties, parameters: { ...parameters, properties: described(toEditor(values)) }, set: { ...set, properties: described({}) } },
    allowComments: true,
    allowTrailingCommas: true,
    defaultSnippets: [{
      label: 'New sweep file', description: 'A grid over learning rate and batch size',
      body: { runFile: '${1:digits.train.json}', parameters: { 'optimizer.learningRate': [1e-4, 1e-3, 1e-2], batchSize: [32, 128] }, metric: '${2|loss,accuracy,mae|}' },
    }],
  };
}

/** Dotted keys of the run file with what they mean; lists, such as the layers, have none to offer. */
function keysOf(schema: Schema, path = '', found = new Map<string, string | undefined>()): Map<string, string | undefined> {
  for (const branch of alternatives(schema, schema.$defs ?? {})) {
    for (const [key, property] of Object.entries(branch.properties ?? {})) {
      const own = path === '' ? key : `${path}.${key}`;
      if (/^(\$schema|name|data|model)$|\.type$/.test(own) && own !== 'optimizer.type' && own !== 'schedule.type') continue;
      if (!found.has(own)) found.set(own, property.description);
      keysOf(property, own, found);
    }
  }
  return found;
}
