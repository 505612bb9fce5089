/**
 * Training whose weights, moments and running statistics stay on the device: a step brings back the loss, the output and, where they are wanted, sums. Where the binding cannot
 * keep them from run to run, one run does several steps (`engine/onnx/loop.ts`), whose results are handed out one by one.
 */
import type * as Ort from 'onnxruntime-node';
import { layoutOf, gather, rowLength, spread } from '../optimizer/graph/layout';
import { planUpdate, type UpdatePlan } from '../optimizer/graph/update';
import type { StepOptions, StepResult, Surroundings } from '../optimizer/optimizer';
import { Graph } from '../onnx/graph';
import { writeModel } from '../onnx/model';
import { sizeOf } from '../onnx/tensor';
import type { Keeping } from '../runtime/devices';
import { discard } from '../runtime/discard';
import { runtime } from '../runtime/ort';
import { type Asked, type Computation, type Computed, computationOf, mostBytes, type State, type Trained } from './computation';
import { openSession, runSession, type RunValues } from './session';
import type { Training } from './setup';

/** The steps of one run: those that were handed out are done, as far as anybody else can tell. */
interface Group {
  by: Computation;
  steps: readonly Asked[];
  handed: number;
  before: State;
  after: Computed;
}

export class Resident {
  private readonly computations = new Map<number, Promise<Computation>>();
  private group?: Group;
  private reader?: Promise<Ort.InferenceSession>;
  /** Whether the store holds what the device does. */
  private current = true;

  private constructor(private readonly training: Trained, private readonly plan: UpdatePlan, private readonly keeps: Keeping) {}

  /** Or a reason, in words, why the update has to happen on the CPU. */
  static of(training: Trained & Pick<Training, 'batch'>, surroundings: Surroundings, keeps: Keeping): Resident | string {
    const { optimizer: { store: { names } }, model: { inputs, parameters }, batch } = training;
    const bytes = 4 * batch * inputs.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
    if (keeps === 'loop' && 2 * bytes > mostBytes) return `batches of ${Math.round(bytes / 2 ** 20)} MiB are too large for several at once`;
    const plan = planUpdate(training.optimizer, layoutOf(parameters.filter(({ name }) => names.includes(name))), surroundings);
    return typeof plan === 'string' ? plan : new Resident(training, plan, keeps);
  }

  /** What computes steps with batches of this size; kept between calls. */
  session(batch: number): Promise<Computation> {
    const created = this.computations.get(batch) ?? computationOf(this.training, this.plan, this.keeps, batch);
    this.computations.set(batch, created);
    return created;
  }

  /** Steps that were computed and not handed out. */
  get ahead(): number {
    return this.group ? this.group.steps.length - this.group.handed : 0;
  }

  /** Does these steps, whose batches are in the session of their size. None may be ahead. */
  async compute(batch: number, steps: readonly Asked[]): Promise<void> {
    const by = await this.session(batch);
    const { group: done } = this;
    const before = done?.after.state ?? this.upload((await runtime()).Tensor);
    const after = await by.run(before, steps);
    if (done) this.free([...done.before.values(), done.after.gradient].filter((tensor) => ![...before.values()].includes(tensor)));
    this.group = { by, steps, handed: 0, before, after };
  }

  /** What the next step told; fills its statistics where they are wanted. One must be ahead. */
  next(update: StepOptions): StepResult & RunValues {
    const group = this.group!;
    const step = group.handed++;
    group.by.last = group.by.batches[step];
    this.current = false;
    return group.after.result(step, update);
  }

  /** The next step starts from the store, which somebody has written to. */
  restart(): void {
    if (this.group) this.free(new Set([...this.group.before.values(), ...this.group.after.state.values(), this.group.after.gradient]));
    this.group = undefined;
    this.current = true;
  }

  /** Copies the state after the step that was handed out last into the store, its gradient included; with `before` that of before it. */
  async download({ before = false } = {}): Promise<void> {
    if (!this.group || (this.current && !before)) return;
    const { state, gradient } = await this.at(this.group, this.group.handed - Number(before));
    const values = await this.read(new Map([...state, ['gradient', gradient]]));
    const { store } = this.training.optimizer;
    for (const [key, data] of values) {
      if (key.startsWith('buffer/')) this.training.buffers.get(key.slice(7))!.set(data);
      else spread(this.plan.layout, data, (name) => store.array(key, name));
    }
    this.current = !before;
  }

  async release(): Promise<void> {
    this.restart();
    const [all, reader] = [[...this.computations.values()], this.reader];
    this.computations.clear();
    this.reader = undefined;
    for (const created of all) await (await created).release();
    await (await reader)?.release();
  }

  /** After so many steps of a group. One in the midst of it is computed again: what it started from is still there. */
  private async at({ by, steps, before, after }: Group, done: number): Promise<Pick<Computed, 'state' | 'gradient'>> {
    return done === steps.length ? after : done === 0 ? { ...after, state: before } : by.run(before, steps.slice(0, done));
  }

  private upload(Tensor: typeof Ort.Tensor): State {
    const { optimizer: { store }, buffers, model } = this.training;
    const { layout, slots } = this.plan;
    return new Map([
      ...['weight', ...slots].map((slot) => [slot, new Tensor('float32', gather(layout, (name) => store.array(slot, name)), [layout.rows, rowLength])] as const),
      ...[...buffers].map(([name, data]) => [`buffer/${name}`, new Tensor('float32', data.slice(), model.graph.initializers.get(name)!.dims)] as const),
    ]);
  }

  /** On the device through a session that copies: reading a tensor there directly ends the process. */
  private async read(tensors: State): Promise<Map<string, Float32Array>> {
    if (this.keeps === 'loop') return new Map([...tensors].map(([key, { data }]) => [key, data as Float32Array]));
    const keys = [...tensors.keys()];
    this.reader ??= openSession(writeModel(copies(keys.map((key) => ({ key, dims: [...tensors.get(key)!.dims] }))), { opset: 17 }), this.training.device);
    const found = await runSession(await this.reader, Object.fromEntries(tensors), Object.fromEntries(keys.map((key) => [`copy of ${key}`, null])), this.training.device);
    return new Map(keys.map((key) => [key, found[`copy of ${key}`].data as Float32Array]));
  }

  private free(tensors: Iterable<Ort.Tensor>): void {
    if (this.keeps === 'loop') discard(Array.from(tensors, ({ data }) => data as Float32Array));
    else for (const tensor of tensors) tensor.dispose();
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
