import { createHash } from 'node:crypto';
import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Finding, Remedy, Verification } from '../../engine/diagnosis/finding';
import type { RunRecord } from '../../engine/run/record';
import { verifyRemedy } from '../../engine/verification/verify';
import type { Case } from './case';
import { withRun } from './train';

/** What paired re-runs said of the computed remedies of a fault, in the order in which they were tried; it ends with the first that helps. */
export interface Repair {
  tried: { title: string; verdict: Verification['verdict'] }[];
  repaired: boolean;
}

/** Remedies tried at most, best first. */
const most = 3;

/** Of the findings that name the fault, roots and warnings first; where none does, of the roots. */
function candidates({ rule, also }: Case, record: RunRecord): { finding: Finding; remedy: Remedy }[] {
  const findings = diagnose(record);
  const naming = findings.filter((finding) => finding.rule === rule || also.includes(finding.rule));
  const rank = (finding: Finding): number => Number(finding.symptomOf !== undefined) + Number(finding.severity === 'information');
  const chosen = [...naming].sort((a, b) => rank(a) - rank(b));
  const all = chosen.flatMap((finding) => finding.remedies.slice(0, 2).map((remedy) => ({ finding, remedy })));
  const edits = all.map(({ remedy }) => JSON.stringify(remedy.edits));
  return all.filter((_, i) => edits.indexOf(edits[i]) === i).slice(0, most);
}

/** Changes with the remedies that the record gives: then they are verified again. */
export const repairKey = (entry: Case, record: RunRecord): string =>
  createHash('sha256').update(JSON.stringify(candidates(entry, record).map(({ remedy }) => remedy.edits))).digest('hex').slice(0, 8);

export const repair = (entry: Case, record: RunRecord, folder: string): Promise<Repair> => withRun(entry, folder, async (run) => {
  const tried: Repair['tried'] = [];
  for (const { finding, remedy } of candidates(entry, record)) {
    const verified = await verifyRemedy(run, finding, remedy);
    tried.push({ title: remedy.title, verdict: verified!.verdict });
    if (verified!.verdict === 'helps') return { tried, repaired: true };
  }
  return { tried, repaired: false };
});
