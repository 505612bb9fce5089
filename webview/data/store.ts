/** What the panel knows of one run: its view, and every series in constant memory however long the run. */
import type { Finding } from '../../engine/diagnosis/finding';
import type { PackedSteps, RunView } from '../../extension/panel/protocol';
import type { MetricName } from '../../engine/metrics/names';
import { mainMetric, parameterQuantities } from '../../engine/run/record';
import { Bins } from './bins';
import { activationMeasures, describe, measures, parameterMeasures, parameterTable, type Measure } from './quantities';

export const scalars = ['loss', 'metric', 'gradientNorm', 'learningRate', 'sharpness', 'seconds', 'lossScale'] as const;
export type Scalar = (typeof scalars)[number];

/** One row of a table of bins. */
export interface Row {
  bins: Bins;
  row: number;
}

/** A tensor or a layer. */
export interface Item {
  name: string;
  layer: string;
  depth: number;
  dims: number[];
  path?: string;
  /** Place in the header. */
  index: number;
  group: number;
}

/** The histograms of all parameters after a step, as `histogramOf` reads them. */
export interface MeasuredHistograms {
  step: number;
  histograms: Float32Array;
}

/** 2 x 2,000 points for a line across the whole panel; a heat map cell is never narrower than a pixel of 1,000. */
const LINE_BINS = 2000;
const MAP_BINS = 1000;

const width = parameterMeasures.length;
const recorded = parameterQuantities.length;
const index = (quantity: (typeof parameterQuantities)[number]): number => parameterQuantities.indexOf(quantity);
const optional = Uint8Array.from(parameterQuantities, (quantity) => Number(parameterTable[quantity].optional === true));
const required = new Uint8Array(recorded);
const GRADIENT = index('gradientNorm');
const UPDATE_STD = index('updateStd');
const WEIGHT_STD = index('weightStd');

export class RunStore {
  readonly scalars = new Bins(scalars.length, LINE_BINS, { exact: true, mean: true });
  /** Loss, the metric of the header, then what else it names. */
  readonly validation: Bins;
  readonly parameters: Bins;
  readonly activations: Bins;
  /** Measured so rarely, and the more so the longer the run, that they are kept as they are. */
  histograms: MeasuredHistograms[] = [];
  lastStep = 0;
  epoch = 0;
  /** Seconds of training at the last step, and over the last appended records: what the speed is judged by. */
  seconds = 0;
  private recent: { step: number; seconds: number }[] = [];

  constructor(readonly view: RunView) {
    this.validation = new Bins(2 + (view.header.metrics?.length ?? 0), LINE_BINS, { exact: true, mean: true });
    this.parameters = new Bins(view.header.parameters.length * width, MAP_BINS);
    this.activations = new Bins(view.header.activations.length * activationMeasures.length, MAP_BINS);
  }

  append(steps: PackedSteps): void {
    if (steps.count === 0) return;
    if (steps.step[0] <= this.lastStep) this.truncate(steps.step[0]);
    this.scalars.reserve(steps.count);
    this.parameters.reserve(steps.parameterAt.length);
    this.activations.reserve(steps.activationAt.length);
    for (let i = 0; i < steps.count; i++) this.appendScalars(steps, i);
    this.appendParameters(steps);
    this.appendActivations(steps);
    this.appendHistograms(steps);
    const end = steps.count - 1;
    this.lastStep = steps.step[end];
    this.epoch = steps.epoch[end];
    this.seconds = steps.seconds[end];
    this.recent.push({ step: this.lastStep, seconds: this.seconds });
    if (this.recent.length > 20) this.recent.shift();
  }

  /** Steps per second over the last messages; NaN before there are two. */
  get stepsPerSecond(): number {
    const from = this.recent.length > 1 ? this.recent[0] : { step: 0, seconds: 0 };
    return (this.lastStep - from.step) / (this.seconds - from.seconds);
  }

  findings(findings: Finding[], fixable: string[]): void {
    this.view.findings = findings;
    this.view.fixable = fixable;
  }

  scalar(name: Scalar): Row {
    return { bins: this.scalars, row: scalars.indexOf(name) };
  }

  /** What was measured on the validation set. */
  validated(name: 'loss' | MetricName): Row {
    const { header } = this.view;
    const { metrics = [] } = header;
    return { bins: this.validation, row: name === 'loss' ? 0 : name === mainMetric(header) ? 1 : 2 + metrics.indexOf(name) };
  }

  /** The series of a parameter (or activation) by its index in the header. */
  series(measure: Measure, item: number): Row {
    return measure.of === 'parameter'
      ? { bins: this.parameters, row: item * width + parameterMeasures.indexOf(measure.quantity) }
      : { bins: this.activations, row: item * activationMeasures.length + activationMeasures.indexOf(measure.quantity) };
  }

  /** The rows of a heat map in forward order; biases and other vectors after the matrices, or their smaller norms would make stripes of it. */
  items(of: Measure['of']): Item[] {
    const { parameters, activations } = this.view.header;
    const list = of === 'parameter'
      ? parameters.map((p, i) => ({ ...p, index: i, group: Number(p.dims.length < 2) }))
      : activations.map((a, i) => ({ ...a, name: a.layer, index: i, group: 0 }));
    return list.sort((a, b) => a.group - b.group || a.depth - b.depth || a.index - b.index);
  }

  /** The measures this run has values for: plain SGD has no second moment. */
  available(): Measure[] {
    return measures.filter((measure) => {
      const optionalMoment = describe(measure).optional === true;
      return this.items(measure.of).some(({ index: item }) => {
        const { bins, row } = this.series(measure, item);
        for (let column = 0; column < bins.columns; column++) {
          const cell = column * bins.rows + row;
          if (optionalMoment ? bins.high[cell] > 0 : bins.high[cell] >= bins.low[cell] || bins.broken[cell] > 0) return true;
        }
        return false;
      });
    });
  }

  private truncate(step: number): void {
    for (const bins of [this.scalars, this.validation, this.parameters, this.activations]) bins.truncate(step);
    this.histograms = this.histograms.filter((measured) => measured.step < step);
    this.recent = [];
  }

  private appendScalars(steps: PackedSteps, i: number): void {
    const { scalars: bins } = this;
    const step = steps.step[i];
    const start = bins.open(step);
    bins.put(start, steps.loss[i], step);
    bins.put(start + 1, steps.metric[i], step);
    bins.put(start + 2, steps.gradientNorm[i], step);
    bins.put(start + 3, steps.learningRate[i], step);
    // Sharpness is measured on demand: NaN is "not measured".
    if (!Number.isNaN(steps.sharpness[i])) bins.put(start + 4, steps.sharpness[i], step);
    bins.put(start + 5, steps.seconds[i], step);
    if (!Number.isNaN(steps.lossScale[i])) bins.put(start + 6, steps.lossScale[i], step);
    if (!Number.isNaN(steps.validationLoss[i]) || !Number.isNaN(steps.validationMetric[i])) {
      const start = this.validation.open(step);
      this.validation.put(start, steps.validationLoss[i], step);
      this.validation.put(start + 1, steps.validationMetric[i], step);
      // A metric that is not defined for the data was left out.
      this.view.header.metrics?.forEach((name, m) => { if (Number.isFinite(steps.scores[name]?.[i])) this.validation.put(start + 2 + m, steps.scores[name]![i], step); });
    }
  }

  private appendParameters(steps: PackedSteps): void {
    const count = this.view.header.parameters.length;
    const { parameters: bins } = this;
    const { parameters: values } = steps;
    const ratio = new Float32Array(1);
    for (let record = 0; record < steps.parameterAt.length; record++) {
      const step = steps.step[steps.parameterAt[record]];
      let cell = bins.open(step);
      let from = record * count * recorded;
      for (let parameter = 0; parameter < count; parameter++, from += recorded, cell += width) {
        const gradient = values[from + GRADIENT];
        const applies = gradient - gradient !== 0;
        bins.putMany(cell, values, from, recorded, step, applies ? required : optional);
        // A tensor without spread (a bias still at zero, a single number) has no ratio.
        const spread = values[from + WEIGHT_STD];
        if (spread > 0 || applies) {
          ratio[0] = values[from + UPDATE_STD] / spread;
          bins.putMany(cell + recorded, ratio, 0, 1, step, required);
        }
      }
    }
  }

  private appendActivations(steps: PackedSteps): void {
    const { activations: bins } = this;
    const present = new Uint8Array(bins.rows);
    for (let record = 0; record < steps.activationAt.length; record++) {
      const step = steps.step[steps.activationAt[record]];
      const start = bins.open(step);
      bins.putMany(start, steps.activations, record * bins.rows, bins.rows, step, present);
    }
  }

  private appendHistograms({ step, histogramAt, histograms }: PackedSteps): void {
    const width = histograms.length / histogramAt.length;
    histogramAt.forEach((at, record) => this.histograms.push({ step: step[at], histograms: histograms.subarray(record * width, (record + 1) * width) }));
  }
}
