import { InputError } from '../errors';
import { differentiate } from '../gradient/backward';
import { add, cast, div, mul, reshape, slice } from '../gradient/expression';
import { Builder, type Shapes, type Value } from '../gradient/value';
import type { Model } from '../layers/model';
import { byOutput, type Losses, type LossOptions } from '../loss';
import type { Graph } from '../onnx/graph';
import { int } from '../onnx/attributes';
import { fold } from '../onnx/fold';
import { lowerForEvaluation, lowerForTraining } from '../onnx/lower';
import { type MixedOptions, mixPrecision } from '../onnx/mixedPrecision';
import { elementNumber, sizeOf } from '../onnx/tensor';
import { runAsAdded } from '../onnx/order';
import { prune } from '../onnx/prune';
import { recompute } from '../onnx/recompute';
import { addActivationStatistics } from '../probe/activations';
import { activationQuantities } from '../run/record';
import { type InputShape, trace } from '../runtime/shapes';
import type { Objective } from '../loss/objective';
import { mixedLoss, type Mixing } from './mix';
import { lossTarget } from './target';

interface ProgramInput {
  name: string;
  type: 'float32' | 'int32';
  dims: number[];
}

interface Output {
  name: string;
  dims: number[];
}

/** One training step but for the update, as a graph. Names of its inputs and outputs by what they are. */
export interface Program {
  graph: Graph;
  /** Dimensions of inputs, labels and outputs, batch included. */
  inputs: ProgramInput[];
  /** Those of all outputs: where there are several, a row of numbers for each sample. */
  labels: ProgramInput;
  objectives: Objective[];
  /** In the order of the objectives: what the loss was computed from. */
  outputs: Output[];
  /** The sum of the losses, each times its weight. */
  loss: string;
  /** The losses of several outputs by themselves; empty where there is one. */
  terms: string[];
  /** Parameter -> its gradient, element by element, whatever its dimensions; absent where the loss does not depend on it. */
  gradients: Map<string, Output>;
  /** Buffer -> its value after the step. */
  updates: Map<string, string>;
  random?: { seed: string; step: string };
  activations?: { condition: string; output: string };
  /** Names of the inputs that labels are mixed by. */
  mixing?: Record<keyof Mixing, string>;
  /** Name of the scalar input that the loss's gradient is multiplied by on its way back; of mixed precision. The gradients that leave the graph are divided by it. */
  lossScale?: string;
  notices: string[];
}

export interface ProgramOptions {
  /** Labels are mixed within the batch. */
  mixed?: boolean;
  /** How float16 is computed; absent: in float32. */
  precision?: Pick<MixedOptions, 'emulated'>;
  /** Activations are computed again in the reverse pass: in so many segments, or (`true`) as many as leave the lowest peak of memory. */
  recompute?: number | boolean;
}

/**
 * Forward pass, loss, reverse pass and activation statistics for one batch size. `trained`: the parameters whose gradient is wanted; they and
 * the buffers become inputs of the graph, all other initializers stay in it. Throws InputError where the model cannot be trained.
 */
export async function trainingProgram(model: Model, loss: Losses, batch: number, trained: readonly string[], { mixed = false, precision, recompute: segments = false }: ProgramOptions = {}): Promise<Program> {
  const { opset } = model;
  const inputs = withBatch(model, batch);
  const { shapes, values } = await trace(lowerForEvaluation(model.graph), opset, inputs);
  try {
    const { graph, updates, custom, random } = lowerForTraining(model.graph, shapes, opset, new Set(model.parameters.filter(({ frozen }) => frozen).map(({ name }) => name)));
    fold(graph, values, [...inputs.map(({ name }) => name), ...trained, ...model.buffers, ...Object.values(random ?? {})]);
    const condition = graph.unique('measure_activations');
    const statistics = model.activations.length > 0 ? addActivationStatistics(graph, shapes, opset, condition, model.activations) : undefined;
    const { labels, heads, total, seeds, mixing } = graph.within('loss', () => addLoss(graph, model, loss, shapes, { mixed }));
    const scaling = precision && lossScaling(new Builder(graph, shapes, opset));
    const raw = differentiate(graph, shapes, scaling ? scaling.scaled(seeds) : seeds, trained, opset, custom);
    const gradients = scaling ? scaling.unscaled(raw) : raw;

    graph.proto.input = [];
    graph.proto.output = [];
    const narrow = narrowInputs(graph, inputs);
    graph.addInput(labels.name, labels.type, labels.dims);
    for (const name of [random?.seed, random?.step]) if (name) graph.addInput(name, 'int32', []);
    for (const name of [...Object.values(mixing ?? {}), ...(scaling ? [scaling.input] : [])]) graph.addInput(name, shapes.get(name)!.type, shapes.get(name)!.dims);
    for (const name of [...trained, ...model.buffers]) {
      graph.removeTensor(name);
      graph.addInput(name, 'float32', shapes.get(name)!.dims);
    }
    const expose = exposer(graph, shapes);
    const program: Program = {
      graph, inputs: narrow, labels, random, mixing, lossScale: scaling?.input,
      objectives: heads.map(({ objective }) => objective),
      outputs: heads.map(({ value }) => expose(value)),
      loss: expose(total).name,
      terms: heads.length > 1 ? heads.map(({ term }) => expose(term).name) : [],
      gradients: new Map([...gradients].map(([name, from]) => [name, expose(unshaped(graph, from))])),
      updates: new Map([...updates].map(([name, from]) => [name, expose(from).name])),
      activations: undefined,
      notices: heads.flatMap(({ notice }) => notice ?? []),
    };
    if (statistics) {
      graph.addInput(condition, 'bool', []);
      graph.addOutput(statistics, 'float32', [model.activations.length * activationQuantities.length]);
      program.activations = { condition, output: statistics };
    }
    if (precision) mixPrecision(graph, shapes, { ...precision, keep: seeds.keys() });
    prune(graph);
    if (segments !== false && !recompute(graph, shapes, seeds.values(), [...program.gradients.values()].map(({ name }) => name), segments === true ? undefined : segments)) program.notices.push(nothingRecomputed);
    // What is measured need not be kept.
    runAsAdded(graph, statistics);
    return program;
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`the model cannot be trained: ${(error as Error).message}`);
  }
}

const nothingRecomputed = 'recompute changes nothing: wherever the model were cut, what has to be held is as much as what would be dropped';

/**
 * What is small passes back through float16 multiplied by a scale, or it would be zero (Micikevicius et al. 2018, section 3.2). `scaled`: value -> its gradient, multiplied;
 * `unscaled`: parameter -> its gradient, as it is.
 */
function lossScaling(builder: Builder): { input: string; scaled: typeof scaled; unscaled: typeof scaled } {
  const input = builder.graph.unique('loss_scale');
  builder.shapes.set(input, { dims: [], type: 'float32' });
  const scale = builder.value(input);
  const times = (factor: Value) => (values: ReadonlyMap<string, string>): Map<string, string> => new Map([...values].map(([of, gradient]) => [of, mul(builder.value(gradient), factor).name]));
  const scaled = times(scale);
  return { input, scaled, unscaled: times(div(1, scale)) };
}

/**
 * Declares the inputs of the graph. Those that the model has as int64 are fed as int32, as data sets hold them and GPUs want them: directly
 * where they are indices only, else through a Cast. The Cast comes after a Reshape, as the gradient of an embedding has it: GPUs have none of int64.
 */
export function narrowInputs(graph: Graph, inputs: readonly InputShape[]): ProgramInput[] {
  return inputs.map(({ name, type, dims }) => {
    if (type !== 'int64') return { name: graph.addInput(name, type, dims), type: type as 'float32' | 'int32', dims };
    const readers = graph.consumers(name);
    const to = elementNumber('int64');
    const input = (fed: string): ProgramInput => ({ name: graph.addInput(fed, 'int32', dims), type: 'int32', dims });
    const reshapes = readers.filter(({ opType, input: [data] }) => opType === 'Reshape' && data === name);
    if (!readers.every((node) => reshapes.includes(node) || (node.opType === 'Gather' && node.input[0] !== name))) {
      const fed = graph.unique(`${name}_int32`);
      graph.add('Cast', [fed], { to }, [name]);
      return input(fed);
    }
    graph.remove(reshapes);
    for (const node of reshapes) graph.add('Cast', [graph.add('Reshape', node.input, { allowzero: int(node, 'allowzero', 0) || undefined })], { to }, node.output);
    return input(name);
  });
}

export const withBatch = (model: Model, batch: number): InputShape[] => model.inputs.map(({ name, type, dims }) => ({ name, type, dims: [batch, ...dims] }));

/** An output as the loss takes it, and its loss. */
interface Head {
  objective: Objective;
  value: string;
  /** Its loss, without the weight. */
  term: string;
  notice?: string;
}

/**
 * Adds labels and losses to a graph whose shapes are known. `seeds`: the gradient of the sum of the weighted losses with respect to what each is computed from, so that
 * it is differentiated once.
 */
export function addLoss(graph: Graph, model: Model, loss: Losses, shapes: Shapes, { mixed = false } = {}): { heads: Head[]; labels: ProgramInput; total: string; seeds: Map<string, string>; mixing?: Program['mixing'] } {
  const builder = new Builder(graph, shapes, model.opset);
  const targets = byOutput<LossOptions>(loss).map(({ output, loss: options }) => {
    const end = output === undefined ? model.outputs[0] : model.outputs.find(({ name }) => name === output)!;
    const target = lossTarget(model, end, options, shapes.get(end.name)!.dims.length);
    const value = builder.value(target.value);
    if (value.type !== 'float32') throw new Error(`its output "${end.name}" is ${value.type}, but a loss needs float32`);
    const classes = options.classWeights?.length;
    if (classes !== undefined && classes !== value.dims[1]) throw new Error(`loss${output === undefined ? '' : `.${output}`}.classWeights has ${classes} weights, but the model has ${value.dims[1]} outputs`);
    return { ...target, output, options, value, dims: target.rule.labelDims(value.dims) };
  });
  const { labels, parts } = addLabels(builder, targets);
  const mixing = mixed ? { partners: graph.unique('partners'), share: graph.unique('share') } : undefined;
  if (mixing) shapes.set(mixing.partners, { dims: [labels.dims[0]], type: 'int32' }).set(mixing.share, { dims: [], type: 'float32' });
  const seeds = new Map<string, Value>();
  let total: Value | undefined;
  const heads = targets.map(({ rule, output, options, value, notice }, i): Head => {
    const { weight = 1 } = options;
    const own = mixing ? mixedLoss(rule, builder.value(mixing.partners), builder.value(mixing.share)) : rule;
    const built = own.build(value, parts[i].labels, options);
    const [term, gradient] = [mul(built.loss, weight), mul(built.gradient, weight)];
    total = total ? add(total, term) : term;
    const known = seeds.get(value.name);
    seeds.set(value.name, known ? add(known, gradient) : gradient);
    const { before, size } = parts[i];
    return { objective: { output, loss: options, dims: value.dims.slice(1), before, size, width: parts.reduce((sum, part) => sum + part.size, 0) }, value: value.name, term: built.loss.name, notice };
  });
  return { heads, labels, total: total!.name, mixing, seeds: new Map([...seeds].map(([name, gradient]) => [name, gradient.name])) };
}

interface LabelPart {
  before: number;
  size: number;
  labels: Value;
}

/** One input holds the labels: of a single output as its loss takes them, of several one behind the other in a row for each sample, as floats where not all are ids. */
function addLabels(builder: Builder, targets: readonly { rule: { labels: 'int32' | 'float32' }; dims: number[] }[]): { labels: ProgramInput; parts: LabelPart[] } {
  const [{ rule, dims }] = targets;
  const [batch] = dims;
  const sizes = targets.map((target) => sizeOf(target.dims) / batch);
  const single = targets.length === 1;
  const type = targets.every((target) => target.rule.labels === rule.labels) ? rule.labels : 'float32';
  const labels: ProgramInput = { name: builder.graph.unique('labels'), type, dims: single ? dims : [batch, sizes.reduce((a, b) => a + b, 0)] };
  builder.shapes.set(labels.name, labels);
  const all = builder.value(labels.name);
  let before = 0;
  return {
    labels,
    parts: targets.map((target, i) => {
      const part = { before, size: sizes[i], labels: single ? all : cast(reshape(slice(all, [1], [before], [before + sizes[i]]), target.dims), target.rule.labels) };
      before += sizes[i];
      return part;
    }),
  };
}

/** Makes values outputs of the graph; a value that is one already, or an input, gets a copy, for every output has its own buffer. */
function exposer(graph: Graph, shapes: Shapes): (value: string) => Output {
  return (value) => {
    const { dims, type } = shapes.get(value)!;
    const taken = !graph.producer(value) || graph.proto.output.some(({ name }) => name === value);
    const name = taken ? graph.add('Identity', [value]) : value;
    shapes.set(name, { dims, type });
    return { name: graph.addOutput(name, type, dims), dims };
  };
}

/** The value before a last change of dimensions: as an output both fill the same memory, but onnxruntime computes the one and copies it to the other. */
function unshaped(graph: Graph, value: string): string {
  const node = graph.producer(value);
  return node?.opType === 'Reshape' ? unshaped(graph, node.input[0]) : value;
}
