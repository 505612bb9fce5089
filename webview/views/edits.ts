/** The changes of a remedy as short lines; the same change of many layers is one line. */
import type { Edit } from '../../engine/diagnosis/finding';
import { setting } from '../format';
import { t } from '../strings';

/** Value of a dotted path of the run file; array elements by their index. */
export const lookup = (config: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined), config);

export interface EditLine {
  /** "learningRate", "layers[0, 2, 4] initializer", "insert before layers[1, 3]:". */
  what: string;
  /** Empty where there was nothing, or it is told by `what`. */
  from: string;
  to: string;
}

/** "model.layers.3.dense.initializer" is `initializer` of `layers[3]`; an element of a nested list keeps its whole path. */
function split(path: string): { key: string; list: string; index: string } {
  const keys = path.split('.');
  const at = keys.findLastIndex((key) => /^\d+$/.test(key));
  if (at < 0) return { key: keys.at(-1)!, list: '', index: '' };
  return { key: at === keys.length - 1 ? '' : keys.at(-1)!, list: keys.slice(keys[0] === 'model' ? 1 : 0, at).join('.'), index: keys[at] };
}

export function editLines(config: unknown, edits: readonly Edit[]): EditLine[] {
  const groups = new Map<string, { key: string; list: string; indices: string[]; from: string; to: string; kind: 'set' | 'insert' | 'remove' }>();
  for (const { path, value, kind = 'set' } of edits) {
    const { key, list, index } = split(path);
    const before = kind === 'insert' ? undefined : lookup(config, path);
    const [from, to] = [before, value].map((side) => (side === undefined ? '' : setting(side)));
    const change = value === undefined ? 'remove' : kind;
    const name = JSON.stringify([key, list, from, to, change]);
    const group = groups.get(name) ?? { key, list, indices: [], from, to, kind: change };
    if (index !== '') group.indices.push(index);
    groups.set(name, group);
  }
  return [...groups.values()].map(({ key, list, indices, from, to, kind }) => {
    const element = list && `${list}[${indices.sort((a, b) => Number(a) - Number(b)).join(', ')}]`;
    const place = [element, key].filter(Boolean).join(' ');
    return {
      what: kind === 'insert' ? t('insertBefore', place) : kind === 'remove' ? t('remove', place) : place,
      from: kind === 'remove' ? '' : from, to,
    };
  });
}
