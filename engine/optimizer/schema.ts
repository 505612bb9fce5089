import { Type, type Static } from 'typebox';
import { rules } from './rules';
import { schedules } from './schedules';

/** Fragments of the run file's schema; descriptions are the editor's hovers. Names and defaults are PyTorch's, in camel case. */
export const optimizerSchema = Type.Union(
  [
    rules.sgd.schema, rules.adam.schema, rules.adamw.schema, rules.nadam.schema, rules.radam.schema, rules.adamax.schema, rules.stableadamw.schema, rules.lamb.schema,
    rules.lion.schema, rules.rmsprop.schema, rules.adagrad.schema, rules.adadelta.schema, rules.lbfgs.schema,
  ],
  { description: 'How the weights follow from the gradient.' },
);

export const scheduleSchema = Type.Union(
  [
    schedules.constant.schema, schedules.linear.schema, schedules.step.schema, schedules.multiStep.schema, schedules.exponential.schema, schedules.polynomial.schema,
    schedules.cosine.schema, schedules.cosineWarmRestarts.schema, schedules.oneCycle.schema, schedules.reduceOnPlateau.schema, schedules.inverseSqrt.schema, schedules.inverseTime.schema,
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
    percentile: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 100, description: 'As globalNorm, with this percentile of the norms of the last steps as the limit (AutoClip, Seetharaman et al. 2020): 10 follows the quiet steps, 90 only stops outliers.' }),
    ),
    window: Type.Optional(Type.Integer({ minimum: 2, description: 'Steps whose norms the percentile is taken of. Default: 100.' })),
  },
  { additionalProperties: false, description: 'Limits on the gradient before the update.' },
);

const pattern = Type.String({ minLength: 1 });

export const parameterGroupsSchema = Type.Array(
  Type.Object(
    {
      parameters: Type.Array(pattern, { minItems: 1, description: 'Names of parameters, where `*` stands for any text, as in `*.bias`.' }),
      learningRate: Type.Optional(Type.Number({ minimum: 0, description: 'Their learning rate, which the schedule changes as it changes that of the others.' })),
      weightDecay: Type.Optional(Type.Number({ minimum: 0, description: 'Their weight decay.' })),
    },
    { additionalProperties: false },
  ),
  { description: 'Parameters with a learning rate or weight decay of their own. The first group that names a parameter holds.' },
);

export const regularizationSchema = Type.Object(
  {
    l1: Type.Number({ default: 0, minimum: 0, description: 'This times the sum of |w| is added to the loss: small weights become zero.' }),
    l2: Type.Number({ default: 0, minimum: 0, description: 'This times half the sum of w^2 is added to the loss; the gradient grows by l2 x w.' }),
    parameters: Type.Array(pattern, { default: ['*.weight'], minItems: 1, description: 'Names of the parameters that l1 and l2 hold for, where `*` stands for any text.' }),
    mixup: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Trains on weighted means of two samples of the batch each, and on the mean of their losses with the same weights (Zhang et al. 2018; torchvision MixUp). The weight is drawn once a batch from Beta(mixup, mixup): 0.2 mixes little, 1 evenly.' })),
    cutmix: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Trains on images in which a rectangle is that of another image of the batch; the losses count by the areas (Yun et al. 2019; torchvision CutMix). The area is drawn once a batch from Beta(cutmix, cutmix): usually 1. With mixup as well, every batch gets one of the two.' })),
  },
  { additionalProperties: false, description: 'Penalties on the size of the weights, which enter the gradient (the loss that is shown is without them), and mixing of samples while training.' },
);

export const emaSchema = Type.Object(
  { decay: Type.Number({ default: 0.999, minimum: 0, exclusiveMaximum: 1, description: 'Share of the average that a step keeps: 0.999 averages about 1000 steps.' }) },
  { additionalProperties: false, description: 'Exponential moving average of the weights, as AveragedModel with get_ema_multi_avg_fn: what is validated, evaluated and exported. Training goes on with the weights themselves.' },
);

export type OptimizerConfig = Static<typeof optimizerSchema>;
export type ScheduleConfig = Static<typeof scheduleSchema>;
export type ClipConfig = Static<typeof clipSchema>;
export type ParameterGroup = Static<typeof parameterGroupsSchema>[number];
export type RegularizationConfig = Static<typeof regularizationSchema>;
export type EmaConfig = Static<typeof emaSchema>;
