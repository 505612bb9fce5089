import type { Run } from './step';

/** Every value becomes the id of its key. */
export interface LookUp {
  keys: Int32Array;
  /** One for each key. */
  ids: Int32Array;
  /** Of a value that is no key. */
  unknown: number;
}

export function lookUp({ keys, ids, unknown }: LookUp): Run {
  const known = new Map<number, number>();
  keys.forEach((key, i) => known.set(key, ids[i]));
  return (values) => {
    for (let i = 0; i < values.length; i++) values[i] = known.get(values[i]) ?? unknown;
    return values;
  };
}
