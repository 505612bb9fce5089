import type { Edit, Finding } from '../../engine/diagnosis/finding';

/**
 * The first remedy of every cause that is a fault and no mere hint, as far as they do not meet: two changes of one key contradict each other, and an inserted layer
 * moves the numbers that other remedies name.
 */
export function preferredEdits(findings: readonly Finding[]): { count: number; edits: Edit[] } {
  const edits: Edit[] = [];
  let count = 0;
  for (const { remedies: [first], symptomOf, severity } of findings) {
    if (symptomOf || severity === 'information' || !first || first.edits.some((edit) => edits.some((other) => meet(edit, other)))) continue;
    edits.push(...first.edits);
    count++;
  }
  return { count, edits };
}

function meet(a: Edit, b: Edit): boolean {
  const area = ({ path, kind }: Edit) => (kind === 'insert' ? path.split('.').slice(0, -1).join('.') : path) + '.';
  return area(a).startsWith(area(b)) || area(b).startsWith(area(a));
}
