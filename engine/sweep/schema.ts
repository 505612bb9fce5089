/** The sweep file (`*.sweep.json`): which keys of a run file to try which values of, and how to search. */
import * as Type from 'typebox';
import { monitored } from '../metrics/schema';
import { parseChecked } from '../run/parse';
import type { Schema } from '../run/schema';

const bounds = (note: string) => ({ min: Type.Number({ description: `Lowest value${note}.` }), max: Type.Number({ description: `Highest value${note}.` }) });

const Distribution = Type.Union([
  Type.Object({ type: Type.Literal('uniform'), ...bounds('') }, { description: 'Any number between two, all equally likely.' }),
  Type.Object({
    type: Type.Literal('logUniform'), min: Type.Number({ exclusiveMinimum: 0, description: 'Lowest value.' }), max: Type.Number({ exclusiveMinimum: 0, description: 'Highest value.' }),
  }, { description: 'Any positive number between two, all orders of magnitude equally likely: for learning rates.' }),
  Type.Object({ type: Type.Literal('integer'), min: Type.Integer({ description: 'Lowest value.' }), max: Type.Integer({ description: 'Highest value, which may be drawn as well.' }) }, { description: 'A whole number.' }),
  Type.Object({ type: Type.Literal('choice'), values: Type.Array(Type.Unknown(), { minItems: 1, description: 'What one is drawn from.' }) }, { description: 'One of several values; a list says the same.' }),
], { description: 'What values are drawn from.' });

const Values = Type.Union([Type.Array(Type.Unknown(), { minItems: 1 }), Distribution], {
  description: 'The values to try, or a distribution that they are drawn from.',
});

const drawn = {
  runs: Type.Integer({ minimum: 1, description: 'How many combinations are drawn.' }),
  seed: Type.Integer({ minimum: 0, maximum: 4294967295, default: 0, description: 'Seed of what is drawn.' }),
};

const Search = Type.Union([
  Type.Object({ type: Type.Literal('grid') }, { description: 'Every combination of the values.' }),
  Type.Object({ type: Type.Literal('random'), ...drawn }, { description: 'Combinations drawn at random (Bergstra & Bengio 2012).' }),
  Type.Object({
    type: Type.Literal('successiveHalving'),
    runs: Type.Optional(Type.Integer({ minimum: 2, description: 'How many combinations are drawn. Default: every combination, where all values are lists.' })),
    seed: drawn.seed,
    minEpochs: Type.Integer({ minimum: 1, default: 1, description: 'Epochs that every run gets at least.' }),
    reduction: Type.Integer({ minimum: 2, default: 3, description: 'One run in so many goes on, for so many times the epochs.' }),
  }, { description: 'All runs begin; only the best go on (Jamieson & Talwalkar 2016).' }),
], { description: 'How combinations are chosen.' });

export const SweepFile = Type.Object({
  $schema: Type.Optional(Type.String({ description: 'JSON schema that the editor checks this file with; not needed in VS Code.' })),
  name: Type.Optional(Type.String({ minLength: 1, description: 'Name of the sweep. Default: the name of the file without `.sweep.json`.' })),
  runFile: Type.String({ minLength: 1, description: 'The run file that is varied, relative to this file.' }),
  set: Type.Record(Type.String(), Type.Unknown(), { default: {}, description: 'Keys of the run file that have another value in all runs, as in `{"epochs": 5}`.' }),
  parameters: Type.Record(Type.String(), Values, { description: 'Keys of the run file and the values to try: `{"optimizer.learningRate": [1e-3, 1e-2]}`.' }),
  search: Type.Union(Search.anyOf, { default: { type: 'grid' }, description: 'How combinations are chosen.' }),
  metric: monitored(['loss'], { default: 'loss', description: 'What the runs are compared by, on the validation set: `loss`, or the name of a metric.' }),
  parallel: Type.Integer({ minimum: 1, default: 1, description: 'Runs at once, as far as cores and memory allow. The cores are shared out evenly.' }),
}, { description: 'A search over keys of a run file of Adamscope.' });

export type SweepConfig = Type.Static<typeof SweepFile>;
export type Values = Type.Static<typeof Values>;
export type Distribution = Type.Static<typeof Distribution>;

export const sweepFileSchema = SweepFile as unknown as Schema;

/** Checks the text of a sweep file; throws an InputError that names file, line, column and key, what was found and what is allowed. */
export function parseSweepFile(text: string, file: string): SweepConfig {
  return parseChecked(sweepFileSchema, text, file).config as SweepConfig;
}
