/** Elements start, ..., end - 1 of a series. */
export interface Window {
  start: number;
  end: number;
}

const shortest = 8;
const longest = 32;
/** The first updates are unlike the rest: Adam's are all of size lr, momentum is empty. */
const warmUp = 2;

/**
 * Where a rule looks in a series of n elements. The windows of a series are among those of the same series grown longer, so that a
 * finding once made stays; their number grows as log n (about 360 for 100,000 steps), so that looking costs milliseconds. A fault
 * that lasts is seen within 2 % of the run's length so far.
 */
export function windows(n: number, first = warmUp + shortest, length?: number): Window[] {
  const list: Window[] = [];
  for (let end = first; end <= n; end += Math.max(shortest / 2, Math.floor(end / 50))) {
    list.push({ start: end - (length ?? Math.min(longest, Math.max(shortest, Math.floor(end / 4)))), end });
  }
  return list;
}

/** First and last window that pass the test. */
export function firstAndLast(list: readonly Window[], test: (window: Window) => boolean): { first: Window; last: Window } | undefined {
  const first = list.find(test);
  return first && { first, last: list.findLast((window) => window === first || test(window))! };
}

/** Whether the test holds at a share of the window's elements: the same as testing a quantile, without sorting, and quick to say no. */
export function mostly({ start, end }: Window, test: (index: number) => boolean, share = 0.8): boolean {
  let allowed = Math.floor((1 - share) * (end - start) + 1e-9);
  for (let i = start; i < end; i++) {
    if (!test(i) && --allowed < 0) return false;
  }
  return true;
}

/** Share of the window's elements at which the test holds. */
export function shareOf({ start, end }: Window, test: (index: number) => boolean): number {
  let count = 0;
  for (let i = start; i < end; i++) if (test(i)) count++;
  return count / (end - start);
}

/** Where a test holds at consecutive elements of a series of n, at least `shortest` of them. */
export function stretches(n: number, test: (index: number) => boolean, shortest = 1): Window[] {
  const list: Window[] = [];
  for (let end = 0, start = 0; end <= n; end++) {
    if (end < n && test(end)) continue;
    if (end - start >= shortest) list.push({ start, end });
    start = end + 1;
  }
  return list;
}
