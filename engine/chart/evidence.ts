/** The chart of an evidence: the same in the panel, in a report and on a rule's page. */
import type { Evidence, Severity } from '../diagnosis/finding';
import { formatNumber } from '../diagnosis/numbers';
import { barChart } from './bar';
import { lineChart } from './lines';
import type { Markup } from './markup';

/** Undefined where there is no number to draw. `fault`: first and last step of the finding. */
export function evidenceChart(evidence: Evidence, fault: { step: number; lastStep: number; severity: Severity }, { width, height }: { width: number; height: number }): Markup | undefined {
  const { label, threshold, comparison, points } = evidence;
  // NaN and infinity are null after JSON.
  const value = evidence.value ?? NaN;
  const colour = `var(--chart-${fault.severity})`;
  const text = `limit ${formatNumber(threshold)}`;
  const said = `${label}: ${formatNumber(value)}, ${text}`;
  if (!points) return barChart({ width, label: said, value, limit: { value: threshold, text }, colour });
  return lineChart({
    width, height,
    label: points.shows === undefined ? said : `${said}; drawn is the ${points.shows}`,
    lines: [{ ...points, colour: points.shows === undefined ? 'var(--chart-line)' : colour }],
    ...(points.shows === undefined && { limit: { value: threshold, text, comparison, colour } }),
    ...(fault.lastStep - fault.step < 0.8 * (points.step.at(-1)! - points.step[0]) && { shades: [{ from: fault.step, to: fault.lastStep, colour }] }),
  });
}
