import type { TObject } from 'typebox';
import { Value } from 'typebox/value';
import { InputError, oneOf } from '../errors';
import { parameterQuantities } from '../run/record';
import { loadKernel } from './binding';
import { Total } from './kernel/memory';
import type { OptimizerRule, SecondMoment } from './rule';
import { rules } from './rules';
import type { ClipConfig, OptimizerConfig } from './schema';
import { quantities, totalsOf } from './statistics';
import { ParameterStore, type InitialParameter } from './store';

export interface StepOptions {
  /** 1-based. */
  step: number;
  learningRate: number;
  clip?: ClipConfig;
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
  /** What corrects the moments for their start at zero; absent but for Adam. */
  corrections(step: number): SecondMoment | undefined;
  /** One update of all weights from `store.gradient`. Weights and state do not depend on whether statistics are asked for. */
  step(options: StepOptions): StepResult;
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

/** Throws InputError when the state does not fit into memory. */
export async function createOptimizer(options: OptimizerConfig, parameters: readonly InitialParameter[]): Promise<Optimizer> {
  const config = resolveOptimizer(options);
  await rehearse(config);
  return assemble(config, parameters);
}

async function assemble(config: Required<OptimizerConfig>, parameters: readonly InitialParameter[]): Promise<Optimizer> {
  const rule = rules[config.type] as unknown as OptimizerRule<TObject, Required<OptimizerConfig>>;
  const store = new ParameterStore(parameters, rule.slots(config));
  const initial = rule.initial?.(config) ?? 0;
  if (initial !== 0) for (const array of Object.values(store.state())) array.fill(initial);

  const kernel = await loadKernel(store.memory);
  const totals = totalsOf(store.memory);
  const first = rule.first?.(config);
  const correctionsAt = (step: number): SecondMoment | undefined => rule.corrections?.(config, step);
  const places = store.names.map((name) => ({
    weights: store.weight(name),
    weight: store.weight(name).byteOffset,
    gradient: store.gradient(name).byteOffset,
    length: store.weight(name).length,
    address: (slot: string) => store.array(slot, name).byteOffset,
  }));

  return {
    store,
    config,
    second: rule.second?.(config),
    corrections: correctionsAt,
    step({ step, learningRate, clip, statistics }) {
      const { scale, limit } = clipping(clip, () =>
        Math.sqrt(places.reduce((sum, { gradient, length }) => sum + kernel.gradientSquares(gradient, length), 0)),
      );
      const corrections = correctionsAt(step);
      const momentum = first !== undefined && step > 1;
      let squares = 0;
      let largest = 0;
      places.forEach(({ weights, weight, gradient, length, address }, i) => {
        if (length === 0) return;
        const center = statistics ? middle(weights) : 0;
        const common = [weight, gradient, length, scale, limit, statistics !== undefined, center] as const;
        rule.update(kernel, { config, learningRate, step, common, address });
        squares += totals[Total.gradientSquares];
        largest = Math.max(largest, totals[Total.gradientMax]);
        statistics?.set(quantities(totals, { length, center, learningRate, momentum, corrections }), i * parameterQuantities.length);
      });
      return { gradientNorm: Math.sqrt(squares), clipped: scale < 1 || largest * scale > limit };
    },
  };
}

/**
 * V8 runs a WebAssembly function in its baseline compiler at first, some twenty times slower here, and changes over only between two
 * calls: the first step of a large parameter would take seconds. A few short calls elsewhere start the optimizing compiler, in the background.
 */
async function rehearse(config: Required<OptimizerConfig>): Promise<void> {
  const { step } = await assemble(config, [{ name: '', dims: [1024], data: new Float32Array(1024) }]);
  const statistics = new Float32Array(parameterQuantities.length);
  for (let i = 1; i <= 32; i++) step({ step: i, learningRate: 0, clip: { globalNorm: 1 }, statistics });
}

/** The median of five elements: near the others, and no outlier. */
const middle = (array: Float32Array): number => Array.from({ length: 5 }, (_, i) => array[Math.floor((i * (array.length - 1)) / 4)]).sort((a, b) => a - b)[2];

/** torch.nn.utils.clip_grad_norm_ and clip_grad_value_: what the gradient is multiplied by and then limited to. */
function clipping(clip: ClipConfig | undefined, norm: () => number): { scale: number; limit: number } {
  const scale = clip?.globalNorm === undefined ? 1 : Math.min(1, clip.globalNorm / (norm() + 1e-6));
  return { scale: Math.fround(scale), limit: Math.fround(clip?.value ?? Infinity) };
}
