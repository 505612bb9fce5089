/** What the chart of an evidence draws, taken from the record: the one place where a series becomes points. */
import { activationValue, parameterValue, type StepRecord } from '../run/record';
import type { Evidence, Points, Series } from './finding';
import type { Curve, Measured } from './rule';
import type { RecordView } from './view';

/** Steps at which a curve is computed at most, and points that are kept of them. */
const computed = 600;
const kept = 160;
/** Measurements that are counted at most. */
const sampled = 50;
/** Steps shown at least: a fault of one step needs its surroundings. */
const shortest = 20;

/** Evidence with what is drawn of it. `fault`: its first and last step. */
export function withPoints(view: RecordView, { curve, ...evidence }: Measured, fault: { step: number; lastStep: number }): Evidence {
  const drawn = curve ?? (evidence.series && curveOf(view, evidence.series));
  const points = drawn && thin(drawn, fault);
  if (!points) return evidence;
  if (!curve && !isAmong(evidence.value, points)) points.shows = nameOf(evidence.series!);
  return { ...evidence, points };
}

/**
 * Share of the measurements from the fault's first to its last step that break the threshold of its evidence; 1 where what is judged has no course of its own, or is known
 * before the first step.
 */
export function shareBeyond(view: RecordView, { curve, series, threshold, comparison }: Measured, { step, lastStep }: { step: number; lastStep: number }): number {
  const judged = curve ?? (series && curveOf(view, series));
  if (!judged || judged.shows !== undefined || judged.span || step === 0) return 1;
  const from = judged.at.findIndex((record) => record.step >= step);
  const until = judged.at.findLastIndex((record) => record.step <= lastStep) + 1;
  if (from < 0) return 1;
  const stride = Math.ceil((until - from) / sampled);
  let [known, beyond] = [0, 0];
  for (let i = from; i < until; i += stride) {
    const value = judged.value(i);
    if (Number.isNaN(value)) continue;
    known++;
    if (comparison === 'above' ? value > threshold : value < threshold) beyond++;
  }
  // A single extreme step, or a mean over steps that are none of them beyond it, was judged by more than this count sees.
  return beyond === 0 ? 1 : beyond / known;
}

function curveOf(view: RecordView, series: Series): Curve | undefined {
  const { parameters, activations } = view.header;
  if (series.of === 'parameter') {
    const index = parameters.findIndex(({ name }) => name === series.name);
    return index < 0 ? undefined : { at: view.measured, value: (i) => parameterValue(view.measured[i], index, series.quantity) };
  }
  if (series.of === 'activation') {
    const index = activations.findIndex(({ layer }) => layer === series.layer);
    const at = view.steps.filter((step) => step.activations);
    return index < 0 ? undefined : { at, value: (i) => activationValue(at[i], index, series.quantity) };
  }
  const read = (step: StepRecord): number | undefined => (series.of === 'validation' ? step.validation?.[series.quantity] : step[series.quantity]);
  const at = view.steps.filter((step) => read(step) !== undefined);
  return { at, value: (i) => read(at[i])! };
}

const nameOf = (series: Series): string => {
  const quantity = series.quantity.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const of = { parameter: 'name' in series ? ` of ${series.name}` : '', activation: 'layer' in series ? ` of ${series.layer}` : '', validation: ' in validation', step: '' };
  return `${quantity}${of[series.of]}`;
};

interface Point {
  step: number;
  value: number;
}

/** The points around the fault. In each of equal stretches the lowest and the highest value stay, so that no peak is lost; undefined where none is finite. */
function thin({ at, value, shows, span }: Curve, { step, lastStep }: { step: number; lastStep: number }): Points | undefined {
  const length = Math.max(shortest, lastStep - step);
  const [first, last] = span ?? [step - length, lastStep + length / 2];
  const start = at.findIndex((record) => record.step >= first);
  const end = at.findLastIndex((record) => record.step <= last) + 1;
  if (start < 0 || end <= start) return undefined;
  const stride = Math.ceil((end - start) / computed);
  const all: Point[] = [];
  for (let i = start; i < end; i += stride) all.push({ step: at[i].step, value: value(i) });
  const bin = Math.ceil(all.length / (kept / 2));
  const some = bin <= 2 ? all : Array.from({ length: Math.ceil(all.length / bin) }, (_, i) => extremes(all.slice(i * bin, (i + 1) * bin))).flat();
  if (!some.some((point) => Number.isFinite(point.value))) return undefined;
  return { step: some.map((point) => point.step), value: some.map((point) => (Number.isFinite(point.value) ? Number(point.value.toPrecision(4)) : null)), ...(shows !== undefined && { shows }) };
}

/** The lowest and the highest in their order; one without a value where all are. */
function extremes(bin: Point[]): Point[] {
  const finite = bin.filter(({ value }) => Number.isFinite(value));
  if (finite.length === 0) return [bin[0]];
  const low = finite.reduce((a, b) => (b.value < a.value ? b : a));
  const high = finite.reduce((a, b) => (b.value > a.value ? b : a));
  return low.step < high.step ? [low, high] : low.step > high.step ? [high, low] : [low];
}

/** Whether a measured value is of the same quantity as the points: a median of some of them lies between them. */
function isAmong(value: number, { value: values }: Points): boolean {
  const known = values.filter((each) => each !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return value >= low - 0.05 * Math.abs(low) && value <= high + 0.05 * Math.abs(high);
}
