/** Loss, gradients and update in one graph, for one step or for several in a row. */
import type * as Ort from 'onnxruntime-node';
import type { Shapes } from '../gradient/value';
import type { Model } from '../layers/model';
import type { Objective } from '../loss/objective';
import { repeat } from '../onnx/loop';
import { writeModel } from '../onnx/model';
import { type ElementType, newArray, sizeOf, type TensorData } from '../onnx/tensor';
import { sumsDims } from '../optimizer/graph/sums';
import { addUpdate, numbersDims, numbersOf, resultOf, type UpdateNames, type UpdatePlan } from '../optimizer/graph/update';
import type { StepOptions, StepResult } from '../optimizer/optimizer';
import type { Keeping } from '../runtime/devices';
import { runtime } from '../runtime/ort';
import { type Program, trainingProgram } from './program';
import { type BatchArrays, endsOf, keepInputs, openSession, resultsOf, type Room, type RunOptions, runSession, type RunValues } from './session';
import type { Training } from './setup';

/** Steps of one run: weights and moments pass to the device and back once for all of them, so that they cost a step less than its gradient would; more would make a stop wait. */
const mostSteps = 32;
/** Bytes of the batches and results of one run: they lie in the memory of the device all at once, beside the activations of one step. */
export const mostBytes = 64 * 2 ** 20;

export type Trained = Pick<Training, 'model' | 'loss' | 'optimizer' | 'buffers' | 'device' | 'mix' | 'config'>;

/** Matrices and running statistics, on the device or not, by what they are: "weight", "exp_avg", "buffer/bn.mean". */
export type State = Map<string, Ort.Tensor>;

/** What a step is asked for, perhaps ahead of its turn. */
export interface Asked {
  run: RunOptions;
  update: StepOptions;
}

/** What steps make of a state. */
export interface Computed {
  state: State;
  /** Of the last step. */
  gradient: Ort.Tensor;
  /** What a step (from 0) told; fills the statistics where they are wanted. */
  result(step: number, update: StepOptions): StepResult & RunValues;
}

export interface Computation {
  objectives: Objective[];
  notices: string[];
  /** What the batches of the next steps are put into: of as many as can be done in one run. */
  batches: BatchArrays[];
  /** That of the step that was handed out last. */
  last: BatchArrays;
  run(from: State, steps: readonly Asked[]): Promise<Computed>;
  release(): Promise<void>;
}

/** Of batches of one size. */
export async function computationOf({ model, loss, device, optimizer, mix, config: { recompute } }: Trained, plan: UpdatePlan, keeps: Keeping, batch: number): Promise<Computation> {
  const program = await trainingProgram(model, loss, batch, optimizer.store.names, { mixed: mix !== undefined, recompute });
  const { Tensor } = await runtime();
  const names = addTo(program, model, plan, keeps === 'loop');
  const updated = [...program.updates].map(([name, output]) => ({ key: `buffer/${name}`, input: name, output }));
  const kept = [...names.state.map(({ slot, input, output }) => ({ key: slot, input, output })), ...updated];
  // Running statistics that stand still are read only.
  const inputs = new Map([...model.buffers.map((name) => [`buffer/${name}`, name] as const), ...kept.map(({ key, input }) => [key, input] as const)]);

  const results = [...resultsOf(program, model), { name: names.summary, dims: [2] }, { name: names.sums, dims: sumsDims(plan.layout) }];
  const bytes = 4 * [...program.inputs, program.labels, ...results].reduce((sum, { dims }) => sum + sizeOf(dims), 0);
  const steps = keeps === 'loop' ? Math.max(1, Math.min(mostSteps, Math.floor(mostBytes / bytes))) : 1;
  const stack = new Stack(steps);
  const all = await Promise.all(Array.from({ length: steps }, async (_, i) => {
    const room = stack.room(i);
    return { ends: await endsOf(program, model, room), numbers: room(names.numbers, 'float32', numbersDims(plan)) as Float32Array, measured: room(names.measured, 'bool', []) };
  }));
  const loop = keeps === 'loop' ? repeat(program.graph, { carried: kept, each: stack.names, last: [names.gradient] }) : undefined;
  const nameOf = (name: string): string => loop?.names.get(name) ?? name;
  const resident = [...kept.map(({ output }) => output), names.gradient];
  const session = await openSession(writeModel(loop?.graph ?? program.graph, { opset: model.opset }), device, { repeats: Boolean(recompute), resident: loop ? [] : resident });
  const wanted = Object.fromEntries([...results.map(({ name }) => name), ...resident].map((name) => [nameOf(name), null]));

  const run: Computation['run'] = async (from, asked) => {
    asked.forEach(({ run: options, update }, i) => {
      all[i].ends.set(options);
      all[i].numbers.set(numbersOf(plan, update));
      all[i].measured[0] = Number(update.statistics !== undefined);
    });
    const given: Record<string, Ort.Tensor> = {
      ...Object.fromEntries([...from].map(([key, tensor]) => [nameOf(inputs.get(key)!), tensor])),
      ...Object.fromEntries(stack.first(asked.length).map(({ name, type, dims, data }) => [nameOf(name), new Tensor(type as 'float32', data as Float32Array, loop ? [asked.length, ...dims] : dims)])),
      ...(loop && { [loop.count]: new Tensor('int64', BigInt64Array.of(BigInt(asked.length)), []) }),
    };
    keepInputs(given, session);
    const found = await runSession(session, given, wanted, device);
    const part = (step: number) => (name: string): Float32Array => {
      const data = found[nameOf(name)].data as Float32Array;
      return data.subarray((step * data.length) / asked.length, ((step + 1) * data.length) / asked.length);
    };
    return {
      state: new Map([...from, ...kept.map(({ key, output }) => [key, found[nameOf(output)] as Ort.Tensor] as const)]),
      gradient: found[nameOf(names.gradient)] as Ort.Tensor,
      result: (step, update) => ({ ...all[step].ends.result(asked[step].run, part(step)), ...resultOf(plan, update, optimizer.corrections(update.step), part(step)(names.summary), part(step)(names.sums)) }),
    };
  };
  const batches = all.map(({ ends: { inputs: samples, labels, mixing } }) => ({ inputs: samples, labels, mixing }));
  return { objectives: program.objectives, notices: program.notices, batches, last: batches[0], run, release: () => session.release() };
}

/** Weights become rows of a matrix, gradients its update. */
function addTo({ graph, gradients }: Program, { opset }: Model, plan: UpdatePlan, evenSums: boolean): UpdateNames {
  graph.proto.input = graph.proto.input.filter(({ name }) => !plan.layout.places.some((place) => place.name === name));
  const shapes: Shapes = new Map([...gradients.values()].map(({ name, dims }) => [name, { type: 'float32', dims }]));
  graph.proto.output = graph.proto.output.filter(({ name }) => !shapes.has(name));
  return addUpdate(graph, shapes, opset, plan, new Map([...gradients].map(([parameter, { name }]) => [parameter, name])), { evenSums });
}

/** The inputs of several steps, those of each name one behind the other. */
class Stack {
  private readonly arrays = new Map<string, { name: string; type: ElementType; dims: readonly number[]; data: TensorData }>();

  constructor(private readonly steps: number) {}

  get names(): string[] {
    return [...this.arrays.keys()];
  }

  room(step: number): Room {
    return (name, type, dims) => {
      const size = sizeOf(dims);
      const { data } = this.arrays.get(name) ?? { data: newArray(type, this.steps * size) };
      this.arrays.set(name, { name, type, dims, data });
      return data.subarray(step * size, (step + 1) * size) as ReturnType<Room>;
    };
  }

  /** Those of the first steps. */
  first(steps: number): { name: string; type: ElementType; dims: readonly number[]; data: TensorData }[] {
    return Array.from(this.arrays.values(), (array) => ({ ...array, data: array.data.subarray(0, steps * sizeOf(array.dims)) }));
  }
}
