import type { ParameterStore } from '../optimizer/store';

/** Weights and moments beyond which no state is kept to fork from: eight of them would take gigabytes, and a verification starts from the untrained model. */
export const largestFork = 64 * 2 ** 20;

/** What one checkpoint takes, but for its header. */
export const stateBytes = (store: ParameterStore): number =>
  4 * [...store.names.map((name) => store.weight(name)), ...Object.values(store.state())].reduce((sum, { length }) => sum + length, 0);

const first = 64;

/**
 * Steps whose state is kept, so that a remedy can be verified from before the first evidence of its fault: 64 times the powers of 4. What lies
 * before the first is trained again in no time; there are eight in a million steps.
 */
export const isForkPoint = (step: number): boolean => step >= first && Number.isInteger(Math.log2(step / first) / 2);

/** The fork points up to a step, latest first. */
export function forkPoints(until: number): number[] {
  const points: number[] = [];
  for (let step = first; step <= until; step *= 4) points.unshift(step);
  return points;
}
