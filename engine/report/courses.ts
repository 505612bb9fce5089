/** Series of a whole run, thinned to what a page can show. Pure. */
import type { Line } from '../chart/lines';
import type { HeatChart } from '../chart/heat';
import { RecordView, type Matrix } from '../diagnosis/view';
import { mean, median, quantile } from '../diagnosis/statistics';
import type { RunRecord } from '../run/record';

const columns = 140;
const mostRows = 48;
/** Stretches to either side that a running median takes. */
const smoothed = 3;

/** The range of every stretch (faint), so that no peak is lost, and a running median of their means; with the validation where there is one. */
export function courseOf({ steps }: RunRecord, quantity: 'loss' | 'metric'): Line[] {
  const range: Line = { step: [], value: [], colour: 'var(--chart-line)', faint: true };
  const bins = stretches(steps, 2 * columns).map((bin) => {
    const values = bin.map((step) => step[quantity]).filter(Number.isFinite);
    push(range, bin[0].step, values.length > 0 ? Math.min(...values) : null);
    if (values.length > 1) push(range, bin.at(-1)!.step, Math.max(...values));
    return { step: bin.at(-1)!.step, mean: values.length > 0 ? mean(values) : NaN };
  });
  const course: Line = {
    colour: 'var(--chart-line)', step: bins.map(({ step }) => step),
    value: bins.map((bin, i) => (Number.isNaN(bin.mean) ? null : median(bins.slice(Math.max(0, i - smoothed), i + smoothed + 1).map((each) => each.mean)))),
  };
  const validated = steps.filter(({ validation }) => validation);
  const validation: Line = {
    colour: 'var(--chart-validation)', step: validated.map(({ step }) => step),
    value: validated.map((step) => (Number.isFinite(step.validation![quantity]) ? step.validation![quantity] : null)),
  };
  return [course, range, ...(validated.length > 0 ? [validation] : [])];
}

function push(line: Line, step: number, value: number | null): void {
  (line.step as number[]).push(step);
  (line.value as (number | null)[]).push(value);
}

const stretches = <T>(list: readonly T[], most: number): T[][] => {
  const size = Math.max(1, Math.ceil(list.length / most));
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
};

export type HeatQuantity = 'gradientNorm' | 'updateRatio';

/** A quantity of every matrix, or of an even choice of them where there are many, by layer and step; undefined where nothing was measured. */
export function heatOf(record: RunRecord, quantity: HeatQuantity, marked: ReadonlySet<string>): Omit<HeatChart, 'width' | 'label'> & { left: number } | undefined {
  const view = new RecordView(record);
  const { measured } = view;
  if (measured.length < 2 || view.matrices.length === 0) return undefined;
  const norm = view.reader('gradientNorm');
  const value = (i: number, matrix: Matrix): number => (quantity === 'gradientNorm' ? norm(i, matrix.index) : view.updateRatio(i, matrix));
  const bins = stretches(measured.map((_, i) => i), columns);
  const shown = view.matrices.filter((_, i, { length }) => length <= mostRows || Math.floor((i * mostRows) / length) !== Math.floor(((i - 1) * mostRows) / length));
  const rows = shown.map((matrix) => ({
    name: matrix.name, marked: marked.has(matrix.name) || marked.has(matrix.layer),
    values: bins.map((bin) => summary(bin.map((i) => value(i, matrix)), quantity === 'updateRatio')),
  }));
  const known = rows.flatMap(({ values }) => values.filter((each): each is number => typeof each === 'number' && each > 0));
  if (known.length === 0) return undefined;
  // A decade at least: noise of a healthy run must look like noise.
  const [low, high] = [quantile(known, 0.01), quantile(known, 0.99)];
  const wider = Math.max(1, Math.sqrt((10 * low) / high));
  return {
    rows, left: view.matrices.length - shown.length, scale: { low: low / wider, high: high * wider, log: true },
    edges: [...bins.map((bin) => measured[bin[0]].step), measured.at(-1)!.step + 1],
  };
}

/** The largest; what is not finite stands for its stretch, unless it only means that there is no such value. */
function summary(values: readonly number[], optional: boolean): number | null | undefined {
  const finite = values.filter(Number.isFinite);
  if (finite.length < values.length && !optional) return null;
  return finite.length === 0 ? undefined : Math.max(...finite);
}
