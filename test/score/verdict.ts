/** The arithmetic of the score: pure functions of the results. */
import type { Score } from '../../engine/host/protocol';
import type { Case } from './cases';
import { excused, names, serious } from './naming';
import { dataKey, isReference } from './references';
import type { CaseResult, TrainingResult } from './result';

/** As good as the best: accuracy within 2 points, loss within 10 %. */
const points = 0.02;
const share = 0.1;
/** A "healthy" case that stays so far below the best is none: a set-up that does not train with every seed has a fault. */
export const wrongLabel = { points: 0.1, share: 1 };

/** What can be reached on some data: the mean over the seeds of the best healthy case. */
export type Reference = {
  id: string;
  accuracy?: number;
  loss: number;
  /** The loss function. */
  of: string;
};

export type CaseKind = 'faulty' | 'not reproduced' | 'healthy' | 'wrong label' | 'failed';

export interface RunVerdict {
  result: CaseResult;
  /** It trained as well as the best healthy case, in spite of the fault: with that seed the fault does not show. */
  fine: boolean;
  detected: boolean;
  named: 'name' | 'label' | undefined;
  falseAlarms: string[];
  repaired?: boolean;
}

export interface CaseVerdict {
  one: Case;
  kind: CaseKind;
  reference?: Reference;
  runs: RunVerdict[];
}

const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export function asGood(score: Score | undefined, loss: string, reference: Reference | undefined, within = { points, share }): boolean {
  if (!score || !reference) return false;
  if (reference.accuracy !== undefined) return score.accuracy !== undefined && score.accuracy >= reference.accuracy - within.points - 1e-9;
  return loss === reference.of && score.loss <= reference.loss * (1 + within.share);
}

/** The best healthy case of the same rows; where there is none of the same data; where there is none the references measured for it. */
export function references(cases: readonly Case[], results: ReadonlyMap<string, CaseResult[]>): (one: Case) => Reference | undefined {
  const measured = cases.filter(({ faulty }) => !faulty).flatMap((one) => {
    const runs = (results.get(one.id) ?? []).flatMap(({ trained }) => (trained?.kept ? [trained as TrainingResult & { kept: Score }] : []));
    if (runs.length === 0) return [];
    const accuracies = runs.map(({ kept }) => kept.accuracy);
    const reference: Reference = { id: one.id, loss: mean(runs.map(({ kept }) => kept.loss)), of: runs[0].loss, ...(accuracies.every((a) => a !== undefined) && { accuracy: mean(accuracies) }) };
    return [{ one, reference }];
  });
  const better = (a: Reference, b: Reference): number => (a.accuracy !== undefined && b.accuracy !== undefined ? b.accuracy - a.accuracy : a.loss - b.loss);
  const best = (matching: (other: Case) => boolean): Reference | undefined => measured.filter(({ one }) => matching(one)).map(({ reference }) => reference).sort(better)[0];
  return (one) => best((other) => dataKey(other) === dataKey(one) && !isReference(other)) ?? best((other) => other.dataset.name === one.dataset.name);
}

export function judge(cases: readonly Case[], results: ReadonlyMap<string, CaseResult[]>): CaseVerdict[] {
  const referenceOf = references(cases, results);
  return cases.filter((one) => !isReference(one) && results.has(one.id)).map((one): CaseVerdict => {
    const reference = referenceOf(one);
    const runs = results.get(one.id)!.map((result) => judgeRun(one, result, reference));
    return { one, reference, runs, kind: kindOf(one, runs, reference) };
  });
}

function judgeRun(one: Case, result: CaseResult, reference: Reference | undefined): RunVerdict {
  const alarms = result.findings.filter(serious);
  const named = alarms.map((finding) => names(one, finding));
  return {
    result,
    fine: asGood(result.trained?.last, result.trained?.loss ?? '', reference),
    detected: alarms.length > 0,
    named: named.includes('name') ? 'name' : named.includes('label') ? 'label' : undefined,
    falseAlarms: one.faulty ? [] : alarms.filter((finding) => !excused(one, finding)).map(({ id }) => id),
    ...(result.fix && { repaired: asGood(result.fix.result?.kept, result.fix.result?.loss ?? '', reference) }),
  };
}

function kindOf(one: Case, runs: RunVerdict[], reference: Reference | undefined): CaseKind {
  if (runs.some(({ result }) => result.error)) return 'failed';
  if (one.faulty) return runs.every(({ fine }) => fine) ? 'not reproduced' : 'faulty';
  return runs.every(({ result: { trained } }) => asGood(trained?.kept, trained?.loss ?? '', reference, wrongLabel)) ? 'healthy' : 'wrong label';
}

/** Part of a whole. */
export interface Rate {
  hits: number;
  of: number;
}

export interface Totals {
  detected: Rate;
  named: Rate;
  /** Named under the caveat about transcribed labels too. */
  namedByLabel: Rate;
  falseAlarms: Rate;
  repaired: Rate;
  /** Steps after which the first alarm was raised. */
  alarm: { median: number; worst: number };
}

/** Runs are counted: every case with every seed, of a faulty one those in which its fault shows. */
export function totalsOf(verdicts: readonly CaseVerdict[]): Totals {
  const runs = (kind: CaseKind): RunVerdict[] => verdicts.filter((verdict) => verdict.kind === kind).flatMap((verdict) => verdict.runs);
  const faulty = runs('faulty').filter(({ fine }) => !fine);
  const healthy = runs('healthy');
  const rate = (list: RunVerdict[], test: (run: RunVerdict) => boolean): Rate => ({ hits: list.filter(test).length, of: list.length });
  const alarms = faulty.flatMap(({ result: { alarm } }) => (alarm === undefined ? [] : [alarm])).sort((a, b) => a - b);
  return {
    detected: rate(faulty, ({ detected }) => detected),
    named: rate(faulty, ({ named }) => named === 'name'),
    namedByLabel: rate(faulty, ({ named }) => named !== undefined),
    falseAlarms: rate(healthy, ({ falseAlarms }) => falseAlarms.length > 0),
    repaired: rate(faulty.filter(({ detected, repaired }) => detected && repaired !== undefined), ({ repaired }) => repaired === true),
    alarm: { median: alarms.length === 0 ? NaN : (alarms[Math.floor((alarms.length - 1) / 2)] + alarms[Math.ceil((alarms.length - 1) / 2)]) / 2, worst: alarms.at(-1) ?? NaN },
  };
}

/** How often each rule raised a warning or an error: in runs that show their fault, as the expected symptom, in healthy ones. */
export function ruleTable(verdicts: readonly CaseVerdict[]): { rule: string; faulty: number; expected: number; healthy: number }[] {
  const rows = new Map<string, { rule: string; faulty: number; expected: number; healthy: number }>();
  for (const { one, kind, runs } of verdicts) for (const { result, fine } of runs) {
    const found = result.findings.filter(serious);
    for (const rule of new Set(found.map((finding) => finding.rule))) {
      const row = rows.get(rule) ?? { rule, faulty: 0, expected: 0, healthy: 0 };
      const own = found.filter((finding) => finding.rule === rule);
      if (kind === 'faulty' && !fine) {
        row.faulty++;
        row.expected += Number(own.some((finding) => names(one, finding) === 'name'));
      }
      if (kind === 'healthy') row.healthy += Number(own.some((finding) => !excused(one, finding)));
      rows.set(rule, row);
    }
  }
  return [...rows.values()].sort((a, b) => b.faulty - a.faulty || (a.rule < b.rule ? -1 : 1));
}
