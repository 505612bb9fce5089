/** Training whose weights, moments and running statistics stay on the device: a step brings back the loss, the output and, where they are wanted, sums. */
import type * as Ort from 'onnxruntime-node';
import { layoutOf, gather, rowLength, spread } from '../optimizer/graph/layout';
import { addUpdate, numbersOf, planUpdate, resultOf, type UpdateNames, type UpdatePlan } from '../optimizer/graph/update';
import type { StepOptions, StepResult, Surroundings } from '../optimizer/optimizer';
import type { Objective } from '../loss/objective';
import { Graph } from '../onnx/graph';
import { writeModel } from '../onnx/model';
import type { Shapes } from '../gradient/value';
import { runtime } from '../runtime/ort';
import { type Program, trainingProgram } from './program';
import { type BatchArrays, endsOf, keepInputs, openSession, type RunOptions, runSession, type RunValues } from './session';
import type { Training } from './setup';

export interface ResidentSession extends BatchArrays {
  objectives: Objective[];
  /** Loss, gradients and update in one. */
  step(run: RunOptions, update: StepOptions): Promise<StepResult & RunValues>;
}

type Trained = Pick<Training, 'model' | 'loss' | 'optimizer' | 'buffers' | 'device' | 'mix'>;

/** Matrices and running statistics, on the device or not, by what they are: "weight", "exp_avg", "buffer/bn.mean". */
type State = Map<string, Ort.Tensor>;

export class Resident {
  private readonly sessions = new Map<number, Promise<{ session: ResidentSession; release(): Promise<void> }>>();
  private state?: State;
  /** The state before the last step, until the next one. */
  private before?: State;
  private gradient?: Ort.Tensor;
  private reader?: Promise<Ort.InferenceSession>;
  /** Whether the store holds what the device does. */
  private current = true;

  private constructor(private readonly training: Trained, private readonly plan: UpdatePlan) {}

  /** Or a reason, in words, why the update has to happen on the CPU. */
  static of(training: Trained, surroundings: Surroundings): Resident | string {
    const { names } = training.optimizer.store;
    const plan = planUpdate(training.optimizer, layoutOf(training.model.parameters.filter(({ name }) => names.includes(name))), surroundings);
    return typeof plan === 'string' ? plan : new Resident(training, plan);
  }

  /** For batches of this size; kept between calls. */
  async session(batch: number): Promise<ResidentSession> {
    const created = this.sessions.get(batch) ?? this.create(batch);
    this.sessions.set(batch, created);
    return (await created).session;
  }

  /** The next step starts from the store, which somebody has written to. */
  restart(): void {
    this.drop();
    this.current = true;
  }

  /** Copies the state into the store, `gradient` included; with `before` that of before the last step. */
  async download({ before = false } = {}): Promise<void> {
    const state = before ? this.before : this.state;
    if (!state || (this.current && !before)) return;
    const tensors = new Map(state);
    if (this.gradient) tensors.set('gradient', this.gradient);
    const values = await this.read(tensors);
    const { store } = this.training.optimizer;
    for (const [key, data] of values) {
      if (key.startsWith('buffer/')) this.training.buffers.get(key.slice(7))!.set(data);
      else spread(this.plan.layout, data, (name) => store.array(key, name));
    }
    this.current = !before;
  }

  async release(): Promise<void> {
    this.drop();
    const [all, reader] = [[...this.sessions.values()], this.reader];
    this.sessions.clear();
    this.reader = undefined;
    for (const created of all) await (await created).release();
    await (await reader)?.release();
  }

  private async create(batch: number): Promise<{ session: ResidentSession; release(): Promise<void> }> {
    const { model, loss, device, optimizer, mix } = this.training;
    const { plan } = this;
    const program = await trainingProgram(model, loss, batch, optimizer.store.names, { mixed: mix !== undefined });
    const { Tensor } = await runtime();
    const names = this.addTo(program);
    const buffers = [...program.updates].map(([name, output]) => ({ key: `buffer/${name}`, input: name, output }));
    const kept = [...names.state.map(({ slot, input, output }) => ({ key: slot, input, output })), ...buffers];
    const session = await openSession(writeModel(program.graph, { opset: model.opset }), device, { resident: [...kept.map(({ output }) => output), names.gradient] });
    const { feeds, fetches, inputs, labels, mixing, set, result } = await endsOf(program, model);
    keepInputs(feeds, session);
    const present = new Set(session.inputNames);
    const outputs: Record<string, Ort.Tensor | null> = { ...fetches, ...Object.fromEntries([...kept.map(({ output }) => output), names.gradient, names.summary, names.sums].map((name) => [name, null])) };
    const step: ResidentSession['step'] = async (run, update) => {
      set(run);
      const state = (this.state ??= this.upload(Tensor));
      const numbers = numbersOf(plan, update);
      const given: Record<string, Ort.Tensor> = {
        ...feeds, ...Object.fromEntries(kept.map(({ key, input }) => [input, state.get(key)!])),
        [names.numbers]: new Tensor('float32', numbers, [plan.groups.length, numbers.length / plan.groups.length]),
        [names.measured]: new Tensor('bool', Uint8Array.of(Number(update.statistics !== undefined)), []),
      };
      for (const { input } of kept) if (!present.has(input)) delete given[input];
      const found = await runSession(session, given, outputs, device);
      for (const [key, tensor] of this.before ?? []) if (state.get(key) !== tensor) tensor.dispose();
      this.gradient?.dispose();
      this.before = state;
      this.state = new Map([...state, ...kept.map(({ key, output }) => [key, found[output] as Ort.Tensor] as const)]);
      this.gradient = found[names.gradient] as Ort.Tensor;
      this.current = false;
      return { ...result(run, found), ...resultOf(plan, update, optimizer.corrections(update.step), found[names.summary].data as Float32Array, found[names.sums].data as Float32Array) };
    };
    return { session: { inputs, labels, mixing, objectives: program.objectives, step }, release: () => session.release() };
  }

  /** Weights become rows of a matrix, gradients its update. */
  private addTo({ graph, gradients }: Program): UpdateNames {
    const { model: { opset, parameters } } = this.training;
    const weights = new Map(parameters.map(({ name, dims }) => [name, dims]));
    graph.proto.input = graph.proto.input.filter(({ name }) => !this.plan.layout.places.some((place) => place.name === name));
    const outputs = new Set(gradients.values());
    graph.proto.output = graph.proto.output.filter(({ name }) => !outputs.has(name));
    const shapes: Shapes = new Map([...gradients].map(([name, value]) => [value, { type: 'float32' as const, dims: weights.get(name)! }]));
    return addUpdate(graph, shapes, opset, this.plan, gradients);
  }

  private upload(Tensor: typeof Ort.Tensor): State {
    const { optimizer: { store }, buffers, model } = this.training;
    const { layout, slots } = this.plan;
    return new Map([
      ...['weight', ...slots].map((slot) => [slot, new Tensor('float32', gather(layout, (name) => store.array(slot, name)), [layout.rows, rowLength])] as const),
      ...[...buffers].map(([name, data]) => [`buffer/${name}`, new Tensor('float32', data.slice(), model.graph.initializers.get(name)!.dims)] as const),
    ]);
  }

  /** Through a session that copies: reading a tensor of the device directly ends the process. */
  private async read(tensors: State): Promise<Map<string, Float32Array>> {
    const keys = [...tensors.keys()];
    this.reader ??= openSession(writeModel(copies(keys.map((key) => ({ key, dims: [...tensors.get(key)!.dims] }))), { opset: 17 }), this.training.device);
    const found = await runSession(await this.reader, Object.fromEntries(tensors), Object.fromEntries(keys.map((key) => [`copy of ${key}`, null])), this.training.device);
    return new Map(keys.map((key) => [key, found[`copy of ${key}`].data as Float32Array]));
  }

  private drop(): void {
    for (const tensor of new Set([...(this.state?.values() ?? []), ...(this.before?.values() ?? []), ...(this.gradient ? [this.gradient] : [])])) tensor.dispose();
    this.state = this.before = this.gradient = undefined;
  }
}

function copies(values: readonly { key: string; dims: number[] }[]): Graph {
  const graph = Graph.create('copies');
  for (const { key, dims } of values) {
    graph.addInput(key, 'float32', dims);
    graph.addOutput(graph.add('Identity', [key], {}, [`copy of ${key}`]), 'float32', dims);
  }
  return graph;
}
