import type { StepRecord } from '../run/record';
import type { Evidence, Finding } from './finding';
import type { RecordView } from './view';

export type Thresholds = Record<string, number>;

/** The course of what a rule judges, as the rule itself computes it. */
export interface Curve {
  /** The steps at which it has a value: `view.steps`, `view.measured` or some of them. */
  at: readonly Pick<StepRecord, 'step'>[];
  /** At the i-th of these, in the unit of the threshold; NaN where it has none. Called for some of them only. */
  value(i: number): number;
  /** First and last step that are drawn, where they are not those around the finding. */
  span?: [first: number, last: number];
  /** Names what is drawn where it is not what the threshold is set for: "loss". */
  shows?: string;
}

/** Evidence as a rule gives it: with a curve wherever what is judged is no stored series (a ratio, a growth, a share). */
export type Measured = Omit<Evidence, 'points'> & { curve?: Curve };

/** What a rule reports; the registry adds the rule's id, the points to draw and the cause. */
export type Report = Omit<Finding, 'id' | 'rule' | 'symptomOf' | 'confidence' | 'evidence'> & {
  evidence: Measured[];
  /** Default: share of the measurements that break the threshold of the first evidence. */
  confidence?: number;
  /** Tells findings of the same rule apart: a parameter, a layer, a direction. */
  of?: string;
};

/** A fault and how to recognise it in a record. Pure: no IO, no clock, no random number. */
export interface Rule<T extends Thresholds = Thresholds> {
  /** Also the name of its page, `docs/rules/<id>.md`. */
  id: string;
  title: string;
  /** Thresholds with the source of each; the run file may override them. */
  defaults: T;
  check(view: RecordView, thresholds: T): Report[];
}

/** Infers the names of the thresholds. */
export const rule = <T extends Thresholds>(definition: Rule<T>): Rule => definition as unknown as Rule;

/** A check of what stands before a loss and of its labels: of several outputs it is made for each, as if there were no other. */
export const perOutput = <T extends Thresholds>(check: Rule<T>['check']): Rule<T>['check'] => (view, thresholds) => {
  const outputs = view.outputs();
  return outputs.length === 0 ? check(view, thresholds) : outputs.flatMap(({ name, view: own }) => check(own, thresholds).map((report) => ofOutput(name, report)));
};

/** What a report says of "loss" holds for the loss of that output. */
function ofOutput(name: string, report: Report): Report {
  const place = (path: string): string => (path === 'loss' || path.startsWith('loss.') ? `loss.${name}${path.slice('loss'.length)}` : path);
  return {
    ...report,
    of: report.of === undefined ? name : `${report.of}/${name}`,
    target: { ...report.target, path: place(report.target.path) },
    explanation: `${report.explanation} This is about the output ${name}.`,
    remedies: report.remedies.map((remedy) => ({ ...remedy, edits: remedy.edits.map((edit) => ({ ...edit, path: place(edit.path) })) })),
  };
}

/** Relative to the documentation folder. */
export const documentationOf = (ruleId: string): string => `rules/${ruleId}.md`;
