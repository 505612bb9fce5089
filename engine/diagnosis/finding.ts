import type { ActivationQuantity, ParameterQuantity } from '../run/record';

export type Severity = 'error' | 'warning' | 'information';

/** One change of the run file. */
export interface Edit {
  /** Dotted path in the run file: "optimizer.learningRate", "model.layers.3". */
  path: string;
  /** JSON value; undefined removes the key. */
  value: unknown;
  /** `insert` puts the value before the array element that `path` names; `set` (default) replaces it. */
  kind?: 'set' | 'insert';
}

export interface Remedy {
  /** States the new value and where it comes from: "Set learningRate to 0.0012 (was 0.1): 38 / (1.2 x sharpness)". */
  title: string;
  edits: Edit[];
  /** Set once paired re-runs have judged it. */
  verified?: Verification;
}

/** What paired re-runs say of a remedy: the same run with and without it, from the same weights, over the same batches. */
export interface Verification {
  verdict: 'helps' | 'no difference' | 'hurts';
  /**
   * What was compared at the same step. The training loss, unless the fault is one of generalisation or the remedy changes what the training loss means; an
   * error (the share of wrong classes, or of the variance that is not explained) where the losses themselves cannot be compared.
   */
  measure: 'training loss' | 'validation loss' | 'validation error' | 'training error';
  /** Seeds of the order of the data; one pair of runs each. */
  seeds: number[];
  /** Step of the checkpoint both went on from; 0 for the untrained model. */
  from: number;
  /** Steps that each run made at most. */
  steps: number;
  /**
   * With over without in the last quarter of the steps: the geometric mean over the seeds and its 95 % interval (Student's t of the logarithms, for losses have
   * heavy tails). Below 1 is better. Of the seeds at which neither run diverged; absent where these are fewer than two, for then only the counts below speak.
   */
  ratio?: { mean: number; low: number; high: number };
  /** In place of the ratio where the measure is not always positive: with minus without, in units of the measure. Negative is better. */
  difference?: { mean: number; low: number; high: number };
  /** At how many seeds the run diverged: infinitely bad. */
  diverged: { without: number; with: number };
  /** Medians over the seeds at the same steps, for a chart; null where most have diverged. Where the batches differ in size: at the same number of samples, counted in steps without the remedy. */
  curve: { step: number[]; without: (number | null)[]; with: (number | null)[] };
}

/** Where the fault lies: always a key of the run file, and a parameter or layer where one is at fault. */
export interface Target {
  path: string;
  parameter?: string;
  layer?: string;
}

/** A measured value against its threshold, and the series that shows it. */
export interface Evidence {
  /** "gradient norm of conv2.weight". */
  label: string;
  value: number;
  threshold: number;
  /** How the value broke the threshold: "growth > 100". */
  comparison: 'above' | 'below';
  /** The series of the record that shows the fault. */
  series?: Series;
  /** What a chart draws: the rule's own curve, else the series. Absent for what has no course: it is known before the first step, or was never measured. */
  points?: Points;
}

/** A stored quantity of the record. */
export type Series =
  | { of: 'parameter'; name: string; quantity: ParameterQuantity }
  | { of: 'activation'; layer: string; quantity: ActivationQuantity }
  | { of: 'step'; quantity: 'loss' | 'gradientNorm' | 'learningRate' | 'metric' | 'sharpness' | 'lossScale' }
  | { of: 'validation'; quantity: 'loss' | 'metric' };

/** A curve around the fault: its own length before it, half of it after it, thinned so that every peak stays. */
export interface Points {
  step: number[];
  /** null: not a finite number. */
  value: (number | null)[];
  /** Set where this is not the evidence's own value, so that its threshold is no height here: "loss". */
  shows?: string;
}

export interface Finding {
  /** Stable within a run: rule id, and the target where a rule may speak of several. */
  id: string;
  rule: string;
  severity: Severity;
  /** Sentence case, at most about 60 characters: "Gradient explodes in conv2.weight". */
  title: string;
  /** Two sentences: what was measured, why it is a fault. */
  explanation: string;
  target: Target;
  /** First and last step of the evidence; 0 for what is known before the first step. */
  step: number;
  lastStep: number;
  /** Share of the measurements in the evidence's window that break the threshold, 0 to 1; 1 for what is known before the first step. */
  confidence: number;
  evidence: Evidence[];
  /** Best first. */
  remedies: Remedy[];
  /** Id of the finding that this one follows from. */
  symptomOf?: string;
}
