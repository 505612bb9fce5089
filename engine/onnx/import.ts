import { readFileSync } from 'node:fs';
import { type Folders, resolvePath } from '../data/path';
import { list } from '../data/samples';
import { InputError, oneOf } from '../errors';
import type { Shapes } from '../gradient/value';
import type { Model, ModelOutput } from '../layers/model';
import { type InputShape, type Trace, trace } from '../runtime/shapes';
import { takeBranches } from './branches';
import { parametersOf } from './parameters';
import type { Graph } from './graph';
import { lowerForEvaluation } from './lower';
import { type ModelFile, readModel } from './model';
import { normalize } from './normalize';
import { prune } from './prune';
import { freeBatch } from './rebatch';
import { elementType, type ElementType } from './tensor';
import { watchedActivations } from './watched';

export interface Imported {
  model: Model;
  /** Sentences on what the file holds and what was changed. */
  report: string[];
}

const oldestOpset = 11;
const inputTypes = ['float32', 'int32', 'int64'];

export interface ImportOptions {
  /** Dimensions of the inputs, batch left out, for those that the file leaves open. */
  dims?: readonly (readonly number[])[];
  /** Names of the outputs that are trained. Default: the first. */
  outputs?: readonly string[];
}

/** A model that can be trained from an ONNX file in training or in evaluation form. */
export async function importModel(source: { file: string } & Folders, options: ImportOptions = {}): Promise<Imported> {
  return modelFrom(readModel(read(resolvePath(source.file, source), source.file), source.file), source.file, options);
}

function read(path: string, file: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new InputError(code === 'ENOENT' ? 'the file does not exist' : code === 'EISDIR' ? 'is a folder; an ONNX model is expected' : `the file cannot be read (${code})`, { file });
  }
}

export async function modelFrom({ graph, opset }: ModelFile, file: string, { dims, outputs: wanted }: ImportOptions = {}): Promise<Imported> {
  const report: string[] = [];
  try {
    if (opset < oldestOpset) throw new InputError(`the model uses opset ${opset}; training needs ${oldestOpset} or newer, so export it again, best with opset 17`);
    report.push(...normalize(graph));
    const inputs = inputsOf(graph, dims);
    const outputs = chooseOutputs(graph, wanted, report);
    prune(graph);
    const { shapes, values } = await traced(graph, opset, inputs);
    report.push(...freeBatch(graph, shapes, values, inputs));
    declare(graph, inputs, outputs, shapes);

    const { parameters, buffers } = parametersOf(graph, outputs);
    if (parameters.length === 0) throw new InputError('the model has no parameters: no initializer of type float32 takes part in its output');
    report.push(...observations(graph, parameters, buffers));
    const model: Model = {
      graph, opset, parameters, buffers,
      inputs: inputs.map(({ name, type, dims: [, ...rest] }) => ({ name, type, dims: rest })),
      activations: watchedActivations(graph, shapes, parameters),
      outputs: outputs.map((name) => ({ name, endsIn: endOf(graph, name) })),
    };
    return { model, report };
  } catch (error) {
    throw error instanceof InputError && error.place ? error : new InputError((error as Error).message, { file });
  }
}

/** Shapes and constants; branches that the constants settle are taken on the way. */
async function traced(graph: Graph, opset: number, inputs: InputShape[]): Promise<Trace> {
  const first = await trace(lowerForEvaluation(graph), opset, inputs);
  return takeBranches(graph, first.values) ? traced(graph, opset, inputs) : first;
}

/** The batch is the first dimension of every input; one that the file leaves open is taken as 2 while shapes are inferred. */
function inputsOf(graph: Graph, given?: readonly (readonly number[])[]): InputShape[] {
  return graph.proto.input.map(({ name, type }, i) => {
    const tensor = type!.value.case === 'tensorType' ? type!.value.value : undefined;
    const element = elementType(tensor?.elemType ?? 0);
    if (!element || !inputTypes.includes(element)) throw new InputError(`input "${name}" is ${element ?? 'of an unknown type'}; allowed are ${inputTypes.join(', ')}`);
    const stated = tensor?.shape?.dim.map(({ value }) => (value.case === 'dimValue' && value.value > 0n ? Number(value.value) : undefined));
    const known = given?.[i];
    if (!stated && !known) throw new InputError(`input "${name}" states no dimensions; export the model with fixed ones`);
    const [batch = 2, ...rest] = stated ?? [undefined, ...known!];
    if (known && known.length !== rest.length) throw new InputError(`input "${name}" takes samples of ${rest.length} dimensions, the data has [${known.join(', ')}]`);
    const dims = rest.map((n, axis) => n ?? known?.[axis]);
    if (dims.includes(undefined)) throw new InputError(`input "${name}" leaves dimension ${dims.indexOf(undefined) + 1} open; export the model with it fixed`);
    if (known && known.some((n, axis) => n !== dims[axis])) throw new InputError(`input "${name}" takes samples of dimensions [${dims.join(', ')}], the data has [${known.join(', ')}]`);
    return { name, type: element as ElementType, dims: [batch, ...(dims as number[])] };
  });
}

function chooseOutputs(graph: Graph, wanted: readonly string[] | undefined, report: string[]): string[] {
  const all = graph.proto.output.map(({ name }) => name);
  const outputs = wanted ?? all.slice(0, 1);
  const unknown = outputs.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new InputError(`the model has no output "${unknown}", which the loss names; it has ${oneOf(all.map((name) => `"${name}"`))}`);
  if (outputs.length < all.length) report.push(`the model has ${all.length} outputs; ${wanted ? `of them ${list(outputs)} ${outputs.length > 1 ? 'are' : 'is'} trained` : `the first, "${all[0]}", is trained`}`);
  return [...outputs];
}

/** Inputs and outputs with an open batch dimension. */
function declare(graph: Graph, inputs: InputShape[], outputs: readonly string[], shapes: Shapes): void {
  graph.proto.input = [];
  graph.proto.output = [];
  for (const { name, type, dims } of inputs) graph.addInput(name, type, ['batch', ...dims.slice(1)]);
  for (const output of outputs) {
    const { dims, type } = shapes.get(output)!;
    graph.addOutput(output, type, ['batch', ...dims.slice(1)]);
  }
}

function observations(graph: Graph, parameters: Model['parameters'], buffers: string[]): string[] {
  const unnamed = parameters.filter(({ name }) => /^(onnx::|_v_|val_)?\w*_?\d+$/.test(name) || name.startsWith('onnx::')).length;
  const convolutions = graph.nodes.some(({ opType }) => opType === 'Conv');
  return [
    ...(unnamed > 0 ? [`${unnamed} of ${parameters.length} parameters have lost their names on export; a model exported in training form keeps them`] : []),
    ...(unnamed > 0 && convolutions && buffers.length === 0 ? ['the model has no BatchNormalization; an export in evaluation form folds it into the convolutions, which can be trained all the same'] : []),
  ];
}

function endOf(graph: Graph, output: string): ModelOutput['endsIn'] {
  let last = graph.producer(output);
  while (last?.opType === 'Identity') last = graph.producer(last.input[0]);
  return last?.opType === 'Sigmoid' ? 'sigmoid' : last?.opType === 'Softmax' || last?.opType === 'LogSoftmax' ? 'softmax' : undefined;
}
