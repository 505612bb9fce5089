import { Type, type Static } from 'typebox';
import { count, number } from './options';
import { rules } from './rules';

/** Fragments of the run file's schema; descriptions are the editor's hovers. Names and defaults are PyTorch's, in camel case. */
export const optimizerSchema = Type.Union(
  [rules.sgd.schema, rules.adam.schema, rules.adamw.schema, rules.rmsprop.schema, rules.adagrad.schema],
  { description: 'How the weights follow from the gradient.' },
);

const warmupSteps = count(0, 'At the start the learning rate rises linearly for this many steps; the schedule begins after them.');

export const scheduleSchema = Type.Union(
  [
    Type.Object(
      { type: Type.Literal('constant', { description: 'The learning rate stays as it is.' }), warmupSteps },
      { additionalProperties: false, title: 'Constant' },
    ),
    Type.Object(
      {
        type: Type.Literal('step', { description: 'Every stepSize steps the learning rate is multiplied by gamma.' }),
        stepSize: Type.Integer({ minimum: 1, description: 'Steps (batches, not epochs) between two changes.' }),
        gamma: number(0.1, 'Factor at each change.', { exclusiveMinimum: 0 }),
        warmupSteps,
      },
      { additionalProperties: false, title: 'Step' },
    ),
    Type.Object(
      {
        type: Type.Literal('inverseTime', { description: 'The learning rate is divided by 1 + rate x step.' }),
        rate: Type.Number({ minimum: 0, description: 'What a step adds to the divisor; 1 / rate steps halve the learning rate.' }),
        warmupSteps,
      },
      { additionalProperties: false, title: 'Inverse time' },
    ),
    Type.Object(
      {
        type: Type.Literal('cosine', { description: 'Half a cosine from the learning rate to the minimum, over the whole run.' }),
        minimum: number(0, 'Learning rate at the end.'),
        warmupSteps,
      },
      { additionalProperties: false, title: 'Cosine' },
    ),
  ],
  { description: 'How the learning rate changes from step to step.' },
);

export const clipSchema = Type.Object(
  {
    globalNorm: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'All gradients are scaled down together when their joint norm is above this.' }),
    ),
    value: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Every element of a gradient is limited to this size, after scaling by globalNorm.' }),
    ),
  },
  { additionalProperties: false, description: 'Limits on the gradient before the update.' },
);

export type OptimizerConfig = Static<typeof optimizerSchema>;
export type ScheduleConfig = Static<typeof scheduleSchema>;
export type ClipConfig = Static<typeof clipSchema>;
