import { Type } from 'typebox';

/** A layer in the run file: its name ("relu"), or an object with that one key and its options ({"dense": 10}, {"dense": {"units": 10}}). */
export type LayerEntry = string | Record<string, unknown>;

/** The list of layers. An entry refers to the definition `Layer`, which `layerSchema` (table.ts) gives: layers nest. */
export const Layers = Type.Unsafe<LayerEntry[]>({
  type: 'array',
  minItems: 1,
  items: { $ref: '#/$defs/Layer' },
  description: 'Layers in order; each is a name ("relu") or an object with one key ({"dense": 10}).',
});
