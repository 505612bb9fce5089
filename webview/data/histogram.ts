/** Histograms of a parameter through time, as a table that the heat map draws. */
import { histogramBins, histogramEdges, histogramOf, type HistogramQuantity } from '../../engine/run/record';
import { Bins } from './bins';
import type { MeasuredHistograms, RunStore } from './store';

export interface History {
  /** A row for every bin, a column for every measured step; a cell without elements is empty. */
  bins: Bins;
  /** Whether any element was ever found: without a second moment none is. */
  filled: boolean;
}

export function history(store: RunStore, parameter: number, quantity: HistogramQuantity): History {
  const { histograms, lastStep } = store;
  const bins = new Bins(histogramBins, Math.max(2, histograms.length + (histograms.length % 2)));
  let filled = false;
  for (const measured of histograms) {
    const start = bins.open(measured.step);
    histogramOf(measured, parameter, quantity)!.forEach((share, bin) => {
      if (share === 0) return;
      bins.put(start + bin, share, measured.step);
      filled = true;
    });
  }
  // What was measured last stands until now.
  if (bins.columns > 0) bins.last[bins.columns - 1] = Math.max(lastStep, bins.first[bins.columns - 1]);
  return { bins, filled };
}

/** The measurement at a step or the last one before it. */
export const measuredBefore = ({ histograms }: RunStore, step: number): MeasuredHistograms | undefined => histograms.findLast((measured) => measured.step <= step);

/** Fewer rows would show a narrow hump as a wall. */
const MIN_ROWS = 12;

/** The bins to show, the largest sizes first: those that some history has elements in, and the two at the ends only if they have. */
export function shownBins(histories: History[]): number[] {
  const used = Array.from({ length: histogramBins }, (_, bin) => histories.some(({ bins }) => {
    for (let column = 0; column < bins.columns; column++) if (bins.high[column * histogramBins + bin] > 0) return true;
    return false;
  }));
  const last = histogramBins - 1;
  const inner = used.flatMap((is, bin) => (is && bin > 0 && bin < last ? [bin] : []));
  let [from, to] = inner.length > 0 ? [inner[0], inner.at(-1)!] : [last >> 1, last >> 1];
  for (let up = true; to - from + 1 < MIN_ROWS; up = !up) {
    if (up && to < last - 1) to++;
    else if (from > 1) from--;
  }
  const middle = Array.from({ length: to - from + 1 }, (_, i) => to - i);
  return [...(used[last] ? [last] : []), ...middle, ...(used[0] ? [0] : [])];
}

/**
 * The size that `share` of the elements lie below, interpolated in its bin on the logarithmic scale; 0 for the first bin, infinite for the
 * last, NaN without elements.
 */
export function quantile(shares: ArrayLike<number>, share: number): number {
  let below = 0;
  for (let bin = 0; bin < histogramBins; bin++) {
    if (shares[bin] === 0 || below + shares[bin] < share) {
      below += shares[bin];
      continue;
    }
    const [low, high] = edgesOf(bin);
    return low === 0 || high === Infinity ? (low === 0 ? 0 : high) : low * (high / low) ** ((share - below) / shares[bin]);
  }
  return NaN;
}

/** Lower and upper edge of a bin. */
export const edgesOf = (bin: number): [number, number] => [histogramEdges[bin - 1] ?? 0, histogramEdges[bin] ?? Infinity];
