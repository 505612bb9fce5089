import type { TObject } from 'typebox';
import { Value } from 'typebox/value';
import { InputError, KeyError, oneOf } from '../errors';
import { matches } from '../pattern';
import { parameterQuantities } from '../run/record';
import { loadKernel, type Common } from './binding';
import { clipping, windowOf, type Clipping } from './clip';
import { checkGroups, optionsOf } from './groups';
import { Total } from './kernel/memory';
import type { OptimizerRule, SecondMoment } from './rule';
import { rules } from './rules';
import type { ClipConfig, EmaConfig, OptimizerConfig, ParameterGroup, RegularizationConfig } from './schema';
import { totalsOf, writeQuantities } from './statistics';
import { ParameterStore, type InitialParameter } from './store';

/** What happens around the update rule. */
export interface Surroundings {
  groups?: readonly ParameterGroup[];
  clip?: ClipConfig;
  regularization?: RegularizationConfig;
  ema?: EmaConfig;
  /** Whether the gradient of a step is summed from several batches. */
  accumulates?: boolean;
}

export interface StepOptions {
  /** 1-based. */
  step: number;
  /** For all parameters but those of a group with its own; or what a base learning rate is at this step. */
  learningRate: number | ((base: number) => number);
  /** parameters x parameterQuantities, row-major; written when given. */
  statistics?: Float32Array;
}

export interface StepResult {
  /** Global norm of the gradient before clipping. */
  gradientNorm: number;
  clipped: boolean;
}

export interface Optimizer {
  store: ParameterStore;
  /** Options with every default filled in. */
  config: Required<OptimizerConfig>;
  /** The state array v whose root divides the update, by torch's name; absent where nothing does (SGD). */
  second?: string;
  /** What corrects the moments for their start at zero; absent but for those with Adam's. */
  corrections(step: number): SecondMoment | undefined;
  /** Of `store.gradient` over all parameters; not finite where an element is not. */
  gradientNorm(): number;
  /** Adds `share` times `store.gradient` to a sum. */
  accumulate(share: number): void;
  /** `store.gradient` becomes `scale` times that sum, and the next one starts at zero. */
  accumulated(scale: number): void;
  /** One update of all weights from `store.gradient`. Weights and state do not depend on whether statistics are asked for. Throws InputError for an optimizer that searches. */
  step(options: StepOptions): StepResult;
  /**
   * Present where a step evaluates the loss several times (L-BFGS). `loss` is that of the weights as they are, whose gradient is in the store;
   * `evaluate` computes both anew. Afterwards `store.gradient` holds the gradient of before the step.
   */
  search?(options: StepOptions, loss: number, evaluate: () => Promise<number>): Promise<StepResult>;
  /** What is evaluated and exported: the weights, or their moving average. */
  averaged(name: string): Float32Array;
}

/** Fills in the defaults; throws InputError for an unknown `type` or options that contradict each other. */
export function resolveOptimizer(config: OptimizerConfig): Required<OptimizerConfig> {
  if (!Object.hasOwn(rules, config.type)) {
    throw new InputError(`The optimizer "${config.type}" is unknown; allowed are ${oneOf(Object.keys(rules))}.`);
  }
  const resolved = Value.Default(rules[config.type].schema, { ...config }) as Required<OptimizerConfig>;
  if (resolved.type === 'sgd' && resolved.nesterov && (resolved.momentum === 0 || resolved.dampening !== 0)) {
    throw new InputError(
      `optimizer.nesterov needs a momentum above 0 and a dampening of 0; found momentum ${resolved.momentum} and dampening ${resolved.dampening}.`,
    );
  }
  return resolved;
}

/** Throws InputError when the state does not fit into memory, and for surroundings that the optimizer or the parameters do not have. */
export async function createOptimizer(options: OptimizerConfig, parameters: readonly InitialParameter[], surroundings: Surroundings = {}): Promise<Optimizer> {
  const config = resolveOptimizer(options);
  checkGroups(config, surroundings.groups ?? [], parameters.map(({ name }) => name));
  if (config.type === 'lbfgs' && surroundings.clip) throw new KeyError('clip', 'is not possible with the optimizer "lbfgs": its line search needs the gradient as it is');
  await rehearse(config);
  return assemble(config, parameters, surroundings);
}

async function assemble(config: Required<OptimizerConfig>, parameters: readonly InitialParameter[], { groups = [], clip, regularization, ema, accumulates }: Surroundings): Promise<Optimizer> {
  const rule = rules[config.type] as unknown as OptimizerRule<TObject, Required<OptimizerConfig>>;
  const window = clip ? windowOf(clip) : 0;
  const slots = [...rule.slots(config), ...(ema ? ['ema'] : [])];
  const scratch = [...(rule.scratch?.(config) ?? []), ...(accumulates ? ['accumulated'] : [])];
  const store = new ParameterStore(parameters, {
    slots,
    scratch,
    globals: { ...rule.globals?.(config), ...(window && { past_norms: window + 1 }) },
  });
  const initial = rule.initial?.(config) ?? 0;
  if (initial !== 0) for (const slot of rule.slots(config)) for (const name of store.names) store.array(slot, name).fill(initial);
  if (ema) for (const name of store.names) store.array('ema', name).set(store.weight(name));

  const kernel = await loadKernel(store.memory);
  const totals = totalsOf(store.memory);
  const first = rule.first?.(config);
  const correctionsAt = (step: number): SecondMoment | undefined => rule.corrections?.(config, step);
  // Looked up once: many small parameters would take longer for it than for their update.
  const addressesOf = (name: string): Record<string, number> => Object.fromEntries([...slots, ...scratch].map((slot) => [slot, store.array(slot, name).byteOffset]));
  const places = store.names.map((name) => ({
    weights: store.weight(name),
    weight: store.weight(name).byteOffset,
    gradient: store.gradient(name).byteOffset,
    length: store.weight(name).length,
    config: optionsOf(config, groups, name),
    penalized: regularization?.parameters.some((pattern) => matches(pattern, name)),
    addresses: addressesOf(name),
  }));
  const weightRange = store.range('weight');
  const gradientRange = store.range('gradient');
  let accumulating = false;

  /** Of the loss alone to that of the loss with its penalties. */
  const penalize = (): void => {
    if (!regularization) return;
    for (const { gradient, weight, length, penalized } of places) if (penalized) kernel.penalize(gradient, weight, length, regularization.l1, regularization.l2);
  };
  const penalty = (): number => (regularization ? places.reduce((sum, { weights, penalized }) => sum + (penalized ? penaltyOf(weights, regularization) : 0), 0) : 0);
  const rateOf = (learningRate: StepOptions['learningRate'], base: number): number =>
    typeof learningRate === 'function' ? learningRate(base) : base === config.learningRate ? learningRate : base;
  const gradientNorm = (): number => Math.sqrt(places.reduce((sum, { gradient, length }) => sum + kernel.gradientSquares(gradient, length), 0));

  /** Updates every parameter, with the totals of each in the kernel, and writes its row. */
  function eachParameter(options: StepOptions, { scale, limit }: Clipping, update: (place: (typeof places)[number], learningRate: number, common: Common) => void): StepResult {
    const { step, learningRate, statistics } = options;
    const corrections = correctionsAt(step);
    const momentum = first !== undefined && step > 1;
    let squares = 0;
    let largest = 0;
    places.forEach((place, i) => {
      const { weights, weight, gradient, length } = place;
      if (length === 0) return;
      const center = statistics ? middle(weights) : 0;
      const rate = rateOf(learningRate, place.config.learningRate);
      update(place, rate, [weight, gradient, length, scale, limit, statistics !== undefined, center]);
      squares += totals[Total.gradientSquares];
      largest = Math.max(largest, totals[Total.gradientMax]);
      if (statistics) writeQuantities(totals, { length, center, learningRate: rate, momentum, corrections }, statistics, i * parameterQuantities.length);
    });
    if (ema) kernel.combine(store.range('ema').address, step > 1 ? ema.decay : 0, store.range('ema').address, step > 1 ? 1 - ema.decay : 1, weightRange.address, weightRange.length);
    return { gradientNorm: Math.sqrt(squares), clipped: scale < 1 || largest * scale > limit };
  }

  return {
    store,
    config,
    second: rule.second?.(config),
    corrections: correctionsAt,
    gradientNorm,
    accumulate(share) {
      const sum = store.range('accumulated').address;
      kernel.combine(sum, accumulating ? 1 : 0, sum, share, gradientRange.address, gradientRange.length);
      accumulating = true;
    },
    accumulated(scale) {
      kernel.combine(gradientRange.address, scale, store.range('accumulated').address, 0, 0, gradientRange.length);
      accumulating = false;
    },
    step(options) {
      if (!rule.update) throw new InputError(`the optimizer "${config.type}" finds the size of its steps by itself, which this is not made for`);
      penalize();
      const limits = clipping(clip, gradientNorm, window ? store.global('past_norms') : undefined);
      return eachParameter(options, limits, ({ config: own, addresses }, learningRate, common) =>
        rule.update(kernel, { config: own, learningRate, step: options.step, common, address: (slot) => addresses[slot], totals }));
    },
    ...(rule.search && {
      async search(options, loss, evaluate) {
        const penalized = async (value: number): Promise<number> => {
          penalize();
          return value + penalty();
        };
        await rule.search({
          config, store, kernel, learningRate: rateOf(options.learningRate, config.learningRate),
          loss: await penalized(loss),
          evaluate: async () => penalized(await evaluate()),
        });
        kernel.combine(gradientRange.address, 1, store.range('start_gradient').address, 0, 0, gradientRange.length);
        return eachParameter(options, { scale: 1, limit: Infinity }, ({ addresses }, _, [weight, gradient, length, , , measured, center]) =>
          kernel.measureStep(weight, gradient, length, measured, center, addresses.start));
      },
    }),
    averaged: (name) => (ema ? store.array('ema', name) : store.weight(name)),
  };
}

/**
 * V8 runs a WebAssembly function in its baseline compiler at first, some twenty times slower here, and changes over only between two
 * calls: the first step of a large parameter would take seconds. A few short calls elsewhere start the optimizing compiler, in the background.
 */
async function rehearse(config: Required<OptimizerConfig>): Promise<void> {
  const optimizer = await assemble(config, [{ name: '', dims: [1024], data: new Float32Array(1024) }], config.type === 'lbfgs' ? {} : { clip: { globalNorm: 1 } });
  const statistics = new Float32Array(parameterQuantities.length);
  if (!optimizer.search) for (let i = 1; i <= 32; i++) optimizer.step({ step: i, learningRate: 0, statistics });
}

/** The median of three elements: near the others, and no outlier. */
function middle(array: Float32Array): number {
  const [a, b, c] = [array[0], array[array.length >> 1], array[array.length - 1]];
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

/** l1 sum |w| + l2 / 2 sum w^2. */
const penaltyOf = (weights: Float32Array, { l1, l2 }: RegularizationConfig): number => weights.reduce((sum, w) => sum + l1 * Math.abs(w) + (l2 / 2) * w * w, 0);
