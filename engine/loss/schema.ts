import * as Type from 'typebox';

export const lossNames = ['crossEntropy', 'bceWithLogits', 'bce', 'mse', 'l1', 'huber', 'giou'] as const;
export type LossName = (typeof lossNames)[number];

export const boxFormats = ['xywh', 'cxcywh', 'xyxy'] as const;
export type BoxFormat = (typeof boxFormats)[number];

const Name = Type.Union(
  [
    Type.Literal('crossEntropy', { description: 'One of several classes: softmax and negative log-likelihood (PyTorch CrossEntropyLoss). Labels are class ids.' }),
    Type.Literal('bceWithLogits', { description: 'Yes or no for every output: sigmoid and binary cross-entropy (PyTorch BCEWithLogitsLoss). Labels are 0 to 1.' }),
    Type.Literal('bce', { description: 'The same of outputs that are probabilities already (PyTorch BCELoss). `bceWithLogits` is exact where this one rounds.' }),
    Type.Literal('mse', { description: 'Mean squared error.' }),
    Type.Literal('l1', { description: 'Mean absolute error.' }),
    Type.Literal('huber', { description: 'Squared error below `delta`, linear above: outliers pull less (Huber 1964; PyTorch HuberLoss; with `delta` 1 its SmoothL1Loss).' }),
    Type.Literal('giou', { description: 'Of boxes: 1 less their generalised intersection over union, which has a slope also where they do not meet (Rezatofighi et al. 2019; torchvision generalized_box_iou_loss).' }),
  ],
  { description: 'Name of the loss.' },
);

const weight = Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Factor of this loss; of several outputs the sum of the losses, each times its weight, is minimised (Keras loss_weights). Default: 1.' }));

const boxes = Type.Optional(
  Type.Enum(boxFormats, { description: 'What the four numbers of a box are, as torchvision calls it: `xywh` (left, top, width, height), `cxcywh` (centre, width, height) or `xyxy` (left, top, right, bottom). Labels are then checked to be boxes, and the metric is `iou`. Images may be resized where boxes are shares of width and height (`labelScale` may make them so); what else would leave a box in the wrong place is refused.' }),
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
    weight,
  },
  { description: 'Cross-entropy with options.' },
);

const classes = Type.Optional(
  Type.Boolean({ default: false, description: 'Labels are class ids; the target is 1 for the output of the class and 0 for all others, or for a single output the id itself. The metric is accuracy.' }),
);

const Huber = Type.Object(
  { type: Type.Literal('huber'), classes, boxes, weight, delta: Type.Number({ default: 1, exclusiveMinimum: 0, description: 'Where the loss turns from squared to linear.' }) },
  { description: 'Huber loss with options.' },
);

const Plain = Type.Object(
  { type: Type.Union([Type.Literal('mse'), Type.Literal('l1')]), classes, boxes, weight },
  { description: 'A loss of numbers with options.' },
);

const YesOrNo = Type.Object(
  { type: Type.Union([Type.Literal('bceWithLogits'), Type.Literal('bce')]), classes, weight },
  { description: 'A loss of yes or no with options.' },
);

const Giou = Type.Object(
  { type: Type.Literal('giou'), boxes: Type.Enum(boxFormats, { ...boxes, default: 'xywh' }), weight },
  { description: 'Loss of boxes with options.' },
);

const forms = [Name, CrossEntropy, Huber, Plain, YesOrNo, Giou] as const;
const OneLoss = Type.Union([...forms]);
const ByOutput = Type.Record(Type.String(), OneLoss, { description: 'Of a model with several outputs: the loss of each by its name, as in `{"class": "crossEntropy", "box": {"type": "giou", "weight": 2}}`.' });

export const Loss = Type.Union([...forms, ByOutput], {
  description: 'What is minimised: a name, an object with `type` and the options of that loss, or for several outputs an object with the loss of each.',
});
export type LossConfig = Type.Static<typeof Loss>;
/** Of one output. */
export type OneLossConfig = Type.Static<typeof OneLoss>;

type Typed = string | { type: string };

/** The losses by output, in the order in which labels stand in a row: a single one belongs to the only output, whatever its name. */
export const byOutput = <T extends Typed>(loss: T | Record<string, T>): { output?: string; loss: T }[] =>
  (typeof loss === 'string' || typeof loss.type === 'string' ? [{ loss: loss as T }] : Object.entries(loss as Record<string, T>).map(([output, own]) => ({ output, loss: own })));

export const lossType = (loss: Typed): string => (typeof loss === 'string' ? loss : loss.type);

/** Whether the labels of a loss are class ids rather than numbers. */
export const takesClasses = (loss: Typed): boolean => lossType(loss) === 'crossEntropy' || (typeof loss === 'object' && 'classes' in loss && loss.classes === true);

/** What the four numbers of a box are; undefined where outputs are no boxes. */
export const boxesOf = (loss: Typed): BoxFormat | undefined => (typeof loss === 'object' ? (loss as { boxes?: BoxFormat }).boxes : undefined) ?? (lossType(loss) === 'giou' ? 'xywh' : undefined);

/** What a loss is built from: the object form, "balanced" replaced by numbers. */
export interface LossOptions {
  type: LossName;
  labelSmoothing?: number;
  classWeights?: number[];
  delta?: number;
  probabilities?: boolean;
  classes?: boolean;
  boxes?: BoxFormat;
  /** Default: 1. */
  weight?: number;
}

/** The loss of the only output, or that of every output by its name. */
export type Losses = LossOptions | Record<string, LossOptions>;
