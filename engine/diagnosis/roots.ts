/** Findings as whoever shows them needs them: causes with what follows from them. */
import type { Finding } from './finding';

/** A finding with what follows from it, directly or through another. */
export interface Root {
  finding: Finding;
  symptoms: Finding[];
}

/** Causes in the order of the diagnosis, each with its symptoms; hints last. */
export function rootsOf(findings: readonly Finding[]): Root[] {
  const known = new Map(findings.map((finding) => [finding.id, finding]));
  const rootOf = (finding: Finding): Finding => {
    let root = finding;
    for (const seen = new Set([root]); root.symptomOf !== undefined; seen.add(root)) {
      const cause = known.get(root.symptomOf);
      if (!cause || seen.has(cause)) break;
      root = cause;
    }
    return root;
  };
  const roots = findings.filter((finding) => rootOf(finding) === finding);
  return roots.map((finding) => ({ finding, symptoms: findings.filter((other) => other !== finding && rootOf(other) === finding) }));
}

export const isFault = ({ severity }: Finding): boolean => severity !== 'information';
