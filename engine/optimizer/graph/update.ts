/** The optimizer's step as a part of the training graph, over all parameters at once. */
import { create } from '@bufbuild/protobuf';
import { add, div, greater, less, mul, reshape, slice, where } from '../../gradient/expression';
import { Builder, type Shapes, type Value } from '../../gradient/value';
import { GraphProtoSchema, type NodeProto } from '../../onnx/generated/onnx_pb';
import { type Graph, valueInfo } from '../../onnx/graph';
import { parameterQuantities } from '../../run/record';
import type { Optimizer, StepOptions, StepResult, Surroundings } from '../optimizer';
import { optionsOf } from '../groups';
import { Total } from '../kernel/memory';
import type { SecondMoment } from '../rule';
import { rules } from '../rules';
import type { ClipConfig, OptimizerConfig } from '../schema';
import { writeQuantities } from '../statistics';
import { type Layout, rowLength } from './layout';
import { type GraphRule, graphRules } from './rules';
import { globalNorm, rowNorms, rowSums, totalsOf } from './sums';

/** Rows beyond which a matrix is larger than what every GPU binds as one buffer: 1 GiB. */
const mostRows = 2 ** 30 / (4 * rowLength);

export interface UpdatePlan {
  layout: Layout;
  config: Required<OptimizerConfig>;
  slots: string[];
  first?: string;
  second?: string;
  clip?: ClipConfig;
  /** Options of each group of parameters with the same ones, and the group of every parameter. */
  groups: Required<OptimizerConfig>[];
  groupOf: number[];
}

/** Names of the graph's new inputs and outputs. */
export interface UpdateNames {
  /** Matrices that enter and what becomes of them: weights first, then the slots. */
  state: { slot: string; input: string; output: string }[];
  /** `numbersDims`: see `numbersOf`. */
  numbers: string;
  /** bool scalar: whether the row sums are wanted. */
  measured: string;
  gradient: string;
  /** [2]: norm and largest element of the gradient. */
  summary: string;
  /** [sums, rows], or zeros where they were not wanted: one, or as many. */
  sums: string;
}

/** What is computed on the device. Returns a reason, in words, where an update cannot be: it then happens on the CPU. */
export function planUpdate({ config }: Pick<Optimizer, 'config'>, layout: Layout, { groups = [], clip, regularization, ema, accumulates }: Surroundings): UpdatePlan | string {
  if (!graphRules[config.type]) return `the optimizer "${config.type}" has no update for GPUs`;
  const penalty = (['l1', 'l2'] as const).find((key) => regularization?.[key]);
  const unable = penalty ? `regularization.${penalty}` : ema ? 'ema' : accumulates ? 'accumulate' : clip?.percentile !== undefined ? 'clip.percentile' : undefined;
  if (unable) return `"${unable}" is computed on the CPU`;
  if (layout.rows > mostRows) return `its ${(layout.rows * rowLength / 1e6).toFixed(0)} million parameters are too many for one matrix`;
  const rule = rules[config.type] as unknown as { slots(config: unknown): string[]; first?(config: unknown): string | undefined; second?(config: unknown): string | undefined };
  const all = layout.places.map(({ name }) => optionsOf(config, groups, name));
  const keys = [...new Set(all.map((options) => JSON.stringify(options)))];
  return {
    layout, config, clip, slots: rule.slots(config), first: rule.first?.(config), second: rule.second?.(config),
    groups: keys.map((key) => all.find((options) => JSON.stringify(options) === key)!),
    groupOf: all.map((options) => keys.indexOf(JSON.stringify(options))),
  };
}

const ruleOf = ({ config }: UpdatePlan): GraphRule<Required<OptimizerConfig>> => graphRules[config.type] as GraphRule<Required<OptimizerConfig>>;

const rateOf = (learningRate: StepOptions['learningRate'], base: number, own: number): number =>
  typeof learningRate === 'function' ? learningRate(own) : own === base ? learningRate : own;

/** What the step needs beside gradient and state. */
export function numbersOf(plan: UpdatePlan, { learningRate, step }: StepOptions): Float32Array {
  return Float32Array.from(plan.groups.flatMap((config) => ruleOf(plan).numbers(config, rateOf(learningRate, plan.config.learningRate, config.learningRate), step)));
}

export const numbersDims = (plan: UpdatePlan): [number, number] => [plan.groups.length, numbersOf(plan, { learningRate: 0, step: 1 }).length / plan.groups.length];

/**
 * Makes the weights of the graph rows of one matrix, and adds the update of that matrix from `gradients` (parameter -> value; none where the loss does not
 * depend on it). The graph reads the weights under their names; they must not be inputs of it any more. One operation per tensor cuts it out of
 * the matrix and one puts all gradients together; of all others there are as many for any number of tensors. `evenSums`: the sums have one size in
 * every step, as a Loop wants it, instead of next to nothing where they are not wanted.
 */
export function addUpdate(graph: Graph, shapes: Shapes, opset: number, plan: UpdatePlan, gradients: ReadonlyMap<string, string>, { evenSums = false } = {}): UpdateNames {
  const { layout, slots, groupOf } = plan;
  const builder = new Builder(graph, shapes, opset);
  const dims = [layout.rows, rowLength];
  const input = (base: string, type: 'float32' | 'bool', size: number[]): Value => {
    const name = graph.addInput(graph.unique(base), type, size);
    shapes.set(name, { type, dims: size });
    return builder.value(name);
  };
  const output = (value: Value, base: string): string => {
    const name = graph.unique(base);
    graph.add('Identity', [value.name], {}, [name]);
    return graph.addOutput(name, 'float32', [...value.dims]);
  };

  const weight = input('weights', 'float32', dims);
  const state = Object.fromEntries(slots.map((slot) => [slot, input(slot, 'float32', dims)]));
  const numbers = input('update_numbers', 'float32', numbersDims(plan));
  const [, columns] = numbers.dims;
  const measured = input('measure_parameters', 'bool', []);
  cut(builder, plan, weight);

  const gradient = reshape(join(builder, plan, gradients), dims);
  const norms = rowNorms(gradient);
  const { norm, largest } = globalNorm(norms);
  const clipped = clip(gradient, norm, plan.clip);
  const groupOfRow = layout.places.flatMap(({ rows }, i) => Array<number>(rows).fill(groupOf[i]));
  const perRow = builder.emit('Gather', [numbers, builder.constant(groupOfRow, 'int32')], { axis: 0 }, [layout.rows, columns], 'float32');
  const result = ruleOf(plan).build(plan.config, { weight, gradient: clipped, state, column: (i) => slice(perRow, [1], [i], [i + 1]) });

  const { first, second } = plan;
  const sums = behind(graph, measured.name, evenSums, () =>
    rowSums(layout, {
      gradient, clipped, norms, weight, update: result.update, inverse: result.inverse, floor: result.floor,
      before: first === undefined ? undefined : state[first], first: first === undefined ? undefined : result.state[first], second: second === undefined ? undefined : result.state[second],
    }));
  return {
    state: [
      { slot: 'weight', input: weight.name, output: output(result.weight, 'next_weights') },
      ...slots.map((slot) => ({ slot, input: state[slot].name, output: output(result.state[slot], `next_${slot}`) })),
    ],
    numbers: numbers.name, measured: measured.name,
    gradient: output(gradient, 'gradient'),
    summary: output(reshape(builder.emit('Concat', [norm, largest], { axis: 0 }, [2, 1], 'float32'), [2]), 'gradient_summary'),
    sums,
  };
}

/** Every parameter out of the matrix, under its own name. */
function cut(builder: Builder, { layout: { places } }: UpdatePlan, weight: Value): void {
  const flat = reshape(weight, [weight.dims[0] * rowLength]);
  for (const { name, dims, length, row } of places) {
    const part = slice(flat, [0], [row * rowLength], [row * rowLength + length]);
    builder.graph.add('Reshape', [part.name, builder.int64(dims).name], {}, [name]);
  }
}

/** All gradients one after the other, each up to the end of its last row. */
function join(builder: Builder, { layout: { places } }: UpdatePlan, gradients: ReadonlyMap<string, string>): Value {
  const zeros = (length: number): Value[] => (length > 0 ? [builder.constant(Array(length).fill(0), 'float32')] : []);
  const parts = places.flatMap(({ name, length, rows }) => {
    const gradient = gradients.get(name);
    return [...(gradient === undefined ? zeros(length) : length > 0 ? [reshape(builder.value(gradient), [length])] : []), ...zeros(rows * rowLength - length)];
  });
  return parts.length === 1 ? parts[0] : builder.emit('Concat', parts, { axis: 0 }, [places.reduce((sum, { rows }) => sum + rows * rowLength, 0)], 'float32');
}

/** As `clipping` does for the kernel. */
function clip(gradient: Value, norm: Value, options: ClipConfig | undefined): Value {
  let result = gradient;
  if (options?.globalNorm !== undefined) {
    const scale = div(norm.builder.constant(options.globalNorm, 'float32'), add(norm, 1e-6));
    // Written so that a scale that is NaN stays NaN.
    result = mul(result, where(greater(scale, 1), 1, scale));
  }
  if (options?.value !== undefined) result = where(greater(result, options.value), options.value, where(less(result, -options.value), -options.value, result));
  return result;
}

/** Computes a matrix behind an ONNX `If`, so that it costs nothing where it is not wanted and the rest of the graph is the same. */
function behind(graph: Graph, condition: string, even: boolean, build: () => Value): string {
  const branch = (make: () => { name: string; dims: readonly number[] }) => {
    const before = new Set<NodeProto>(graph.nodes);
    const { name, dims } = make();
    const node = graph.nodes.filter((candidate) => !before.has(candidate));
    graph.remove(node);
    return { dims, proto: create(GraphProtoSchema, { name, node, output: [valueInfo(name, 'float32', [...dims])] }) };
  };
  const then = branch(build);
  const dims = even ? [...then.dims] : [1, 1];
  const otherwise = branch(() => ({ name: graph.add('Expand', [graph.constant([0], [1, 1]), graph.int64(dims)]), dims }));
  const name = graph.unique('row_sums');
  graph.add('If', [condition], { then_branch: { graph: then.proto }, else_branch: { graph: otherwise.proto } }, [name]);
  return graph.addOutput(name, 'float32', ['sums', 'rows']);
}

/** What the step tells, as the kernel's does; fills `statistics` where they are wanted. */
export function resultOf(plan: UpdatePlan, options: StepOptions, corrections: SecondMoment | undefined, summary: Float32Array, sums: Float32Array): StepResult {
  const [norm, largest] = summary;
  const { globalNorm: most = Infinity, value: limit = Infinity } = plan.clip ?? {};
  const scale = Math.min(1, most / (norm + 1e-6));
  const { statistics, learningRate, step } = options;
  if (statistics) {
    const totals = new Float64Array(Total.count);
    const momentum = plan.first !== undefined && step > 1;
    plan.layout.places.forEach((place, i) => {
      if (place.length === 0) return;
      const center = totalsOf(sums, plan.layout.rows, place, totals);
      const rate = rateOf(learningRate, plan.config.learningRate, plan.groups[plan.groupOf[i]].learningRate);
      writeQuantities(totals, { length: place.length, center, learningRate: rate, momentum, corrections }, statistics, i * parameterQuantities.length);
    });
  }
  return { gradientNorm: norm, clipped: scale < 1 || largest * scale > limit };
}
