/** The changes of a remedy in few words, for whoever shows them. Pure. */
import type { Edit } from '../diagnosis/finding';

/** Value of a dotted path of the run file; array elements by their index. */
export const lookup = (config: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined), config);

export interface Change {
  kind: 'set' | 'insert' | 'remove';
  /** "learningRate", "layers[0, 2, 4] initializer". */
  place: string;
  /** Empty where there was nothing. */
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

/** The same change of many layers is one. */
export function changesOf(config: unknown, edits: readonly Edit[]): Change[] {
  const groups = new Map<string, { key: string; list: string; indices: string[]; from: string; to: string; kind: Change['kind'] }>();
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
    return { kind, place: [element, key].filter(Boolean).join(' '), from, to };
  });
}

/** A configured value as the user would write it: 0.001, 1e-8, 128. */
export function setting(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map(setting).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([key, part]) => `${key}: ${setting(part)}`).join(', ')}}`;
  if (typeof value !== 'number') return String(value);
  if (value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6)) return String(Number(value.toPrecision(6)));
  const [mantissa, power] = value.toExponential(5).split('e');
  return `${Number(mantissa)}e${Number(power)}`;
}
