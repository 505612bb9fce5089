/** The picture of a typical case on every rule's page: the finding of that rule in the record that tests it. */
import { findingCard } from '../../engine/chart/card';
import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Finding } from '../../engine/diagnosis/finding';
import { rules } from '../../engine/diagnosis/rules';
import { whenOf } from '../../engine/report/content';
import { buildRecord } from './builder';
import { cases } from './cases';

/** What shows most: faults before hints, curves before single values. */
const telling = ({ severity, evidence }: Finding): number =>
  (severity === 'information' ? 0 : 1000) + evidence.reduce((sum, { points }) => sum + 1 + (points?.shows === undefined ? Math.min(200, points?.step.length ?? 0) : 20), 0);

export function typicalFinding(rule: string): Finding | undefined {
  const findings = Object.values(cases).filter(([, expected]) => expected.rule === rule).flatMap(([spec]) => diagnose(buildRecord(spec))).filter((finding) => finding.rule === rule);
  return findings.reduce<Finding | undefined>((best, finding) => (best && telling(best) >= telling(finding) ? best : finding), undefined);
}

/** File name -> SVG. */
export const ruleCharts = (): [string, string][] =>
  rules.flatMap(({ id }) => {
    const finding = typicalFinding(id);
    return finding ? [[`${id}.svg`, String(findingCard(finding, `A typical case, ${whenOf(finding)}`))]] : [];
  });

/** The page with its picture after the first paragraph. */
export function withPicture(page: string, rule: string): string {
  const picture = `![A typical case](${rule}.svg)`;
  if (page.includes(picture)) return page;
  const [title, first, ...rest] = page.split('\n\n');
  return [title, first, picture, ...rest].join('\n\n');
}
