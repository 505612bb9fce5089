/** Statistics of paired runs. Pure. */
import type { Verification } from '../diagnosis/finding';
import { mean, median, quantile } from '../diagnosis/statistics';
import { type Interval, meanInterval } from './student';

/** A measured value along one run; ends early where the run diverged. */
export interface Series {
  step: number[];
  value: number[];
  diverged: boolean;
}

/** The two runs of one seed. */
export interface Pair {
  without: Series;
  with: Series;
}

/** Change of the measure, as a share of it, that nobody would make a change for. */
const negligible = 0.01;

/** Mean of the middle half: single bad batches do not count. */
export function interquartileMean(values: readonly number[]): number {
  const [low, high] = [quantile(values, 0.25), quantile(values, 0.75)];
  return mean(values.filter((value) => value >= low && value <= high));
}

/** With minus without over the last quarter of the steps that both made, each on the given scale; undefined where one of them diverged. */
export function pairedDifference(pair: Pair, scale: (value: number) => number = (value) => value): number | undefined {
  if (pair.without.diverged || pair.with.diverged) return undefined;
  const other = new Map(pair.with.step.map((step, i) => [step, pair.with.value[i]]));
  const differences = pair.without.step.flatMap((step, i) => (other.has(step) ? [scale(other.get(step)!) - scale(pair.without.value[i])] : []));
  return differences.length === 0 ? undefined : interquartileMean(lastQuarter(differences));
}

const lastQuarter = <T>(values: readonly T[]): T[] => values.slice(values.length - Math.ceil(values.length / 4));

/** The verdict on a remedy, and what it rests on. Positive measures are compared by their ratio: what one seed does a hundred times worse does not drown the others. */
export function judge(pairs: readonly Pair[]): Pick<Verification, 'verdict' | 'ratio' | 'difference' | 'diverged'> {
  const diverged = { without: pairs.filter((pair) => pair.without.diverged).length, with: pairs.filter((pair) => pair.with.diverged).length };
  const both = pairs.filter((pair) => !pair.without.diverged && !pair.with.diverged);
  const positive = both.every((pair) => [pair.without, pair.with].every(({ value }) => value.every((each) => each > 0)));
  const differences = both.map((pair) => pairedDifference(pair, positive ? Math.log : undefined)).filter((difference) => difference !== undefined);
  const interval = differences.length > 1 ? meanInterval(differences) : undefined;
  const level = positive ? 1 : Math.abs(median(both.flatMap(({ without }) => lastQuarter(without.value))));
  return { verdict: verdict(), ...(interval && (positive ? { ratio: exponential(interval) } : { difference: interval })), diverged };

  function verdict(): Verification['verdict'] {
    if (diverged.with !== diverged.without) return diverged.with < diverged.without ? 'helps' : 'hurts';
    if (!interval || Math.abs(interval.mean) <= negligible * level) return 'no difference';
    return interval.high < 0 ? 'helps' : interval.low > 0 ? 'hurts' : 'no difference';
  }
}

const exponential = ({ mean: middle, low, high }: Interval): Interval => ({ mean: Math.exp(middle), low: Math.exp(low), high: Math.exp(high) });

/** Runs of other batches are compared after the same number of samples: in pieces, of which each needs a few batches of both. */
const samplePieces = 20;

/** Means over pieces of the run, told by the steps of a batch of other size: `factor` of those are one of the series'. Both runs of a pair get the same pieces. */
export function bySamples({ step, value, diverged }: Series, factor: number, steps: number): Series {
  const ends = Array.from({ length: samplePieces }, (_, i) => (steps * (i + 1)) / samplePieces);
  const each = means({ step: step.map((at) => at * factor), value, diverged }, ends.map((end) => end + 1e-9));
  const known = ends.map((end, i) => ({ end: Math.round(end), value: each[i] })).filter((piece) => !Number.isNaN(piece.value));
  return { step: known.map(({ end }) => end), value: known.map((piece) => piece.value), diverged };
}

/** Points of a chart: enough for its shape, and few enough to be kept in a finding. */
const chartPoints = 60;

/** Medians over the seeds of the means between every two points. */
export function curveOf(pairs: readonly Pair[]): Verification['curve'] {
  const all = pairs.flatMap((pair) => [pair.without, pair.with]);
  const steps = [...new Set(all.flatMap(({ step }) => step))].sort((a, b) => a - b);
  const size = Math.ceil(steps.length / chartPoints);
  const ends = steps.filter((_, i) => (i + 1) % size === 0 || i === steps.length - 1);
  const curve = (seriesOf: (pair: Pair) => Series): (number | null)[] => {
    const each = pairs.map((pair) => means(seriesOf(pair), ends));
    return ends.map((_, i) => {
      const known = each.map((values) => values[i]).filter((value) => !Number.isNaN(value));
      return 2 * known.length > pairs.length ? median(known) : null;
    });
  };
  return { step: ends, without: curve((pair) => pair.without), with: curve((pair) => pair.with) };
}

/** Mean of the values since the end before; NaN where there is none. */
function means({ step, value }: Series, ends: readonly number[]): number[] {
  let at = 0;
  return ends.map((end) => {
    const start = at;
    while (at < step.length && step[at] <= end) at++;
    return mean(value.slice(start, at));
  });
}
