import { isDeepStrictEqual } from 'node:util';
import type { Edit, Finding } from '../../engine/diagnosis/finding';

/** The findings that the text has not answered yet. What only followed from an answered one is answered with it. */
export function openFindings(findings: readonly Finding[], now: (path: string) => unknown, then: (path: string) => unknown): Finding[] {
  const answered = new Set(findings.filter((finding) => isAnswered(finding, now, then)).map(({ id }) => id));
  return findings.filter(({ id, symptomOf }) => !answered.has(id) && !(symptomOf && answered.has(symptomOf)));
}

/**
 * A finding speaks of the run file as it was. It is answered when the user has made one of its remedies, or has changed the value at fault.
 * `now` and `then` give the value at a path: in the text, and in the file that was trained.
 */
function isAnswered(finding: Finding, now: (path: string) => unknown, then: (path: string) => unknown): boolean {
  const made = (edit: Edit) => isDeepStrictEqual(now(edit.path), edit.value);
  if (finding.remedies.some((remedy) => remedy.edits.length > 0 && remedy.edits.every(made))) return true;
  const before = then(finding.target.path), after = now(finding.target.path);
  // Objects and shorthands may be written in several ways that mean the same; only plain values are compared.
  return isPlain(before) && isPlain(after) && before !== after;
}

const isPlain = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean';

/** The value at a dotted path of a parsed object. */
export const valueIn = (object: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined | null)?.[key], object);
