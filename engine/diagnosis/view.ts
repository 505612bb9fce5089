import { isFinite, isSkipped, parameterQuantities, type ActivationInfo, type ParameterInfo, type ParameterQuantity, type RunHeader, type RunRecord, type StepRecord } from '../run/record';
import { remembered } from './remembered';
import { median } from './statistics';
import type { Window } from './windows';

/** A parameter of rank >= 2. Biases and normalisation start at 0 or 1 and have no scale to compare an update with. */
export interface Matrix extends ParameterInfo {
  /** Its row in `StepRecord.parameters`. */
  index: number;
  /** Standard deviation before training; 0 for a tensor that starts at zero. */
  initialStd: number;
}

/** What a run with nothing learnt would lose. */
export interface Baseline {
  loss: number;
  /** "ln 10", "the loss of the first steps". */
  meaning: string;
  /** Whether it is known before training. */
  known: boolean;
}

/** Steps over which clipping is taken: the memory of momentum, twice. */
const clipWindow = 20;

/** A run record as the rules read it. */
export class RecordView {
  readonly header: RunHeader;
  /** Those that loss scaling skipped are left out: they updated nothing. */
  readonly steps: readonly StepRecord[];
  /** All of them. */
  readonly attempts: readonly StepRecord[];
  /** Steps at which the parameters were measured. */
  readonly measured: readonly StepRecord[];
  /** In forward order. */
  readonly matrices: readonly Matrix[];
  readonly baseline: Baseline;
  /** Index of the last step before the first whose loss or gradient is not finite. */
  readonly lastFinite: number;
  private readonly updateStd = this.reader('updateStd');
  private readonly weightStd = this.reader('weightStd');

  /** `output`: layers of other outputs are left out. */
  constructor({ header, steps: attempts }: RunRecord, output?: string) {
    const steps = attempts.some(isSkipped) ? attempts.filter((step) => !isSkipped(step)) : attempts;
    this.header = header;
    this.attempts = attempts;
    this.steps = steps;
    this.measured = steps.filter((step) => step.parameters);
    this.matrices = header.parameters
      .map((parameter, index) => ({ ...parameter, index, initialStd: this.measured.length > 0 ? this.weightStd(0, index) : 0 }))
      .filter((parameter) => parameter.dims.length >= 2 && leadsTo(parameter, output))
      .sort((a, b) => a.depth - b.depth);
    this.medianUpdateRatio = remembered(this.measured.length, (i) => median(this.matrices.map((matrix) => this.updateRatio(i, matrix))));
    this.baseline = this.findBaseline();
    const broken = steps.findIndex((step) => !isFinite(step));
    this.lastFinite = (broken < 0 ? steps.length : broken) - 1;
  }

  /** Whether a loss or gradient was not finite. */
  get diverged(): boolean {
    return this.lastFinite < this.steps.length - 1;
  }

  /**
   * The run as each of several outputs sees it, as if there were no other: with its loss, labels and layers. For rules on what stands before the loss; measured activations
   * are those of the whole run.
   */
  outputs(): { name: string; view: RecordView }[] {
    const { outputs = [], data, activations, config } = this.header;
    return outputs.map(({ name, classes, output }) => ({
      name,
      view: new RecordView({
        header: {
          ...this.header, outputs: undefined, classes, output,
          config: { ...config, loss: (config.loss as Record<string, RunHeader['config']['loss']>)[name] },
          activations: activations.filter((activation) => leadsTo(activation, name)),
          ...(data && { data: { ...data, labels: data.outputs?.[name] ?? data.labels } }),
        },
        steps: this.attempts.map((step) => (step.validation ? { ...step, validation: { ...step.validation, metric: step.validation.scores?.[`${name}.accuracy`] ?? NaN } } : step)),
      }, name),
    }));
  }

  /** A value of the resolved run file, by dotted path. */
  config(path: string): unknown {
    return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], this.header.config);
  }

  number(path: string): number | undefined {
    const value = this.config(path);
    return typeof value === 'number' ? value : undefined;
  }

  /** Name of an entry that is written as a string, as {"type": name} or as {name: options}. */
  typeAt(path: string): string | undefined {
    return typeName(this.config(path));
  }

  get optimizer(): string {
    return this.typeAt('optimizer') ?? '';
  }

  /** Base learning rate: the schedule's factor is 1. */
  get learningRate(): number {
    return this.number('optimizer.learningRate') ?? this.steps[0]?.learningRate ?? NaN;
  }

  /** Reads one quantity of a parameter at the i-th measured step. */
  reader(quantity: ParameterQuantity): (measured: number, parameter: number) => number {
    const column = parameterQuantities.indexOf(quantity);
    return (measured, parameter) => this.measured[measured].parameters![parameter * parameterQuantities.length + column];
  }

  /** The measured steps of a window as a series. */
  series({ start, end }: Window, value: (measured: number) => number): number[] {
    return Array.from({ length: end - start }, (_, i) => value(start + i));
  }

  /** First and last step number of a window over the measured steps. */
  span({ first, last }: { first: Window; last: Window }): { step: number; lastStep: number } {
    return { step: this.measured[first.start].step, lastStep: this.measured[last.end - 1].step };
  }

  /** Median loss of the steps of a window over the measured steps. */
  medianLoss(window: Window): number {
    return median(this.series(window, (i) => lossOf(this.measured[i])));
  }

  /**
   * r = std(D) / std(w) of a matrix at the i-th measured step; NaN where the tensor started at zero or is
   * not updated. Weights that have grown are measured by their initial spread: a blown-up weight must not make its update look small.
   */
  updateRatio(measured: number, matrix: Matrix): number {
    const update = this.updateStd(measured, matrix.index);
    const scale = Math.min(matrix.initialStd, this.weightStd(measured, matrix.index));
    return scale > 0 && update > 0 ? update / scale : NaN;
  }

  /** Median of r over the matrices at the i-th measured step. */
  readonly medianUpdateRatio: (measured: number) => number;

  /** Whether the schedule lets the optimizer work: neither warming up nor decayed away. */
  atFullRate(step: StepRecord): boolean {
    return step.learningRate >= 0.1 * this.learningRate;
  }

  /** Last sharpness, as clipped, measured up to the end of a window over the measured steps. */
  measuredSharpness({ end }: Window): number | undefined {
    const until = this.measured[end - 1]?.step ?? Infinity;
    const at = this.steps.findLastIndex((step) => step.sharpness !== undefined && step.step <= until);
    return at < 0 ? undefined : this.sharpnessAsClipped(at);
  }

  /** What clipping by the global norm scales the gradient of a step by, at most 1. */
  clipFactor({ clipped, gradientNorm }: StepRecord): number {
    return clipped ? Math.min(1, (this.number('clip.globalNorm') ?? Infinity) / gradientNorm) : 1;
  }

  /** Share of the gradient that clipping leaves, in the median of the steps up to the i-th: one large batch does not hide the edge of stability. */
  clipShare(i: number): number {
    return median(this.steps.slice(Math.max(0, i + 1 - clipWindow), i + 1).map((step) => this.clipFactor(step)));
  }

  /**
   * Sharpness at the i-th step as the optimizer meets it: gradients that are clipped to the share c move along P^-1 c H, and the moments in P have seen the clipped
   * ones already.
   */
  sharpnessAsClipped(i: number): number {
    return this.steps[i].sharpness! * this.clipShare(i);
  }

  /** Activations whose layer kind is one of these (run file or ONNX spelling). */
  activations(kinds: readonly string[]): (ActivationInfo & { index: number })[] {
    return this.header.activations.map((info, index) => ({ ...info, index })).filter(({ kind }) => kinds.includes(lowerFirst(kind)));
  }

  private findBaseline(): Baseline {
    const parts = this.outputs().map(({ view }) => view.baseline);
    if (parts.length > 0 && parts.every(({ known }) => known)) return { loss: parts.reduce((sum, { loss }) => sum + loss, 0), meaning: parts.map(({ meaning }) => meaning).join(' + '), known: true };
    const loss = this.typeAt('loss') ?? '';
    const { classes } = this.header;
    const weight = this.number('loss.weight') ?? 1;
    const known = (size: number, meaning: string): Baseline => ({ loss: weight * size, meaning: weight === 1 ? meaning : `${weight} × ${meaning}`, known: true });
    if (/^crossEntropy|^nll/.test(loss) && classes && classes > 1) return known(Math.log(classes), `ln ${classes}`);
    if (/^b(inaryC|c)/.test(loss)) return known(Math.LN2, 'ln 2');
    if (this.steps.length === 0) return { loss: NaN, meaning: 'no step yet', known: false };
    // Batches differ, so that one is not enough; but the second step may have exploded already.
    const first = this.steps.slice(0, 3).map(lossOf);
    return { loss: Math.min(2 * first[0], median(first)), meaning: 'the loss of the first steps', known: false };
  }
}

/** The output whose own layers a layer is one of; undefined before they branch. */
export const branchOf = ({ path }: { path?: string }): string | undefined => /^model\.heads\.([^.]+)\./.exec(path ?? '')?.[1];

const leadsTo = (layer: { path?: string }, output: string | undefined): boolean => output === undefined || [undefined, output].includes(branchOf(layer));

/** Index of the first of these steps whose number is at least `step`; how many they are where none is. */
export function indexFrom(steps: readonly Pick<StepRecord, 'step'>[], step: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle].step < step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** NaN counts as infinitely bad. */
export const lossOf = (step: StepRecord): number => (Number.isNaN(step.loss) ? Infinity : step.loss);

export function typeName(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { type } = entry as { type?: unknown };
  return typeof type === 'string' ? type : Object.keys(entry)[0];
}

export const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
