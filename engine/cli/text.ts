/** What the terminal shows of findings and numbers. Pure. */
import type { Finding, Severity, Verification } from '../diagnosis/finding';
import { rootsOf } from '../diagnosis/roots';
import type { RunResult, Score } from '../host/protocol';
import { measuredIn } from '../metrics/names';
import { scoreText, scoreTitle } from '../metrics/text';

/** Three significant digits: 0.0123, 1.23e-5, 12.3. */
export const short = (value: number): string => {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(2).replace('e+', 'e') : String(Number(value.toPrecision(3)));
};

export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** The start of a text in one line. */
export const excerpt = (text: string, most: number): string => {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line;
};

/** "loss 0.123, accuracy 97.50 %". */
export const scores = ({ loss, ...rest }: Score): string => [`loss ${short(loss)}`, ...measuredIn(rest).map((name) => `${scoreTitle(name)} ${scoreText(name, rest[name]!)}`)].join(', ');

const codes = { error: '31', warning: '33', information: '36', bold: '1', dim: '2' };
export type Style = keyof typeof codes;
export type Paint = (style: Style, text: string) => string;
export const paint = (colours: boolean): Paint => (style, text) => (colours ? `\u001b[${codes[style]}m${text}\u001b[0m` : text);

const symbols: Record<Severity, string> = { error: '✖', warning: '▲', information: 'ℹ' };

/** Findings as a list: causes with their symptoms below them, remedies numbered. */
export function findingsText(findings: Finding[], colour: Paint): string {
  // Hints are no fault.
  const clear = findings.every(({ severity }) => severity === 'information') ? ['No fault found.'] : [];
  return [...clear, ...rootsOf(findings).map(({ finding, symptoms }) =>
    [describe(finding, colour), ...symptoms.map(({ title, rule }) => `  ${colour('dim', `symptom: ${title} (${rule})`)}`)].join('\n'))].join('\n\n');
}

function describe(finding: Finding, colour: Paint): string {
  const { severity, title, rule, step, lastStep, target, explanation, remedies } = finding;
  const steps = step === 0 ? 'before the first step' : step === lastStep ? `step ${step}` : `steps ${step}-${lastStep}`;
  return [
    `${colour(severity, symbols[severity])} ${colour('bold', title)} ${colour('dim', `(${rule}, ${steps}, ${target.path})`)}`,
    `  ${explanation}`,
    ...remedies.map((remedy, i) => `  ${i + 1}. ${remedy.title}${remedy.verified ? ` (verified: ${verdictText(remedy.verified)})` : ''}`),
  ].join('\n');
}

export function resultText({ run, status, reason, epochs, steps, train, validation, test, findings }: RunResult, colour: Paint): string {
  return [
    `${colour('bold', status)}: ${reason}; ${epochs} epochs, ${steps} steps`,
    `train: loss ${short(train.loss)}`,
    ...(validation ? [`validation: ${scores(validation)}`] : []),
    ...(test ? [`test: ${scores(test)}`] : []),
    `run: ${run}`,
    '',
    findingsText(findings, colour),
  ].join('\n');
}

/** "helps: training loss times 0.61 (95 % interval 0.52 to 0.71)". */
export function verdictText({ verdict, measure, ratio, difference, diverged, seeds }: Verification): string {
  const counts = diverged.without + diverged.with > 0 ? `diverged at ${diverged.without} of ${seeds.length} seeds without it, at ${diverged.with} with it` : undefined;
  const change = ratio ? `${measure} times ${short(ratio.mean)} (95 % interval ${short(ratio.low)} to ${short(ratio.high)})` : difference && `${measure} ${signed(difference.mean)} (95 % interval ${signed(difference.low)} to ${signed(difference.high)})`;
  return [verdict, [counts, change].filter(Boolean).join('; ')].filter(Boolean).join(': ');
}

const signed = (value: number): string => (value > 0 ? `+${short(value)}` : short(value));

/** Rows of cells as lines with aligned columns: numbers to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const numeric = rows[0].map((_, c) => rows.slice(1).every((row) => row[c] === '' || /^([-+]?[\d.]|·$)/.test(row[c])));
  return rows.map((row) => row.map((cell, c) => (numeric[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join('  ').trimEnd());
}
