/** What is drawn over the lines: faults, reference values, healthy bands, steps without a number. */
import type { Chart } from 'chart.js';
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import type { Finding } from '../../engine/diagnosis/finding';
import { count } from '../format';
import { t } from '../strings';
import { fade, theme } from '../theme';

const text = (content: string, colour: string, more: object = {}): object => ({
  display: true, content, color: colour, backgroundColor: fade(theme.background, 0.75), font: { family: theme.font, size: 11, weight: 'normal' }, padding: { x: 4, y: 1 }, ...more,
});

export const severityColour = (severity: Finding['severity']): string =>
  ({ error: theme.red, warning: theme.yellow, information: theme.blue })[severity];

/** A fault that lasts longer than this share of what is shown is marked by its start only: shading everything says nothing. */
const SHADED = 0.5;

/** The steps of a finding; `label` is the height at which its name is written, `width` the chart's in pixels. */
export function faultMark(finding: Finding, options: { label?: number; width?: number; x: [number, number] }): AnnotationOptions[] {
  if (finding.step <= 0) return [];
  const colour = severityColour(finding.severity);
  // At least a hair of the width, so that a fault of one step can be seen.
  const hair = (options.x[1] - options.x[0]) * 0.002;
  const last = Math.max(finding.lastStep, finding.step);
  const late = finding.step > (options.x[0] + options.x[1]) / 2;
  const long = last - finding.step > (options.x[1] - options.x[0]) * SHADED;
  const mark: AnnotationOptions = long
    ? { type: 'line', xMin: finding.step, xMax: finding.step, borderColor: colour, borderWidth: 1, borderDash: [3, 3], drawTime: 'beforeDatasetsDraw' }
    : { type: 'box', xMin: finding.step - hair, xMax: last + hair, drawTime: 'beforeDatasetsDraw', backgroundColor: fade(colour, theme.highContrast ? 0.25 : 0.13), borderWidth: 0 };
  if (options.label === undefined) return [mark];
  const whole = t('fault', finding.title, count(finding.step), count(last));
  const share = (finding.step - options.x[0]) / (options.x[1] - options.x[0]);
  const content = fitLabel(whole, finding.title, (late ? share : 1 - share) * (options.width ?? Infinity));
  return [mark, { type: 'label', xValue: finding.step, yValue: options.label, position: { x: late ? 'end' : 'start', y: 'start' }, ...text(content, colour) } as AnnotationOptions];
}

/** The whole text, else only the title, else as much of it as fits. */
function fitLabel(whole: string, title: string, width: number): string {
  const characters = Math.floor(width / 6.3) - 1;
  if (whole.length <= characters) return whole;
  return title.length <= characters ? title : `${title.slice(0, Math.max(8, characters - 1))}…`;
}

/** Steps whose value was NaN or infinite. */
export function brokenMarks(spans: [number, number][]): AnnotationOptions[] {
  return spans.flatMap(([from, to], i): AnnotationOptions[] => [
    ...(to > from ? [{ type: 'box', xMin: from, xMax: to, backgroundColor: fade(theme.red, 0.12), borderWidth: 0, drawTime: 'beforeDatasetsDraw' } as AnnotationOptions] : []),
    {
      type: 'line', xMin: from, xMax: from, borderColor: theme.red, borderWidth: 1.5, borderDash: [2, 2],
      ...(i === 0 ? { label: text(t(to > from ? 'nanFrom' : 'nanAt', count(from)), theme.red, { position: 'end' }) } : {}),
    } as AnnotationOptions,
  ]);
}

export const referenceLine = (value: number, label?: string, colour = theme.dim): AnnotationOptions => ({
  type: 'line', yMin: value, yMax: value, borderColor: colour, borderWidth: 1, borderDash: [6, 4], drawTime: 'beforeDatasetsDraw',
  ...(label ? { label: text(label, colour, { position: 'end', yAdjust: besideLine(value), backgroundColor: 'transparent', drawTime: 'afterDatasetsDraw' }) } : {}),
} as AnnotationOptions);

/** Above the line, or below it where there is no room above. */
const besideLine = (value: number) => ({ chart }: { chart: Chart }): number =>
  chart.scales.y.getPixelForValue(value) - chart.chartArea.top < 18 ? 9 : -9;

/** The healthy range; cut to the axis, because a box beyond it has no edge to draw. */
export const healthyBand = ([low, high]: [number, number], [bottom, top]: [number, number]): AnnotationOptions[] => {
  const [yMin, yMax] = [Math.max(low, bottom), Math.min(high, top)];
  return yMin < yMax ? [{ type: 'box', yMin, yMax, backgroundColor: fade(theme.green, theme.highContrast ? 0.22 : 0.11), borderWidth: 0, drawTime: 'beforeDatasetsDraw' }] : [];
};

export const epochMarks = (starts: number[]): AnnotationOptions[] =>
  starts.map((step) => ({ type: 'line', xMin: step, xMax: step, borderColor: fade(theme.foreground, 0.16), borderWidth: 1, borderDash: [1, 3], drawTime: 'beforeDatasetsDraw' }));
