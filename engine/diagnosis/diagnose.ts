import type { RunRecord } from '../run/record';
import { byCause, linkCauses } from './causes';
import type { Finding, Severity } from './finding';
import { inHindsight } from './hindsight';
import { shareBeyond, withPoints } from './points';
import type { Rule } from './rule';
import { rules } from './rules';
import { RecordView } from './view';

type Override = Severity | 'off' | Record<string, number>;

/**
 * Findings of a run so far, also of one that has made no step yet, causes before their symptoms. Pure: the same record gives the same findings, live or replayed, and a finding
 * that has once had its evidence stays. Tens of milliseconds for a few thousand steps: a record that grows is looked at ever more rarely (`Watch`).
 */
export function diagnose(record: RunRecord): Finding[] {
  const { level, rules: overrides = {} } = (record.header.config.diagnose ?? {}) as { level?: string; rules?: Record<string, Override> };
  if (level === 'off') return [];
  const view = new RecordView(record);
  const found = linkCauses(rules.flatMap((rule) => apply(rule, view, overrides[rule.id])));
  return byCause(inHindsight(view, found, ({ rule }) => typeof overrides[rule] === 'string'));
}

function apply(rule: Rule, view: RecordView, override: Override | undefined): Finding[] {
  if (override === 'off') return [];
  const thresholds = typeof override === 'object' ? { ...rule.defaults, ...override } : rule.defaults;
  return rule.check(view, thresholds).map(({ of, confidence, evidence, severity, ...report }) => ({
    id: of === undefined ? rule.id : `${rule.id}/${of}`,
    rule: rule.id,
    ...report,
    confidence: confidence ?? (evidence[0] ? shareBeyond(view, evidence[0], report) : 1),
    evidence: evidence.map((each) => withPoints(view, each, report)),
    severity: typeof override === 'string' ? override : severity,
  }));
}
