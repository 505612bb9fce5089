/** Judges one remedy of a stored run by paired runs from before the fault. */
import type { Finding, Remedy, Verification } from '../diagnosis/finding';
import { median } from '../diagnosis/statistics';
import { InputError } from '../errors';
import { applyEdits } from '../run/edit';
import { readRun } from '../run/folder';
import type { StepRecord } from '../run/record';
import type { Cancel, Progress } from './cancel';
import { compare } from './compare';
import { checkpointBefore, storedSource } from './fork';

export interface VerifyOptions {
  /** Number of seeds of the order of the data; default 5, at least 2. */
  seeds?: number;
  /** Steps of each run; default: enough to see the fault again. */
  steps?: number;
  /** Seconds that all runs together may take, as estimated beforehand: fewer steps are made where they would take longer. */
  seconds?: number;
  device?: string;
}

/** What a verification is going to do. */
export interface VerificationPlan {
  /** Step of the state that all runs start from; 0 for the untrained model. */
  from: number;
  /** Steps of each run at most. */
  steps: number;
  /** Two for each seed. */
  runs: number;
  /** Estimated from the speed of the run that is judged. */
  seconds: number;
}

/** Student's t at 95 % is 4.3 for three seeds and 2.8 for five. */
export const defaultSeeds = 5;

/** What takes effect from the first update on, or makes another model: it is compared from the untrained model. */
const fromTheStart = /^(model|data|loss|seed|schedule|batchSize)(\.|$)/;
/** A fault is trained until its last evidence and beyond by so much: what a setting does wrong may show late. But a verification is no second training. */
const [least, most, mostValidated] = [100, 1000, 5000];

const generalises = ({ evidence }: Finding): boolean => evidence.some(({ series }) => series?.of === 'validation');

export function planVerification(run: string, finding: Finding, remedy: Remedy, { seeds = defaultSeeds, steps, seconds }: VerifyOptions = {}): VerificationPlan {
  if (seeds < 2) throw new InputError('one seed says nothing of how much runs differ; allowed are 2 seeds or more');
  const record = readRun(run);
  const from = remedy.edits.some(({ path }) => fromTheStart.test(path)) ? 0 : checkpointBefore(run, finding.step - 1)?.progress.step ?? 0;
  // What another batch gives shows in the end, where the noise of the gradient is what keeps the loss up.
  const resized = remedy.edits.some(({ path }) => path === 'batchSize');
  const enough = resized ? Math.min(record.header.totalSteps, mostValidated) : generalises(finding) ? Math.min(finding.lastStep - from, mostValidated) : Math.min(finding.lastStep - from + least, most);
  const wanted = Math.max(1, Math.min(steps ?? Math.max(least, enough), record.header.totalSteps - from));
  const runs = 2 * seeds;
  const perStep = secondsPerStep(record.steps);
  const affordable = seconds === undefined ? wanted : Math.max(1, Math.floor(seconds / (runs * perStep)));
  const planned = Math.min(wanted, affordable);
  return { from, steps: planned, runs, seconds: planned * runs * perStep };
}

/** Median, so that pauses and the first step, which is slow, do not count. */
export function secondsPerStep(steps: readonly StepRecord[]): number {
  const each = steps.slice(1).map(({ seconds, step }, i) => (seconds - steps[i].seconds) / (step - steps[i].step));
  return each.length === 0 ? 0 : median(each);
}

/** Undefined where it was stopped. */
export async function verifyRemedy(run: string, finding: Finding, remedy: Remedy, options: VerifyOptions = {}, cancel?: Cancel, progress: (progress: Progress) => void = () => {}): Promise<Verification | undefined> {
  const plan = planVerification(run, finding, remedy, options);
  const source = storedSource(run, options.device);
  const changed = { ...source, text: applyEdits(source.text, remedy.edits) };
  const { config: { seed } } = source.header;
  return compare(source, changed, {
    from: plan.from > 0 ? checkpointBefore(run, plan.from) : undefined,
    steps: plan.steps,
    seeds: Array.from({ length: plan.runs / 2 }, (_, i) => seed + i),
    generalisation: generalises(finding),
    cancel,
    progress: (share) => progress({ done: Math.round(share * plan.runs * plan.steps), total: plan.runs * plan.steps, message: `verifying: ${remedy.title}` }),
  });
}
