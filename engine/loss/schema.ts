import * as Type from 'typebox';

export const lossNames = ['crossEntropy', 'bceWithLogits', 'bce', 'mse', 'l1', 'huber'] as const;
export type LossName = (typeof lossNames)[number];

const Name = Type.Union(
  [
    Type.Literal('crossEntropy', { description: 'One of several classes: softmax and negative log-likelihood (PyTorch CrossEntropyLoss). Labels are class ids.' }),
    Type.Literal('bceWithLogits', { description: 'Yes or no for every output: sigmoid and binary cross-entropy (PyTorch BCEWithLogitsLoss). Labels are 0 to 1.' }),
    Type.Literal('bce', { description: 'The same of outputs that are probabilities already (PyTorch BCELoss). `bceWithLogits` is exact where this one rounds.' }),
    Type.Literal('mse', { description: 'Mean squared error.' }),
    Type.Literal('l1', { description: 'Mean absolute error.' }),
    Type.Literal('huber', { description: 'Squared error below `delta`, linear above: outliers pull less (Huber 1964; PyTorch HuberLoss).' }),
  ],
  { description: 'Name of the loss.' },
);

const CrossEntropy = Type.Object(
  {
    type: Type.Literal('crossEntropy'),
    labelSmoothing: Type.Number({ default: 0, minimum: 0, maximum: 1, description: 'This share of the target is spread over all classes (Szegedy et al. 2016).' }),
    probabilities: Type.Optional(Type.Boolean({ default: false, description: 'The outputs are probabilities up to a factor, not logits: they are divided by their sum. For a model that ends in sigmoid, say.' })),
    classWeights: Type.Optional(
      Type.Union([Type.Literal('balanced'), Type.Array(Type.Number({ minimum: 0 }), { minItems: 1 })], {
        description: 'Weight of every class, in the order of their ids; the mean is weighted too. `balanced`: samples / (classes x samples of the class).',
      }),
    ),
  },
  { description: 'Cross-entropy with options.' },
);

const classes = Type.Optional(
  Type.Boolean({ default: false, description: 'Labels are class ids; the target is 1 for the output of the class and 0 for all others, or for a single output the id itself. The metric is accuracy.' }),
);

const Huber = Type.Object(
  { type: Type.Literal('huber'), classes, delta: Type.Number({ default: 1, exclusiveMinimum: 0, description: 'Where the loss turns from squared to linear.' }) },
  { description: 'Huber loss with options.' },
);

const Plain = Type.Object(
  { type: Type.Union([Type.Literal('bceWithLogits'), Type.Literal('bce'), Type.Literal('mse'), Type.Literal('l1')]), classes },
  { description: 'A loss of numbers with options.' },
);

export const Loss = Type.Union([Name, CrossEntropy, Huber, Plain], {
  description: 'What is minimised: a name, or an object with `type` and the options of that loss.',
});
export type LossConfig = Type.Static<typeof Loss>;

/** What a loss is built from: the object form, "balanced" replaced by numbers. */
export interface LossOptions {
  type: LossName;
  labelSmoothing?: number;
  classWeights?: number[];
  delta?: number;
  probabilities?: boolean;
  classes?: boolean;
}
