import type { Verification } from '../diagnosis/finding';
import { lineChart } from './lines';
import type { Markup } from './markup';

/** CSS colours of the two curves. */
export const verificationColours = ({ verdict }: Verification): { with: string; without: string } =>
  ({ with: { helps: 'var(--chart-good)', 'no difference': 'var(--chart-line)', hurts: 'var(--chart-error)' }[verdict], without: 'var(--chart-text)' });

/** Both curves at the same steps; undefined where all runs diverged at once. */
export function verificationChart(verified: Verification, { width, height }: { width: number; height: number }): Markup | undefined {
  const { curve: { step, without, with: changed }, measure } = verified;
  const colours = verificationColours(verified);
  return lineChart({ width, height, label: `${measure} with and without the change`, lines: [{ step, value: changed, colour: colours.with }, { step, value: without, colour: colours.without }] });
}
