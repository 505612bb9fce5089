import type { CustomGradient } from '../gradient/backward';
import { add, cast, cos, div, greater, log, mul, reshape, sqrt, square, sub, sumPerChannel } from '../gradient/expression';
import { reduce } from '../gradient/reduce';
import { Builder, type Shapes, type Value } from '../gradient/value';
import { sizeOf } from './tensor';
import { float } from './attributes';
import { randomBits } from './counter';
import type { NodeProto } from './generated/onnx_pb';
import type { Graph } from './graph';
import { productConvolution } from './productConvolution';
import { numbers } from './tensor';

export interface Lowered {
  graph: Graph;
  /** Parameters that are not trained. */
  frozen: ReadonlySet<string>;
  /** Buffer (running_mean, running_var) -> value that replaces it after this step. */
  updates: Map<string, string>;
  /** Values whose gradient has a closed form. */
  custom: Map<string, CustomGradient>;
  /** Names of the int32 scalar inputs that random numbers depend on; absent where nothing is random. */
  random?: { seed: string; step: string };
}

const stochastic = new Set(['BatchNormalization', 'Dropout', 'RandomNormalLike']);

/** For evaluation: BatchNormalization by its running statistics, Dropout and added noise do nothing. The graph passed in stays as it is. */
export function lowerForEvaluation(original: Graph): Graph {
  const graph = original.clone();
  for (const node of [...graph.nodes]) {
    if (!stochastic.has(node.opType)) continue;
    if (node.opType === 'Dropout') {
      if (graph.producer(node.input[0])?.opType === 'ConstantOfShape') leaveOut(graph, node, 'Mul', 'a mask that multiplies');
      node.opType = 'Identity';
      node.input = node.input.slice(0, 1);
      node.attribute = [];
    } else if (node.opType === 'RandomNormalLike') {
      leaveOut(graph, node, 'Add', 'noise that is added');
      graph.remove([node]);
    } else {
      node.attribute = node.attribute.filter(({ name }) => name !== 'training_mode' && name !== 'momentum');
    }
    node.output = node.output.slice(0, 1);
  }
  return graph;
}

/** Noise, or a mask that drops whole channels: what it was added to, or multiplied by, stays. */
function leaveOut(graph: Graph, random: NodeProto, combinedBy: 'Add' | 'Mul', supported: string): void {
  for (const reader of graph.consumers(random.output[0])) {
    if (reader.opType !== combinedBy) throw new Error(`operator ${random.opType} (node "${random.name}") feeds ${reader.opType}; only ${supported} is supported`);
    reader.opType = 'Identity';
    reader.input = reader.input.filter((input) => input !== random.output[0]);
  }
}

/**
 * For training: BatchNormalization by the statistics of the batch, in primitive operators that have gradients, Dropout and noise with the
 * generator of `counter.ts`, small convolutions as products. A BatchNormalization whose scale and bias are both `frozen` keeps to its running statistics, which stay as they are. `shapes` has the values of the graph with the batch fixed; new values are added to it.
 */
export function lowerForTraining(original: Graph, shapes: Shapes, opset: number, frozen: ReadonlySet<string> = new Set()): Lowered {
  const graph = original.clone();
  const lowered: Lowered = { graph, frozen, updates: new Map(), custom: new Map() };
  const builder = new Builder(graph, shapes, opset);
  for (const node of graph.nodes.filter(({ opType }) => Object.hasOwn(replacement, opType))) {
    const y = graph.within(node.opType, () => replacement[node.opType](node, builder, lowered));
    if (!y) continue;
    graph.remove([node]);
    graph.add('Identity', [y.name], {}, [node.output[0]]);
    shapes.set(node.output[0], { dims: [...y.dims], type: y.type });
  }
  return lowered;
}

/**
 * Ioffe & Szegedy 2015. The batch is normalised by the biased variance; the running variance takes the unbiased one, as in torch (ONNX's own
 * definition takes the biased one). Its gradient is the paper's, simplified: four passes over the activations instead of a dozen.
 */
function batchNormalization(node: NodeProto, builder: Builder, { updates, custom, frozen }: Lowered): Value {
  const [x, scale, bias, runningMean, runningVariance] = node.input.map((input) => builder.value(input));
  const axes = x.dims.map((_, axis) => axis).filter((axis) => axis !== 1);
  const perChannel = x.dims.map((n, axis) => (axis === 1 ? n : 1));
  if (frozen.has(scale.name) && frozen.has(bias.name)) {
    const factor = div(scale, sqrt(add(runningVariance, float(node, 'epsilon', 1e-5))));
    return add(mul(sub(x, reshape(runningMean, perChannel)), reshape(factor, perChannel)), reshape(bias, perChannel));
  }
  const mean = reduce('ReduceMean', x, axes);
  const centered = sub(x, mean);
  const variance = reduce('ReduceMean', square(centered), axes);
  const inverse = div(1, sqrt(add(variance, float(node, 'epsilon', 1e-5))));

  const count = sizeOf(axes.map((axis) => x.dims[axis]));
  const keep = decimal(float(node, 'momentum', 0.9));
  const update = (buffer: Value, batch: Value, factor: number): void => {
    updates.set(buffer.name, add(mul(buffer, keep), mul(reshape(batch, buffer.dims), factor)).name);
  };
  update(runningMean, mean, decimal(1 - keep));
  // One value per channel has no unbiased variance; its biased one, zero, is taken.
  update(runningVariance, variance, (decimal(1 - keep) * count) / Math.max(count - 1, 1));
  const factor = mul(inverse, reshape(scale, perChannel));
  const y = add(mul(centered, factor), reshape(bias, perChannel));
  custom.set(y.name, {
    inputs: [x.name, scale.name, bias.name],
    back(dy) {
      const shift = sumPerChannel(dy);
      const moment = sumPerChannel(mul(dy, centered));
      const tilt = mul(mul(square(inverse), reshape(moment, perChannel)), 1 / count);
      const dx = mul(sub(sub(dy, mul(centered, tilt)), mul(reshape(shift, perChannel), 1 / count)), factor);
      return [dx, mul(moment, reshape(inverse, bias.dims)), shift];
    },
  });
  return y;
}

/** 0.9 is stored as the float32 0.89999998, and one minus that is 2e-7 off 0.1: take the decimal number that was meant. */
const decimal = (x: number): number => Number(x.toPrecision(7));

/** Srivastava et al. 2014, "inverted": what is kept is scaled by 1/(1-p). */
function dropout(node: NodeProto, builder: Builder, lowered: Lowered): Value {
  const x = builder.value(node.input[0]);
  const given = node.input[1] ? builder.graph.tensor(node.input[1]) : undefined;
  if (node.input[1] && !given) throw new Error(`operator Dropout (node "${node.name}") has a ratio that is computed; only a constant is supported`);
  const ratio = decimal(given ? numbers(given)[0] : float(node, 'ratio', 0.5));
  if (ratio <= 0) return x;
  if (ratio >= 1) return mul(x, 0);
  const bits = random(builder, lowered, node.output[0], x.dims);
  const kept = greater(bits, Math.round(ratio * 2 ** 32) - 2 ** 31 - 1);
  return mul(x, mul(cast(kept, 'float32'), 1 / (1 - ratio)));
}

/** Half of what the bits resolve: keeps the logarithm from zero. */
const smallest = 2 ** -33;

/** Box and Muller 1958. */
function noise(node: NodeProto, builder: Builder, lowered: Lowered): Value {
  const { dims } = builder.value(node.input[0]);
  const uniform = (from: string): Value => mul(add(cast(random(builder, lowered, from, dims), 'float32'), 2 ** 31), 2 ** -32);
  const place = node.output[0];
  const radius = sqrt(mul(log(add(uniform(place), smallest)), -2));
  const normal = mul(radius, cos(mul(uniform(`${place}/angle`), 2 * Math.PI)));
  return add(mul(normal, decimal(float(node, 'scale', 1))), decimal(float(node, 'mean', 0)));
}

/** What a node becomes; undefined where it stays. */
const replacement: Record<string, (node: NodeProto, builder: Builder, lowered: Lowered) => Value | undefined> = {
  BatchNormalization: batchNormalization, Dropout: dropout, RandomNormalLike: noise, Conv: productConvolution,
};

/** Bits that depend on the seed, the step and the place; the graph has inputs for seed and step from the first time on. */
function random(builder: Builder, lowered: Lowered, place: string, dims: readonly number[]): Value {
  lowered.random ??= { seed: scalarInput(builder, 'seed'), step: scalarInput(builder, 'step') };
  return randomBits(builder.value(lowered.random.seed), builder.value(lowered.random.step), place, dims);
}

function scalarInput(builder: Builder, base: string): string {
  const name = builder.graph.addInput(builder.graph.unique(base), 'int32', []);
  builder.shapes.set(name, { dims: [], type: 'int32' });
  return name;
}
