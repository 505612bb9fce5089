import type { Dataset } from '../data/dataset';
import { Feed } from '../data/threads/feed';
import type { Objective } from '../loss/objective';
import { Measurements } from '../metrics/measurements';
import { type MetricName, named, type Scores } from '../metrics/names';
import { metricOf } from './metrics';
import { createEvaluationSession, type EvaluationSession } from './evaluationSession';
import { type Training, valuesOf } from './setup';

export interface Evaluation {
  samples: number;
  loss: number;
  /** Accuracy or mean absolute error; of several outputs that of the first. */
  metric: number;
  scores: Scores;
}

/** Samples per run: small enough for the activations of a large model, large enough that the overhead of a call does not count. */
const batchSize = 256;

/** Mean loss and metric over a data set, in evaluation mode (running statistics, no dropout). Sessions are kept between calls; weights are read anew. */
export class Evaluator {
  private readonly sessions = new Map<number, Promise<EvaluationSession>>();

  constructor(private readonly training: Training) {}

  /**
   * `each` sees what the loss was computed from, output by output, and the labels of every batch; both are overwritten by the next. `names`: what is measured beside
   * loss, metric and the losses of several outputs.
   */
  async evaluate(data: Dataset, each: (outputs: readonly Float32Array[], labels: Float32Array | Int32Array, count: number) => void = () => {}, names: readonly MetricName[] = []): Promise<Evaluation> {
    let loss = 0;
    const terms: number[] = [];
    let measured: Measurements | undefined;
    let objectives: Objective[] = [];
    const feed = new Feed(data, (batch) => {
      const start = batch * batchSize;
      return start < data.samples ? { indices: Uint32Array.from({ length: Math.min(batchSize, data.samples - start) }, (_, i) => start + i) } : undefined;
    }, { threads: this.training.config.data.workers });
    for (let start = 0; start < data.samples; start += batchSize) {
      const count = Math.min(batchSize, data.samples - start);
      const session = await this.session(count);
      await feed.fill(start / batchSize, session.inputs, session.labels);
      const result = await session.run();
      loss += result.loss * count;
      result.terms.forEach((term, i) => { terms[i] = (terms[i] ?? 0) + (term * count) / data.samples; });
      ({ objectives } = session);
      measured ??= new Measurements([...new Set([named(objectives[0], metricOf(objectives[0].loss)), ...names])], objectives);
      measured.add(result.outputs, session.labels, count);
      each(result.outputs, session.labels, count);
    }
    const [main] = objectives;
    return {
      samples: data.samples, loss: loss / data.samples, metric: measured!.parts[0].value(metricOf(main.loss)),
      scores: { ...measured!.scores(), ...Object.fromEntries(terms.map((term, i) => [named(objectives[i], 'loss'), term])) },
    };
  }

  async objectives(data: Dataset): Promise<Objective[]> {
    return (await this.session(Math.min(batchSize, data.samples))).objectives;
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  private session(batch: number): Promise<EvaluationSession> {
    const { model, loss, device, precision } = this.training;
    const session = this.sessions.get(batch) ?? createEvaluationSession(model, loss, batch, device, valuesOf(this.training), { precision });
    this.sessions.set(batch, session);
    return session;
  }
}
