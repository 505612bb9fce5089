/** Every schedule of the learning rate by its `type`: options and formula. Those that torch.optim.lr_scheduler has give its values. */
import { Type, type Static, type TLiteral, type TObject, type TProperties } from 'typebox';
import { count, flag, number } from './options';

/** Where in a schedule a step is, counted from the end of the warm-up, in steps or in epochs. */
export interface Position {
  /** Learning rate of the optimizer, or of a group of parameters. */
  base: number;
  /** 0-based. */
  s: number;
  /** What the run has of them. */
  total: number;
  /** Updates of the warm-up before. */
  warmupSteps: number;
  /** How often a plateau has reduced the learning rate so far. */
  reductions: number;
}

const common = {
  warmupSteps: count(0, 'At the start the learning rate rises linearly for this many steps; the schedule begins after them.'),
  interval: Type.Optional(Type.Enum(['step', 'epoch'], { default: 'step', description: 'What the schedule counts: `step` (one update each) or `epoch`. Warm-up is in steps always.' })),
};

/** A definition whose formula sees its options with the defaults filled in. */
function define<Name extends string, Options extends TProperties>(
  type: Name, title: string, description: string, options: Options, learningRate: (options: Required<Static<TObject<Options>>>, position: Position) => number,
) {
  const schema = Type.Object({ type: Type.Literal(type, { description }), ...options, ...common }, { additionalProperties: false, title });
  return {
    schema: schema as unknown as TObject<{ type: TLiteral<Name> } & Options & typeof common>,
    learningRate: learningRate as (options: Record<string, unknown>, position: Position) => number,
  };
}

const gamma = (value: number) => number(value, 'Factor at each change.', { exclusiveMinimum: 0 });
const minimum = number(0, 'Learning rate that it does not fall below.');
const length = Type.Optional(Type.Integer({ minimum: 1, description: 'How long it takes, in the unit of `interval`. Default: what the run has after the warm-up.' }));

/** From `start` to `end` along half a cosine while `share` goes from 0 to 1. */
const halfCosine = (start: number, end: number, share: number): number => end + ((start - end) * (1 + Math.cos(Math.PI * share))) / 2;

/** Least decrease that torch's ReduceLROnPlateau makes. */
const leastReduction = 1e-8;

export const schedules = {
  constant: define('constant', 'Constant', 'The learning rate stays as it is.', {}, (_, { base }) => base),

  linear: define('linear', 'Linear', 'A straight line from startFactor to endFactor times the learning rate (LinearLR).',
    {
      startFactor: number(1, 'Factor at the start.'),
      endFactor: number(0, 'Factor at the end and after it.'),
      length,
    },
    ({ startFactor, endFactor, length: n }, { base, s, total }) => base * (startFactor + (endFactor - startFactor) * Math.min(1, s / (n ?? total)))),

  step: define('step', 'Step', 'Every stepSize steps the learning rate is multiplied by gamma (StepLR).',
    { stepSize: Type.Integer({ minimum: 1, description: 'Length of a stair, in the unit of `interval`.' }), gamma: gamma(0.1) },
    ({ stepSize, gamma }, { base, s }) => base * gamma ** Math.floor(s / stepSize)),

  multiStep: define('multiStep', 'Multi-step', 'At every milestone the learning rate is multiplied by gamma (MultiStepLR).',
    { milestones: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, description: 'When it changes, in the unit of `interval`.' }), gamma: gamma(0.1) },
    ({ milestones, gamma }, { base, s }) => base * gamma ** milestones.filter((milestone) => milestone <= s).length),

  exponential: define('exponential', 'Exponential', 'Every step multiplies the learning rate by gamma (ExponentialLR).',
    { gamma: Type.Number({ exclusiveMinimum: 0, description: 'Factor of every step, or of every epoch with that interval.' }) },
    ({ gamma }, { base, s }) => base * gamma ** s),

  polynomial: define('polynomial', 'Polynomial', 'The learning rate falls to 0 as (1 - s / length)^power (PolynomialLR).',
    { power: number(1, '1 is a straight line; more falls faster at first.', { exclusiveMinimum: 0 }), length },
    ({ power, length: n }, { base, s, total }) => base * (1 - Math.min(1, s / (n ?? total))) ** power),

  cosine: define('cosine', 'Cosine', 'Half a cosine from the learning rate to the minimum (Loshchilov & Hutter 2017; CosineAnnealingLR).',
    { minimum, length },
    ({ minimum, length: n }, { base, s, total }) => halfCosine(base, minimum, Math.min(1, s / (n ?? total)))),

  cosineWarmRestarts: define('cosineWarmRestarts', 'Cosine with warm restarts', 'Half a cosine to the minimum, again and again (SGDR, Loshchilov & Hutter 2017; CosineAnnealingWarmRestarts).',
    {
      period: Type.Integer({ minimum: 1, description: 'Length of the first cosine, in the unit of `interval`.' }),
      periodFactor: count(1, 'Every cosine is this many times as long as the one before.', 1),
      minimum,
    },
    ({ period, periodFactor, minimum }, { base, s }) => {
      // The n-th cosine starts at period (factor^n - 1) / (factor - 1).
      const n = periodFactor === 1 ? Math.floor(s / period) : Math.floor(Math.log1p((s / period) * (periodFactor - 1)) / Math.log(periodFactor) + 1e-12);
      const start = periodFactor === 1 ? n * period : (period * (periodFactor ** n - 1)) / (periodFactor - 1);
      return halfCosine(base, minimum, (s - start) / (period * periodFactor ** n));
    }),

  oneCycle: define('oneCycle', 'One cycle', 'Up to the learning rate and down to almost nothing (Smith & Topin 2018; OneCycleLR, whose cycle of the momentum is left out).',
    {
      risingShare: number(0.3, 'Share of the cycle in which the learning rate rises.', { minimum: 0, maximum: 1 }),
      anneal: Type.Optional(Type.Enum(['cosine', 'linear'], { default: 'cosine', description: 'Shape of the rise and the fall.' })),
      initialDivisor: number(25, 'The cycle starts at the learning rate divided by this.', { exclusiveMinimum: 0 }),
      finalDivisor: number(1e4, 'And ends at its start divided by this.', { exclusiveMinimum: 0 }),
      threePhases: flag('Fall back to the start as fast as it rose, and only then to the end.'),
      length,
    },
    ({ risingShare, anneal, initialDivisor, finalDivisor, threePhases, length: n }, { base, s, total }) => {
      const initial = base / initialDivisor;
      const last = (n ?? total) - 1;
      const turn = risingShare * (last + 1) - 1;
      const corners = [[0, initial], [turn, base], ...(threePhases ? [[2 * turn, initial]] : []), [last, initial / finalDivisor]];
      const end = corners.findIndex(([at], i) => i > 0 && (s <= at || i === corners.length - 1));
      const [[from, start], [to, target]] = [corners[end - 1], corners[end]];
      const share = to > from ? Math.min(1, (s - from) / (to - from)) : 1;
      return anneal === 'linear' ? start + (target - start) * share : halfCosine(start, target, share);
    }),

  reduceOnPlateau: define('reduceOnPlateau', 'Reduce on plateau', 'The learning rate is multiplied by factor when the validation loss has not improved for patience epochs (ReduceLROnPlateau); without validation data the mean training loss of an epoch counts.',
    {
      factor: number(0.1, 'Factor at each reduction.', { exclusiveMinimum: 0, exclusiveMaximum: 1 }),
      patience: count(10, 'Epochs without an improvement that are borne.'),
      monitor: Type.Optional(Type.Enum(['loss', 'metric'], { default: 'loss', description: 'What must improve: `loss`, or `metric` (accuracy for classes, mean absolute error otherwise).' })),
      threshold: number(1e-4, 'How much it must improve by to count, as a share of the best value.'),
      cooldown: count(0, 'Epochs after a reduction in which nothing is counted.'),
      minimum,
    },
    ({ factor, minimum }, { base, reductions }) => {
      let rate = base;
      for (let i = 0; i < reductions; i++) {
        const next = Math.max(rate * factor, minimum);
        if (rate - next > leastReduction) rate = next;
      }
      return rate;
    }),

  inverseSqrt: define('inverseSqrt', 'Inverse square root', 'The learning rate is divided by sqrt(1 + s / timescale), as for the first Transformer (Vaswani et al. 2017).',
    { timescale: Type.Optional(Type.Integer({ minimum: 1, description: 'Steps in which it falls by the root of 2. Default: warmupSteps, or 1 without.' })) },
    ({ timescale }, { base, s, warmupSteps }) => base / Math.sqrt(1 + s / (timescale ?? Math.max(1, warmupSteps)))),

  inverseTime: define('inverseTime', 'Inverse time', 'The learning rate is divided by 1 + rate x step.',
    { rate: Type.Number({ minimum: 0, description: 'What a step adds to the divisor; 1 / rate steps halve the learning rate.' }) },
    ({ rate }, { base, s }) => base / (1 + rate * s)),
};
