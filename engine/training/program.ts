import { InputError } from '../errors';
import { differentiate } from '../gradient/backward';
import { Builder, type Shapes } from '../gradient/value';
import type { Model } from '../layers/model';
import type { LossOptions } from '../loss';
import type { Graph } from '../onnx/graph';
import { fold } from '../onnx/fold';
import { lowerForEvaluation, lowerForTraining } from '../onnx/lower';
import { elementNumber } from '../onnx/tensor';
import { prune } from '../onnx/prune';
import { addActivationStatistics } from '../probe/activations';
import { activationQuantities } from '../run/record';
import { type InputShape, trace } from '../runtime/shapes';
import { lossTarget, type Target } from './target';

interface ProgramInput {
  name: string;
  type: 'float32' | 'int32';
  dims: number[];
}

/** One training step but for the update, as a graph. Names of its inputs and outputs by what they are. */
export interface Program {
  graph: Graph;
  /** Dimensions of inputs, labels and output, batch included. */
  inputs: ProgramInput[];
  labels: { name: string; type: 'float32' | 'int32'; dims: number[] };
  output: { name: string; dims: number[] };
  loss: string;
  /** Parameter -> its gradient; absent where the loss does not depend on it. */
  gradients: Map<string, string>;
  /** Buffer -> its value after the step. */
  updates: Map<string, string>;
  random?: { seed: string; step: string };
  activations?: { condition: string; output: string };
  notices: string[];
}

/**
 * Forward pass, loss, reverse pass and activation statistics for one batch size. `trained`: the parameters whose gradient is wanted; they and
 * the buffers become inputs of the graph, all other initializers stay in it. Throws InputError where the model cannot be trained.
 */
export async function trainingProgram(model: Model, loss: LossOptions, batch: number, trained: readonly string[]): Promise<Program> {
  const { opset } = model;
  const inputs = withBatch(model, batch);
  const { shapes, values } = await trace(lowerForEvaluation(model.graph), opset, inputs);
  try {
    const { graph, updates, custom, random } = lowerForTraining(model.graph, shapes, opset, new Set(model.parameters.filter(({ frozen }) => frozen).map(({ name }) => name)));
    fold(graph, values, [...inputs.map(({ name }) => name), ...trained, ...model.buffers]);
    const { target, labels, value, gradient } = addLoss(graph, model, loss, shapes);
    const gradients = differentiate(graph, shapes, new Map([[target.value, gradient]]), trained, opset, custom);

    graph.proto.input = [];
    graph.proto.output = [];
    const narrow = narrowInputs(graph, inputs);
    graph.addInput(labels.name, labels.type, labels.dims);
    for (const name of [random?.seed, random?.step]) if (name) graph.addInput(name, 'int32', []);
    for (const name of [...trained, ...model.buffers]) {
      graph.removeTensor(name);
      graph.addInput(name, 'float32', shapes.get(name)!.dims);
    }
    const expose = exposer(graph, shapes);
    const output = { name: expose(target.value), dims: shapes.get(target.value)!.dims };
    const program: Program = {
      graph, inputs: narrow, labels, output, random,
      loss: expose(value),
      gradients: new Map([...gradients].map(([name, from]) => [name, expose(from)])),
      updates: new Map([...updates].map(([name, from]) => [name, expose(from)])),
      activations: undefined,
      notices: target.notice ? [target.notice] : [],
    };
    if (model.activations.length > 0) {
      const condition = graph.addInput(graph.unique('measure_activations'), 'bool', []);
      const statistics = addActivationStatistics(graph, shapes, opset, condition, model.activations);
      graph.addOutput(statistics, 'float32', [model.activations.length * activationQuantities.length]);
      program.activations = { condition, output: statistics };
    }
    prune(graph);
    return program;
  } catch (error) {
    throw error instanceof InputError ? error : new InputError(`the model cannot be trained: ${(error as Error).message}`);
  }
}

/**
 * Declares the inputs of the graph. Those that the model has as int64 are fed as int32, as data sets hold them and GPUs want them: directly
 * where they are indices only, else through a Cast.
 */
export function narrowInputs(graph: Graph, inputs: readonly InputShape[]): ProgramInput[] {
  return inputs.map(({ name, type, dims }) => {
    if (type !== 'int64') return { name: graph.addInput(name, type, dims), type: type as 'float32' | 'int32', dims };
    const readers = graph.consumers(name);
    const indices = readers.every(({ opType, input }) => opType === 'Gather' && input[0] !== name);
    const fed = indices ? name : graph.unique(`${name}_int32`);
    if (!indices) graph.add('Cast', [fed], { to: elementNumber('int64') }, [name]);
    return { name: graph.addInput(fed, 'int32', dims), type: 'int32' as const, dims };
  });
}

export const withBatch = (model: Model, batch: number): InputShape[] => model.inputs.map(({ name, type, dims }) => ({ name, type, dims: [batch, ...dims] }));

/** Adds labels and loss to a graph whose shapes are known. */
export function addLoss(graph: Graph, model: Model, loss: LossOptions, shapes: Shapes): { target: Target; labels: Program['labels']; value: string; gradient: string } {
  const target = lossTarget(model, loss, shapes.get(model.output)!.dims.length);
  const builder = new Builder(graph, shapes, model.opset);
  const output = builder.value(target.value);
  if (output.type !== 'float32') throw new Error(`its output "${model.output}" is ${output.type}, but a loss needs float32`);
  const classes = loss.classWeights?.length;
  if (classes !== undefined && classes !== output.dims[1]) throw new Error(`loss.classWeights has ${classes} weights, but the model has ${output.dims[1]} outputs`);
  const labels = { name: graph.unique('labels'), type: target.rule.labels, dims: target.rule.labelDims(output.dims) };
  shapes.set(labels.name, labels);
  const built = target.rule.build(output, builder.value(labels.name), loss);
  return { target, labels, value: built.loss.name, gradient: built.gradient.name };
}

/** Makes values outputs of the graph; a value that is one already, or an input, gets a copy, for every output has its own buffer. */
function exposer(graph: Graph, shapes: Shapes): (value: string) => string {
  return (value) => {
    const { dims, type } = shapes.get(value)!;
    const taken = !graph.producer(value) || graph.proto.output.some(({ name }) => name === value);
    const name = taken ? graph.add('Identity', [value]) : value;
    return graph.addOutput(name, type, dims);
  };
}
