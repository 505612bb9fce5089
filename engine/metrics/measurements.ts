import { labelsFor, type Objective } from '../loss/objective';
import { Localization } from './localization';
import { Measurement } from './metrics';
import { type MetricName, named, type PlainMetric, type Scores, splitName } from './names';
import type { Outcome } from './outcome';

/** The metrics of a model batch by batch: of every output its own, and those of all outputs together. */
export class Measurements {
  /** In the order of the objectives. */
  readonly parts: Measurement[];
  private readonly localization?: Localization;

  constructor(names: readonly MetricName[], private readonly objectives: readonly Objective[]) {
    const of = (output: string | undefined): PlainMetric[] =>
      names.map((name) => splitName(name)).flatMap((name) => (name.output === output && name.metric !== 'loss' && name.metric !== 'localizationAccuracy' ? name.metric : []));
    this.parts = objectives.map(({ output, loss, dims }) => new Measurement(of(output), loss, dims));
    if (names.includes('localizationAccuracy')) this.localization = new Localization(this.parts.map(({ problem }) => problem));
  }

  /** `outputs`: in the order of the objectives; returns what they and their labels mean. */
  add(outputs: readonly Float32Array[], labels: Float32Array | Int32Array, samples: number): Outcome[] {
    const outcomes = this.parts.map((part, i) => part.add(outputs[i], labelsFor(this.objectives[i], labels, samples), samples));
    this.localization?.add(outcomes);
    return outcomes;
  }

  /** What is not defined for these data is left out. */
  scores(): Scores {
    return {
      ...Object.assign({}, ...this.parts.map((part, i) => Object.fromEntries(Object.entries(part.scores()).map(([name, value]) => [named(this.objectives[i], name as PlainMetric), value])))),
      ...(this.localization && { localizationAccuracy: this.localization.accuracy }),
    };
  }
}
