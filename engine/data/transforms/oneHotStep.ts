import { type Run, ValueFault } from './step';

export interface OneHot {
  /** Of the result. */
  width: number;
  /** For each element where it starts in the result; of a category the feature for each of its ids, -1 where training has none. */
  plan: { start: number; origin: number; features?: Int32Array; unknown?: string[] }[];
}

/** An id without a feature is an error where `unknown` says what to say of it, else all its features stay 0. */
export function encodeOneHot({ width, plan }: OneHot): Run {
  const result = new Float64Array(width);
  return (values) => {
    result.fill(0);
    for (let j = 0; j < plan.length; j++) {
      const { start, origin, features, unknown } = plan[j];
      if (!features) result[start] = values[j];
      else if (features[values[j]] >= 0) result[start + features[values[j]]] = 1;
      else if (unknown && !Number.isNaN(values[j])) throw new ValueFault(origin, unknown[values[j]]);
    }
    return result;
  };
}
