/** The findings of a stored run, and what verification has said of their remedies. */
import { diagnose } from '../diagnosis/diagnose';
import type { Finding, Remedy, Verification } from '../diagnosis/finding';
import { InputError, oneOf } from '../errors';
import { readFindings, writeFindings } from '../run/folder';
import type { RunRecord } from '../run/record';

const same = (a: Remedy, b: Remedy): boolean => JSON.stringify(a.edits) === JSON.stringify(b.edits);

/** Judges the record anew and writes the findings; a remedy that still changes the same keeps its verification. */
export function renewFindings(run: string, record: RunRecord): Finding[] {
  const stored = readFindings(run) ?? [];
  const findings = diagnose(record).map((finding): Finding => {
    const known = stored.find(({ id }) => id === finding.id)?.remedies.filter(({ verified }) => verified) ?? [];
    return { ...finding, remedies: finding.remedies.map((remedy) => ({ ...remedy, ...pick(known.find((other) => same(other, remedy))) })) };
  });
  writeFindings(run, findings);
  return findings;
}

const pick = (remedy: Remedy | undefined): Pick<Remedy, 'verified'> => (remedy ? { verified: remedy.verified } : {});

/** The finding of this id, or of this rule where there is one only, and its n-th remedy. */
export function findRemedy(run: string, record: RunRecord, { finding: wanted, remedy: number = 1 }: { finding: string; remedy?: number }): { finding: Finding; remedy: Remedy } {
  const findings = renewFindings(run, record);
  const ofRule = findings.filter(({ rule }) => rule === wanted);
  const finding = findings.find(({ id }) => id === wanted) ?? (ofRule.length === 1 ? ofRule[0] : undefined);
  if (!finding) throw new InputError(findings.length === 0 ? 'the run has no findings' : `the run has no finding "${wanted}"; allowed are ${oneOf(findings.map(({ id }) => id))}`, { file: run });
  const { length } = finding.remedies;
  if (length === 0) throw new InputError(`the finding "${finding.id}" has no remedy`, { file: run });
  if (number > length) throw new InputError(`the finding "${finding.id}" has ${length === 1 ? 'one remedy' : `the remedies 1 to ${length}`}, found ${number}`, { file: run });
  return { finding, remedy: finding.remedies[number - 1] };
}

/** Writes what was measured to the run's findings. */
export function keepVerified(run: string, { id }: Finding, remedy: Remedy, verified: Verification): Remedy {
  const judged = { ...remedy, verified };
  const findings = readFindings(run) ?? [];
  writeFindings(run, findings.map((finding) =>
    (finding.id === id ? { ...finding, remedies: finding.remedies.map((other) => (same(other, remedy) ? judged : other)) } : finding)));
  return judged;
}
