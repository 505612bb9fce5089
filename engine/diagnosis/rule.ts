import type { Finding } from './finding';
import type { RecordView } from './view';

export type Thresholds = Record<string, number>;

/** What a rule reports; the registry adds the rule's id and the cause. */
export type Report = Omit<Finding, 'id' | 'rule' | 'symptomOf' | 'confidence'> & {
  /** Default 1. */
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

/** Relative to the documentation folder. */
export const documentationOf = (ruleId: string): string => `rules/${ruleId}.md`;
