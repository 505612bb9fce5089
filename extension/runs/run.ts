import type { Finding } from '../../engine/diagnosis/finding';
import type { RunHeader, StepRecord } from '../../engine/run/record';
import type { DashboardStatus } from '../panel/protocol';

/** One run as the editor knows it. */
export interface Run {
  /** Absolute path of the run folder: its identity. */
  readonly folder: string;
  /** What the user calls it. */
  title: string;
  header: RunHeader;
  status: DashboardStatus;
  /** Why it ended; empty while it trains. */
  reason: string;
  /** Empty until `loaded`. */
  steps: StepRecord[];
  findings: Finding[];
  /** False for a run on disk whose steps have not been read yet. */
  loaded: boolean;
  /** Figures of a run that is not loaded, as its folder gives them. */
  summary?: RunSummary;
}

export interface RunSummary {
  loss: number;
  /** The metric of the last validation, where there was one. */
  metric?: number;
  epochs: number;
  steps: number;
}

export const isTraining = (run: Run): boolean => run.status === 'training';

/** A run that did not get to its end can go on from its last checkpoint. */
export const isResumable = (run: Run): boolean => run.status === 'stopped' || run.status === 'failed' || run.status === 'diverged';

/** The last figures of a run, from its steps where they are there. */
export function summarize(run: Run): RunSummary | undefined {
  const last = run.steps.at(-1);
  if (!last) return run.summary;
  const validated = run.steps.findLast((step) => step.validation);
  return { loss: last.loss, metric: validated?.validation?.metric, epochs: last.epoch + 1, steps: last.step };
}

/** "0.1234", "2.30", "3.2e-5": four figures at most, no longer than the eye needs. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(1).replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}

/** The metric as people say it: "97.2 % accuracy", "mae 0.31"; `short`: "97.2 %". */
export const formatMetric = (metric: RunHeader['metric'], value: number, short = false): string =>
  metric === 'accuracy' ? `${(value * 100).toFixed(1)} %${short ? '' : ' accuracy'}` : `${metric} ${formatNumber(value)}`;
