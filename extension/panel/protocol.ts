/**
 * The messages between the extension host and the dashboard. Shared by `extension/` and `webview/`: types and pure data only.
 *
 * The host is the one source of truth. It sends everything (`hydrate`) whenever the panel becomes visible or says `ready`, and only
 * what is new while it stays visible; so nothing is lost while the panel is hidden. Messages cross as JSON with typed arrays beside it:
 * a NaN or an infinity outside of a typed array (in the evidence of a finding) arrives as null.
 */
import type { Finding } from '../../engine/diagnosis/finding';
import type { MetricName } from '../../engine/metrics/names';
import type { RunHeader, StepRecord } from '../../engine/run/record';

/** `training` while the engine lives; `failed` when it died or could not train; the others as the engine reports them. */
export type DashboardStatus = 'training' | 'finished' | 'diverged' | 'stopped' | 'failed';

/** Everything the panel shows of one run. */
export interface RunView {
  /** Absolute path of the run folder; the panel's saved state, and the key of all that follows. */
  run: string;
  /** What the user calls it; starts as `header.name`. */
  title: string;
  header: RunHeader;
  status: DashboardStatus;
  /** Why it ended; empty while it trains. */
  reason: string;
  findings: Finding[];
  /** Ids of `findings` that have at least one remedy the host can apply to the run file as it is now. */
  fixable: string[];
  /** False where the workspace is not trusted: `train`, `resume` and `stop` are refused. */
  canTrain: boolean;
}

/** Steps as columns: one typed array per scalar, so that 100,000 steps cross the border in a few copies. NaN: not measured. */
export interface PackedSteps {
  count: number;
  /** 1-based step numbers, ascending. */
  step: Int32Array;
  /** 0-based. */
  epoch: Int32Array;
  seconds: Float64Array;
  learningRate: Float64Array;
  loss: Float64Array;
  metric: Float64Array;
  gradientNorm: Float64Array;
  /** 0 or 1. */
  clipped: Uint8Array;
  sharpness: Float64Array;
  lossScale: Float64Array;
  validationLoss: Float64Array;
  validationMetric: Float64Array;
  /** What else was measured on the validation set, by name. */
  scores: Partial<Record<MetricName, Float64Array>>;
  /** Positions (0..count-1) of the steps that carry parameter quantities, and their rows one after another. */
  parameterAt: Int32Array;
  parameters: Float32Array;
  /** The same for activations. */
  activationAt: Int32Array;
  activations: Float32Array;
  /** The same for histograms. */
  histogramAt: Int32Array;
  histograms: Float32Array;
}

/** Texts of the panel in the user's language; the webview falls back to its own English text where one is missing. */
export type Strings = Record<string, string>;

export type HostMessage =
  /** Replaces everything shown. */
  | { type: 'hydrate'; view: RunView; steps: PackedSteps; strings: Strings }
  /** Appends. Steps at or before the last one shown replace the tail from there (a resumed run). */
  | { type: 'steps'; run: string; steps: PackedSteps }
  | { type: 'findings'; run: string; findings: Finding[]; fixable: string[] }
  | { type: 'ended'; run: string; status: Exclude<DashboardStatus, 'training'>; reason: string }
  /** The colours changed: read the `--vscode-*` variables again. */
  | { type: 'theme' }
  /** Nothing to show: the run was deleted or cannot be read; `message` is one sentence. */
  | { type: 'missing'; message: string }
  | Reply;

/** The answer to the request with the same id; `error` is one sentence for the user. */
export type Reply = { type: 'reply'; id: number; error?: string };

export type PanelRequest =
  /** Writes the remedy into the run file. */
  | { type: 'apply'; findingId: string; remedyIndex: number }
  /** Trains with and without the remedy, after the user has seen what that costs; answered when it is over. */
  | { type: 'verify'; findingId: string; remedyIndex: number }
  /** Shows a key of the run file in the editor: "optimizer.learningRate". */
  | { type: 'openKey'; path: string }
  | { type: 'openRule'; rule: string }
  | { type: 'openLog' }
  | { type: 'stop' }
  | { type: 'resume' }
  /** Trains the run file of this run again. */
  | { type: 'train' }
  | { type: 'exportModel' }
  /** Puts text on the clipboard (tab-separated values of a chart). */
  | { type: 'copyTable'; text: string };

export type PanelMessage =
  /** The page has loaded (or was restored): send `hydrate`. */
  | { type: 'ready' }
  /** Answered by one `reply` with this id. */
  | { type: 'request'; id: number; request: PanelRequest };

/** What the webview keeps with `setState`, so that a restored panel finds its run again. Further keys are the webview's own. */
export interface PanelState {
  run: string;
  [key: string]: unknown;
}

const columns = {
  step: Int32Array, epoch: Int32Array, seconds: Float64Array, learningRate: Float64Array, loss: Float64Array, metric: Float64Array,
  gradientNorm: Float64Array, clipped: Uint8Array, sharpness: Float64Array, lossScale: Float64Array, validationLoss: Float64Array, validationMetric: Float64Array,
} as const;
type Column = keyof typeof columns;

const read: Record<Column, (step: StepRecord) => number> = {
  step: (s) => s.step,
  epoch: (s) => s.epoch,
  seconds: (s) => s.seconds,
  learningRate: (s) => s.learningRate,
  loss: (s) => s.loss,
  metric: (s) => s.metric,
  gradientNorm: (s) => s.gradientNorm,
  clipped: (s) => Number(s.clipped),
  sharpness: (s) => s.sharpness ?? NaN,
  lossScale: (s) => s.lossScale ?? NaN,
  validationLoss: (s) => s.validation?.loss ?? NaN,
  validationMetric: (s) => s.validation?.metric ?? NaN,
};

/** Rows that only some steps have, and where these steps are kept. */
const lists = [['parameters', 'parameterAt'], ['activations', 'activationAt'], ['histograms', 'histogramAt']] as const;

export function packSteps(steps: readonly StepRecord[]): PackedSteps {
  const packed: Record<string, unknown> = { count: steps.length };
  for (const name of Object.keys(columns) as Column[]) packed[name] = (columns[name] as Float64ArrayConstructor).from(steps.map(read[name]));
  packed.scores = packScores(steps);
  for (const [rows, at] of lists) {
    const where = steps.flatMap((step, i) => (step[rows] ? [i] : []));
    const width = where.length > 0 ? steps[where[0]][rows]!.length : 0;
    const data = new Float32Array(where.length * width);
    where.forEach((i, row) => data.set(steps[i][rows]!, row * width));
    packed[at] = Int32Array.from(where);
    packed[rows] = data;
  }
  return packed as unknown as PackedSteps;
}

/** The inverse of `packSteps`; rows of parameters, activations and histograms are views into the packed arrays. */
export function unpackSteps(packed: PackedSteps): StepRecord[] {
  const steps = Array.from({ length: packed.count }, (_, i): StepRecord => ({
    step: packed.step[i],
    epoch: packed.epoch[i],
    seconds: packed.seconds[i],
    learningRate: packed.learningRate[i],
    loss: packed.loss[i],
    metric: packed.metric[i],
    gradientNorm: packed.gradientNorm[i],
    clipped: packed.clipped[i] === 1,
    ...(Number.isNaN(packed.sharpness[i]) ? {} : { sharpness: packed.sharpness[i] }),
    ...(Number.isNaN(packed.lossScale[i]) ? {} : { lossScale: packed.lossScale[i] }),
    // A diverged model validates to NaN in both; that is kept as "not validated", which draws the same gap.
    ...(Number.isNaN(packed.validationLoss[i]) && Number.isNaN(packed.validationMetric[i])
      ? {}
      : { validation: { loss: packed.validationLoss[i], metric: packed.validationMetric[i], ...scoresAt(packed, i) } }),
  }));
  for (const [rows, at] of lists) {
    const width = packed[at].length > 0 ? packed[rows].length / packed[at].length : 0;
    packed[at].forEach((i, row) => { steps[i][rows] = packed[rows].subarray(row * width, (row + 1) * width); });
  }
  return steps;
}

function packScores(steps: readonly StepRecord[]): PackedSteps['scores'] {
  const names = new Set(steps.flatMap(({ validation }) => Object.keys(validation?.scores ?? {}) as MetricName[]));
  return Object.fromEntries([...names].map((name) => [name, Float64Array.from(steps, ({ validation }) => validation?.scores?.[name] ?? NaN)]));
}

function scoresAt({ scores }: PackedSteps, i: number): Pick<NonNullable<StepRecord['validation']>, 'scores'> {
  const known = (Object.entries(scores) as [MetricName, Float64Array][]).filter(([, values]) => !Number.isNaN(values[i]));
  return known.length > 0 ? { scores: Object.fromEntries(known.map(([name, values]) => [name, values[i]])) } : {};
}
