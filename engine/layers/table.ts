import { activations } from './activations';
import { dense } from './dense';
import { categoricalEmbedding, embedding } from './embedding';
import type { LayerDefinition } from './layer';
import { batchNorm, layerNorm } from './normalization';
import type { LayerEntry } from './schema';
import { dropout, dropout1d, dropout2d, flatten, gaussianNoise, reshape, residual, transpose } from './structure';
import { averagePool1d, averagePool2d, conv1d, conv2d, globalAveragePool, globalMaxPool, maxPool1d, maxPool2d } from './windows';

/** Every layer of the run file by its name. A new layer is one definition and one word here. */
export const layers: Record<string, LayerDefinition> = {
  dense, conv1d, conv2d, maxPool1d, maxPool2d, averagePool1d, averagePool2d, globalAveragePool, globalMaxPool, flatten, reshape, transpose,
  ...activations,
  batchNorm, layerNorm, dropout, dropout1d, dropout2d, gaussianNoise, embedding, categoricalEmbedding, residual,
};

/** The kind of an entry and its options in the long form, defaults filled in; `path` is where nested layers stand below the entry. */
export function readEntry(entry: LayerEntry): { kind: string; name?: string; options: Record<string, unknown>; nestedPath: string } {
  const [kind, value] = typeof entry === 'string' ? [entry, {}] : Object.entries(entry)[0];
  const { short, options: schema } = layers[kind];
  const long = typeof value === 'object' && value !== null && !Array.isArray(value);
  const given = (long ? value : { [short!]: value }) as Record<string, unknown>;
  const defaults = Object.entries(schema.properties).flatMap(([key, property]) => ('default' in property ? [[key, property.default]] : []));
  const { name, ...options } = { ...Object.fromEntries(defaults), ...given } as Record<string, unknown>;
  return { kind, name: name as string | undefined, options, nestedPath: long ? `${kind}.layers` : kind };
}

/** Whether a layer may be written as its bare name: every option has a default. */
export const bare = ({ options }: LayerDefinition): boolean => (options.required ?? []).every((key) => 'default' in options.properties[key]);

/** The definition `Layer` that `Layers` refers to: a bare name, or an object with exactly one key holding the short form or the options. */
export const Layer = {
  anyOf: [
    { enum: Object.keys(layers).filter((kind) => bare(layers[kind])) },
    ...Object.entries(layers).map(([kind, { description, options, short }]) => ({
      type: 'object',
      additionalProperties: false,
      required: [kind],
      properties: {
        [kind]: {
          description,
          anyOf: [
            ...(short ? [options.properties[short]] : []),
            {
              type: 'object',
              additionalProperties: false,
              required: (options.required ?? []).filter((key) => !('default' in options.properties[key])),
              properties: { name: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_.-]*$', description: 'Name of the layer in charts, findings and checkpoints.' }, ...options.properties },
            },
          ],
        },
      },
    })),
  ],
};
