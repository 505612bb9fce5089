/** What a job writes of one case and seed: everything that the verdicts are computed from. */
import type { Edit, Finding } from '../../engine/diagnosis/finding';
import type { RunResult, Score } from '../../engine/host/protocol';

/** A finding without its texts and curves. */
export type Digest = Pick<Finding, 'id' | 'rule' | 'severity' | 'title' | 'step' | 'lastStep' | 'symptomOf'> & {
  path: string;
  evidence: { label: string; value: number; threshold: number }[];
  remedies: { title: string; edits: Edit[] }[];
};

export interface TrainingResult {
  status: RunResult['status'];
  reason: string;
  steps: number;
  seconds: number;
  /** On the validation data, of the weights that the run keeps (best validation loss). */
  kept?: Score;
  /** On the validation data after the last epoch; absent where the run diverged. */
  last?: Score;
  /** The loss that `kept` and `last` are in. */
  loss: string;
}

export interface CaseResult {
  id: string;
  seed: number;
  /** Set where the case could not be translated or trained. */
  error?: string;
  notes: string[];
  /** Epochs trained of those published. */
  epochs: [trained: number, published: number];
  stepsPerEpoch: number;
  trained?: TrainingResult;
  findings: Digest[];
  /** Step after which the first warning or error was raised while the run lived. */
  alarm?: number;
  fix?: { error?: string; seconds: number; result?: TrainingResult; /** What was applied, in order. */ titles: string[] };
}

/** What a process of its own is to do. */
export interface Job {
  /** Of a case of the folder, or of one of the references for it. */
  id: string;
  seed: number;
  folder: string;
  cache: string;
  out: string;
  fix: boolean;
  /** Seconds of computing, by the formula of cost.ts, that a run is cut to. */
  seconds: number;
}
