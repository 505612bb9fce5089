import type { Edit, Remedy } from '../finding';
import type { RecordView } from '../view';

/** Remedies that change something; a value the run file holds already is no remedy. */
export function useful(view: RecordView, remedies: (Remedy | undefined)[]): Remedy[] {
  const titles = new Set<string>();
  return remedies.filter((remedy): remedy is Remedy => {
    if (!remedy || titles.has(remedy.title) || !remedy.edits.some((edit) => changes(view, edit))) return false;
    titles.add(remedy.title);
    return true;
  });
}

const changes = (view: RecordView, { path, value, kind }: Edit): boolean =>
  kind === 'insert' || JSON.stringify(view.config(path)) !== JSON.stringify(value);

/** Later list elements first: an insertion moves those behind it. */
export const lastFirst = (edits: Edit[]): Edit[] =>
  edits.sort((a, b) => b.path.localeCompare(a.path, 'en', { numeric: true }));
