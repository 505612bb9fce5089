/** Statistics of paired runs. Pure. */
import type { Verification } from '../diagnosis/finding';
import { mean, median, quantile } from '../diagnosis/statistics';
import { meanInterval } from './student';

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

/** With minus without over the last quarter of the steps that both made; undefined where one of them diverged. */
export function pairedDifference(pair: Pair): number | undefined {
  if (pair.without.diverged || pair.with.diverged) return undefined;
  const other = new Map(pair.with.step.map((step, i) => [step, pair.with.value[i]]));
  const differences = pair.without.step.flatMap((step, i) => (other.has(step) ? [other.get(step)! - pair.without.value[i]] : []));
  return differences.length === 0 ? undefined : interquartileMean(lastQuarter(differences));
}

const lastQuarter = <T>(values: readonly T[]): T[] => values.slice(values.length - Math.ceil(values.length / 4));

/** The verdict on a remedy, and what it rests on. */
export function judge(pairs: readonly Pair[]): Pick<Verification, 'verdict' | 'difference' | 'diverged'> {
  const diverged = { without: pairs.filter((pair) => pair.without.diverged).length, with: pairs.filter((pair) => pair.with.diverged).length };
  const differences = pairs.map(pairedDifference).filter((difference) => difference !== undefined);
  const difference = differences.length > 1 ? meanInterval(differences) : undefined;
  const level = Math.abs(median(pairs.filter((pair) => !pair.without.diverged).flatMap(({ without }) => lastQuarter(without.value))));
  return { verdict: verdict(), ...(difference && { difference }), diverged };

  function verdict(): Verification['verdict'] {
    if (diverged.with !== diverged.without) return diverged.with < diverged.without ? 'helps' : 'hurts';
    if (!difference || Math.abs(difference.mean) <= negligible * level) return 'no difference';
    return difference.high < 0 ? 'helps' : difference.low > 0 ? 'hurts' : 'no difference';
  }
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
