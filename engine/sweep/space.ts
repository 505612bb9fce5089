/** From the parameters of a sweep to the combinations that are tried. Pure: the same sweep gives the same trials. */
import { KeyError } from '../errors';
import { Random } from '../random';
import type { Distribution, SweepConfig, Values } from './schema';

export interface Trial {
  /** From 1. */
  number: number;
  /** By key of the run file. */
  values: Record<string, unknown>;
}

/** Most runs of one sweep: more is a mistake in the sweep file. */
const most = 10_000;

/** Throws a KeyError where the search does not fit the parameters. */
export function trialsOf({ parameters, search }: Pick<SweepConfig, 'parameters' | 'search'>): Trial[] {
  const entries = Object.entries(parameters);
  if (entries.length === 0) throw new KeyError('parameters', 'names no key of the run file');
  for (const [path, values] of entries) checkRange(path, values);
  const grid = search.type === 'grid' || (search.type === 'successiveHalving' && search.runs === undefined);
  if (grid) return combinations(entries, search.type);
  const drawn = Array.from({ length: Math.min(search.runs!, most + 1) }, (_, i) => ({
    number: i + 1,
    values: Object.fromEntries(entries.map(([path, values]) => [path, draw(values, new Random(search.seed, `sweep/${path}`, i))])),
  }));
  if (drawn.length > most) throw new KeyError('search.runs', `must be at most ${most}, found ${search.runs}`);
  return drawn;
}

/** The last parameter varies fastest. */
function combinations(entries: [string, Values][], search: string): Trial[] {
  const lists = entries.map(([path, values]) => [path, listOf(values)] as const);
  const open = lists.find(([, list]) => !list);
  if (open) throw new KeyError(`parameters.${open[0]}`, `is a distribution, which ${search === 'grid' ? 'a grid has no use for: write a list of values, or "search": {"type": "random", "runs": 20}' : 'needs "runs" in "search"'}`);
  const count = lists.reduce((product, [, list]) => product * list!.length, 1);
  if (count > most) throw new KeyError('parameters', `has ${count} combinations; allowed are at most ${most}`);
  return Array.from({ length: count }, (_, i) => {
    let rest = i;
    const picked = lists.toReversed().map(([path, list]) => {
      const value = list![rest % list!.length];
      rest = Math.floor(rest / list!.length);
      return [path, value] as const;
    });
    return { number: i + 1, values: Object.fromEntries(picked.toReversed()) };
  });
}

const listOf = (values: Values): unknown[] | undefined => (Array.isArray(values) ? values : values.type === 'choice' ? values.values : undefined);

function checkRange(path: string, values: Values): void {
  if (listOf(values)) return;
  const { min, max } = values as Exclude<Distribution, { type: 'choice' }>;
  if (!(max > min)) throw new KeyError(`parameters.${path}`, `has max ${max}, which must be above min ${min}`);
}

function draw(values: Values, random: Random): unknown {
  const list = listOf(values);
  if (list) return list[random.below(list.length)];
  const { type, min, max } = values as Exclude<Distribution, { type: 'choice' }>;
  if (type === 'integer') return min + random.below(max - min + 1);
  const at = random.uniform();
  const value = type === 'uniform' ? min + at * (max - min) : min * (max / min) ** at;
  // What the table shows is what was used.
  return Number(value.toPrecision(4));
}
