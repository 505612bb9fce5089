/** The loop: batches, updates, records, validation, checkpoints, and why it ended. */
import type { Finding } from '../diagnosis/finding';
import { epochOrder } from '../data/dataset';
import { Feed } from '../data/threads/feed';
import { sizeOf } from '../onnx/tensor';
import { afterGradient, initialScale, isLeast, type LossScale } from '../optimizer/lossScale';
import { afterEpoch, learningRateAt, noPlateau, type Plateau } from '../optimizer/schedule';
import { histograms } from '../probe/histogram';
import { measuredAt } from '../probe/schedule';
import type { History } from '../run/history';
import { hasLoss, isFinite, isSkipped, parameterQuantities, type NonFiniteOrigin, type RunHeader, type StepRecord } from '../run/record';
import type { RunStatus } from '../host/protocol';
import { Evaluator } from './evaluation';
import { metricInfo, pick } from '../metrics/names';
import { type Batch, batchMetric, type BatchResult, fillBatch, runBatches } from './batches';
import type { Asked } from './computation';
import type { Resident } from './resident';
import type { StepOptions, StepResult } from '../optimizer/optimizer';
import type { BatchArrays, TrainingSession } from './session';
import type { Training } from './setup';
import { Watch } from './watch';
import { isForkPoint } from './forkPoints';

/** Counters that a checkpoint keeps beside weights and optimizer state. */
export interface Counters extends Plateau, LossScale {
  /** Updates made, skipped ones included. */
  step: number;
  /** Best monitored value so far and the step it was measured at; 0 before the first validation. */
  best: number;
  bestStep: number;
  /** Validations since then. */
  stale: number;
  seconds: number;
}

export const start: Readonly<Counters> = { ...noPlateau, ...initialScale, step: 0, best: Infinity, bestStep: 0, stale: 0, seconds: 0 };

/** What the trainer tells; whoever listens writes files and sends events. */
export interface TrainerEvents {
  step(record: StepRecord): void;
  /** `fork`: a state to go back to, so that a remedy can be verified from before the fault. */
  checkpoint(kind: 'best' | 'last' | 'fork', counters: Counters): void;
  /** Absent: nobody listens, and the run is not judged while it lives. */
  findings?(findings: Finding[]): void;
}

export interface Outcome {
  status: RunStatus;
  reason: string;
}

export class Trainer {
  private readonly counters: Counters;
  private readonly watch: Watch;
  /** Gradients: that of the smallest tensor of every layer. */
  private readonly smallest: Float32Array[];
  private readonly feed: Feed;
  /** Orders of the epochs in use: this one, and the next where batches are made ahead. */
  private orders: { epoch: number; order: Uint32Array }[] = [];
  private searched = false;
  private stopReason?: string;
  private until = Infinity;
  private began = 0;
  /** Of all parameters. */
  private readonly elements: number;

  /** `history`: the record so far when a run is resumed. */
  constructor(
    private readonly training: Training,
    private readonly header: RunHeader,
    private readonly history: History,
    counters: Readonly<Counters>,
    private readonly events: TrainerEvents,
    private readonly evaluator = new Evaluator(training),
  ) {
    this.counters = { ...counters };
    this.elements = header.parameters.reduce((sum, { dims }) => sum + sizeOf(dims), 0);
    this.watch = new Watch({ ...training, session: (batch) => this.hostSession(batch) }, header, history);
    const { store } = training.optimizer;
    const byLayer = new Map<string, Float32Array>();
    for (const { name, layer } of header.parameters) {
      const gradient = store.names.includes(name) ? store.gradient(name) : undefined;
      if (gradient && gradient.length < (byLayer.get(layer)?.length ?? Infinity)) byLayer.set(layer, gradient);
    }
    this.smallest = [...byLayer.values()];
    this.feed = new Feed(training.data.train, (batch) => this.plan(batch), { threads: training.config.data.workers });
  }

  /** Milliseconds until the batches of the steps so far were in place. */
  get waited(): number {
    return this.feed.waited;
  }

  /** Ends the run after the step in progress. */
  stop(reason: string): void {
    this.stopReason ??= reason;
  }

  /** `until`: pauses once this many updates were made; called again, it goes on. */
  async run(until = Infinity): Promise<Outcome> {
    const { resident } = this.training;
    resident?.restart();
    this.until = until;
    const outcome = await this.advance();
    await resident?.download();
    return outcome;
  }

  private async advance(): Promise<Outcome> {
    this.began = performance.now() - 1000 * this.counters.seconds;
    const { config } = this.training;
    const { stepsPerEpoch } = this.header;
    // What is known before the first step is said before it.
    if (this.events.findings) {
      this.watch.judge();
      if (this.watch.findings.length > 0) this.events.findings(this.watch.findings);
    }
    for (let epoch = Math.floor(this.counters.step / stepsPerEpoch); epoch < config.epochs; epoch++) {
      const { patience } = config.earlyStop ?? {};
      if (patience !== undefined && this.counters.stale >= patience) return { status: 'finished', reason: `the validation ${config.earlyStop!.monitor} has not improved for ${patience} epochs` };
      for (let index = this.counters.step % stepsPerEpoch; index < stepsPerEpoch; index++) {
        if (this.stopReason) return this.stopped();
        if (this.counters.step >= this.until) return this.paused();
        const record = await this.step(epoch);
        const ends = index === stepsPerEpoch - 1;
        if ((Number.isFinite(record.loss) || isSkipped(record)) && ends) {
          await this.validate(record);
          this.lookForPlateau(record);
        }
        const bad = nonFinite(record);
        if (this.events.findings) await this.watch.look(record, bad !== undefined);
        this.events.step(record);
        if (this.watch.changed) this.events.findings?.(this.watch.findings);
        if (bad) return { status: 'diverged', reason: `${bad} at step ${record.step}` };
        if (ends || record.step % (config.checkpoint?.everySteps ?? Infinity) === 0) await this.checkpoint('last');
        if (isForkPoint(record.step)) await this.checkpoint('fork');
      }
    }
    return { status: 'finished', reason: `all ${config.epochs} epochs done` };
  }

  private async stopped(): Promise<Outcome> {
    if (this.counters.step > 0) await this.checkpoint('last');
    return { status: 'stopped', reason: `stopped by ${this.stopReason}` };
  }

  private async checkpoint(kind: 'best' | 'last' | 'fork'): Promise<void> {
    await this.training.resident?.download();
    this.events.checkpoint(kind, this.snapshot());
  }

  private paused(): Outcome {
    this.counters.seconds = this.seconds();
    return { status: 'stopped', reason: `paused at step ${this.counters.step}` };
  }

  /** The samples of a batch, counted from the start of the run. */
  private plan(batch: number): { indices: Uint32Array; epoch: number } | undefined {
    const { config: { batchSize, epochs, ...config }, data: { train } } = this.training;
    const perEpoch = Math.ceil(train.samples / batchSize);
    const epoch = Math.floor(batch / perEpoch);
    if (epoch >= epochs) return undefined;
    let found = this.orders.find((known) => known.epoch === epoch);
    if (!found) this.orders = [...this.orders.slice(-1), (found = { epoch, order: epochOrder(train.samples, config, epoch) })];
    const index = batch % perEpoch;
    return { indices: found.order.subarray(index * batchSize, (index + 1) * batchSize), epoch };
  }

  /** The batches of an update (1-based): as many as are accumulated, but none of the next epoch. */
  private batchesOf(step: number): Batch[] {
    const { config: { batchSize, accumulate = 1 }, data: { train } } = this.training;
    const perEpoch = Math.ceil(train.samples / batchSize);
    const { stepsPerEpoch } = this.header;
    const first = ((step - 1) % stepsPerEpoch) * accumulate;
    const count = Math.min(accumulate, perEpoch - first);
    return Array.from({ length: count }, (_, i) => Math.floor((step - 1) / stepsPerEpoch) * perEpoch + first + i).map((number) => ({ number, size: this.plan(number)!.indices.length }));
  }

  /** What a step (1-based) is asked for, and what it measures. */
  private ask(step: number): Asked & { due: ReturnType<typeof measuredAt>; update: { learningRate(base: number): number } } {
    const { config } = this.training;
    const { stepsPerEpoch, totalSteps, parameters } = this.header;
    const due = measuredAt(config.diagnose.level, step, this.elements);
    const position = { step: step - 1, totalSteps, stepsPerEpoch, reductions: this.counters.reductions };
    const update = {
      // The optimizer counts the updates that it makes.
      step: step - this.counters.skippedSteps,
      learningRate: (base: number): number => learningRateAt(config.schedule, base, position),
      statistics: due.parameters ? new Float32Array(parameters.length * parameterQuantities.length) : undefined,
    };
    return { due, update, run: { seed: config.seed, step: update.step, measureActivations: due.activations } };
  }

  private async step(epoch: number): Promise<StepRecord> {
    const { config, optimizer } = this.training;
    const step = ++this.counters.step;
    const { due, update: options } = this.ask(step);
    const { learningRate, statistics: parameters } = options;
    const { outputs } = this.header;
    const lossScale = config.precision === 'float16' ? this.counters.lossScale : undefined;
    const { loss, terms, metric, activations, origin, update } = await (this.training.resident ? this.onDevice(this.training.resident, step, options) : this.onHost(this.batchesOf(step), step, options, due.activations, lossScale));
    const scaled = lossScale !== undefined && { loss, ...update, lossScale };
    if (scaled) Object.assign(this.counters, afterGradient(this.counters, isFinite(scaled)));
    const skipped = scaled && isSkipped(scaled);
    if (due.histograms) await this.training.resident?.download();
    const record: StepRecord = {
      step, epoch, learningRate: learningRate(optimizer.config.learningRate), loss, ...update, seconds: this.seconds(),
      metric,
      ...(outputs && { losses: Object.fromEntries(outputs.map(({ name }, i) => [name, terms[i]])) }),
      ...(parameters && !skipped && { parameters }),
      ...(lossScale !== undefined && { lossScale }),
      ...(activations && { activations }),
      ...(due.histograms && { histograms: histograms(optimizer.store, optimizer.second) }),
      ...(origin && { origin }),
    };
    this.history.push(record);
    return record;
  }

  /** Gradients into the store, which the kernel updates. */
  private async onHost(batches: readonly Batch[], step: number, options: StepOptions, measureActivations: boolean, lossScale?: number): Promise<BatchResult & { update: StepResult }> {
    const { config, optimizer } = this.training;
    const inspect = async (session: TrainingSession, loss: number, key: number): Promise<NonFiniteOrigin | undefined> =>
      // Before the update, which would take the weights with it.
      config.diagnose.level !== 'off' && isLeast(lossScale ?? 1) && !(Number.isFinite(loss) && this.finiteGradients()) ? this.findOrigin(session, key) : undefined;
    const result = await runBatches(this.training, this.feed, { batches, step, measureActivations, lossScale, inspect });
    const gradientNorm = lossScale === undefined ? 0 : optimizer.gradientNorm();
    if (lossScale !== undefined && !isFinite({ loss: result.loss, gradientNorm })) return { ...result, update: { gradientNorm, clipped: false } };
    const update = optimizer.search
      ? await optimizer.search(options, result.loss, async () => (await runBatches(this.training, this.feed, { batches, step, again: true })).loss)
      : optimizer.step(options);
    return { ...result, update };
  }

  /** Gradients and update in one run of the graph, perhaps of several steps; nothing but what is recorded comes back. */
  private async onDevice(resident: Resident, step: number, options: StepOptions): Promise<BatchResult & { update: StepResult }> {
    const { config: { diagnose } } = this.training;
    const [{ size }] = this.batchesOf(step);
    const session = await resident.session(size);
    if (resident.ahead === 0) {
      const count = this.together(step, session.batches.length);
      for (let i = 0; i < count; i++) await fillBatch(this.training, this.feed, session.batches[i], this.batchesOf(step + i)[0].number);
      await resident.compute(size, Array.from({ length: count }, (_, i) => this.ask(step + i)));
    }
    const found = resident.next(options);
    const { loss, terms, activations, gradientNorm, clipped } = found;
    let origin: NonFiniteOrigin | undefined;
    if (diagnose.level !== 'off' && !this.searched && !(Number.isFinite(loss) && Number.isFinite(gradientNorm))) {
      // The update took the weights with it.
      await resident.download({ before: true });
      origin = await this.findOrigin(await this.filled(size), options.step);
    }
    return { loss, terms, metric: batchMetric(session.objectives[0], session.last, found, size), activations: activations?.slice(), origin, update: { gradientNorm, clipped } };
  }

  /**
   * How many steps from this one on are done in one run of the graph: up to the first after which the weights are wanted, as far as that is known before it, or the learning rate may be
   * reduced. Where they are wanted sooner, by a stop or a finding, the resident computes again; the bounds only save that.
   */
  private together(step: number, most: number): number {
    const [{ size }] = this.batchesOf(step);
    let count = 1;
    while (count < most && !this.readAfter(step + count - 1) && this.batchesOf(step + count)[0].size === size) count++;
    return count;
  }

  private readAfter(step: number): boolean {
    const { checkpoint, diagnose: { level, sharpness } } = this.training.config;
    const every = [this.header.stepsPerEpoch, checkpoint?.everySteps, typeof sharpness === 'object' ? sharpness.everySteps : undefined];
    return step === this.until || every.some((steps) => steps !== undefined && step % steps === 0) || isForkPoint(step) || measuredAt(level, step, this.elements).histograms;
  }

  /** A session that computes from the store, with the last batch of its size that was trained on. */
  private async hostSession(batch: number): Promise<TrainingSession> {
    await this.training.resident?.download();
    return this.filled(batch);
  }

  private async filled(batch: number): Promise<TrainingSession> {
    const session = await this.training.session(batch);
    const last: BatchArrays = (await this.training.resident?.session(batch))?.last ?? await this.training.stepSession(batch);
    if (last === session) return session;
    session.inputs.forEach((input, i) => input.set(last.inputs[i]));
    session.labels.set(last.labels);
    if (last.mixing) {
      session.mixing!.partners.set(last.mixing.partners);
      session.mixing!.share.set(last.mixing.share);
    }
    return session;
  }

  /** Looks at the smallest tensor of every layer only: what is not finite on its way back through a layer reaches its bias, and a few hundred values cost nothing. */
  private finiteGradients(): boolean {
    return this.smallest.every((gradient) => gradient.every(Number.isFinite));
  }

  /** Once in a run: what is not finite later follows from it. */
  private async findOrigin(session: TrainingSession, step: number): Promise<NonFiniteOrigin | undefined> {
    if (this.searched) return undefined;
    this.searched = true;
    // A model too large to keep every value of is no reason to end its run.
    return session.findOrigin({ seed: this.training.config.seed, step }).catch(() => undefined);
  }

  /** Validation loss and metric after an epoch; keeps the best weights. */
  private async validate(record: StepRecord): Promise<void> {
    const { data, config } = this.training;
    if (!data.validation) return;
    const { metric: own, metrics } = this.header;
    await this.training.resident?.download();
    const { loss, metric, scores } = await this.evaluator.evaluate(data.validation, undefined, metrics);
    record.validation = { loss, metric, ...(metrics && { scores: pick(scores, metrics) }) };
    const monitor = config.earlyStop?.monitor ?? 'loss';
    const name = monitor === 'metric' ? own : monitor;
    // Smaller is better: an accuracy is negated.
    const value = name === 'loss' ? loss : (scores[name] ?? NaN) * (metricInfo(name).better === 'higher' ? -1 : 1);
    if (value < this.counters.best - (config.earlyStop?.minDelta ?? 0)) {
      Object.assign(this.counters, { best: value, bestStep: record.step, stale: 0 });
      await this.checkpoint('best');
    } else {
      this.counters.stale++;
    }
  }

  /** Whether a schedule that waits for it reduces the learning rate. */
  private lookForPlateau({ epoch, validation }: StepRecord): void {
    const { schedule } = this.training.config;
    if (schedule?.type !== 'reduceOnPlateau') return;
    const ofEpoch = this.history.steps.filter((step) => step.epoch === epoch && hasLoss(step));
    const mean = (value: (step: StepRecord) => number): number => ofEpoch.reduce((sum, step) => sum + value(step), 0) / ofEpoch.length;
    const { loss, metric } = validation ?? { loss: mean((step) => step.loss), metric: mean((step) => step.metric) };
    // Smaller is better: an accuracy is negated.
    const value = schedule.monitor !== 'metric' ? loss : metricInfo(this.header.metric).better === 'higher' ? -metric : metric;
    Object.assign(this.counters, afterEpoch(this.counters, value, schedule));
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1000;
  }

  private snapshot(): Counters {
    return { ...this.counters, seconds: this.seconds() };
  }
}

/** What is no number any more; undefined where training can go on. */
const nonFinite = (record: StepRecord): string | undefined => {
  const { loss, validation, gradientNorm, lossScale } = record;
  if (validation && !Number.isFinite(validation.loss)) return `the validation loss is ${validation.loss}`;
  if (isFinite(record) || isSkipped(record)) return undefined;
  if (lossScale !== undefined && Number.isFinite(loss) && !Number.isFinite(gradientNorm)) return `the gradient overflows float16 even at a loss scale of ${lossScale}`;
  return Number.isFinite(loss) ? undefined : `the loss is ${loss}`;
};
