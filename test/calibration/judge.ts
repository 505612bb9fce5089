import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Finding } from '../../engine/diagnosis/finding';
import type { RunRecord } from '../../engine/run/record';
import { mean } from '../../engine/diagnosis/statistics';
import { RecordView } from '../../engine/diagnosis/view';
import type { Case } from './case';

/** What a rule said in a run: its gravest finding. */
export interface Spoken {
  rule: string;
  /** A warning or an error. */
  warns: boolean;
  /** Follows from nothing else. */
  root: boolean;
  /** Steps that the record needs to show it; 0 for what is known before the first step. */
  since: number;
}

export interface Verdict {
  entry: Case;
  /** Of the last validation, or of the last epoch; infinite where the run diverged. */
  loss: number;
  /** Of a model that has learnt nothing. */
  untrained: number;
  spoken: Spoken[];
}

const grave = ({ severity }: Finding): boolean => severity !== 'information';

export function judge(entry: Case, record: RunRecord): Verdict {
  const findings = diagnose(record);
  const rules = [...new Set(findings.map(({ rule }) => rule))];
  return {
    entry, loss: finalLoss(record), untrained: new RecordView(record).baseline.loss,
    spoken: rules.map((rule) => {
      const own = findings.filter((finding) => finding.rule === rule);
      return { rule, warns: own.some(grave), root: own.some(({ symptomOf }) => !symptomOf), since: Math.min(...own.map((finding) => firstSeen(record, finding))) };
    }),
  };
}

/** The shortest prefix of the record in which the finding is made. A finding once made stays, so that halving finds it. */
function firstSeen({ header, steps }: RunRecord, { id, step }: Finding): number {
  if (step === 0) return 0;
  let [low, high] = [1, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (diagnose({ header, steps: steps.slice(0, middle) }).some((finding) => finding.id === id)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function finalLoss({ header, steps }: RunRecord): number {
  const last = steps.slice(-header.stepsPerEpoch).map(({ loss }) => loss);
  const loss = Number.isFinite(last.at(-1)) ? steps.findLast(({ validation }) => validation)?.validation?.loss ?? mean(last) : Infinity;
  return Number.isFinite(loss) ? loss : Infinity;
}
