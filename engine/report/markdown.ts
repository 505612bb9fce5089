/** A run's report for a pull request: short, tables, no images. */
import { visible } from '../chart/markup';
import { changesOf } from '../run/changes';
import type { Finding, Points, Remedy } from '../diagnosis/finding';
import { confidenceOf, measuredOf, summaryOf, tally, verifiedText, whenOf, placeOf, type ReportInput } from './content';
import { isFault, rootsOf, type Root } from '../diagnosis/roots';
import { courseOf } from './courses';

const symbols = { error: '🔴', warning: '🟠', information: '🔵' } as const;

export function markdownReport(input: ReportInput): string {
  const { record, findings } = input;
  const roots = rootsOf(findings);
  const faults = roots.filter(({ finding }) => isFault(finding));
  const hints = roots.filter(({ finding }) => !isFault(finding));
  const loss = courseOf(record, 'loss')[0];
  return `${[
    `## ${text(record.header.name)}: ${tally(findings)}`,
    table(['', ''], [
      ...summaryOf(input).map(({ label, value, note }) => [`**${label}**`, text(`${value}${note && ` (${note})`}`)]),
      ['**Loss**', `\`${sparkline({ step: [...loss.step], value: [...loss.value] })}\``],
    ]),
    ...faults.map((root) => section(root, record.header.config)),
    ...(hints.length > 0 ? [`### Hints\n\n${hints.map(({ finding }) => `- ${symbols.information} **${text(finding.title)}** (${code(finding.rule)}): ${text(finding.explanation)}${finding.remedies[0] ? ` ${text(finding.remedies[0].title)}.` : ''}`).join('\n')}`] : []),
  ].join('\n\n')}\n`;
}

function section({ finding, symptoms }: Root, config: unknown): string {
  const confidence = confidenceOf(finding);
  return [
    `### ${symbols[finding.severity]} ${text(finding.title)}`,
    `${[whenOf(finding), code(placeOf(finding)), code(finding.rule), confidence].filter(Boolean).join(' · ')}`,
    text(finding.explanation),
    ...(finding.evidence.length > 0 ? [table(['Measured', 'Value', 'Course'], finding.evidence.map((evidence) => [
      text(evidence.label), measuredOf(evidence), evidence.points ? `\`${sparkline(evidence.points)}\`${evidence.points.shows === undefined ? '' : ` ${text(evidence.points.shows)}`}` : '',
    ]))] : []),
    ...(finding.remedies.length > 0 ? [table(['Remedy', 'Change', 'Verified'], finding.remedies.map((remedy) => [text(remedy.title), changes(remedy, config), verified(remedy)]))] : []),
    ...(symptoms.length > 0 ? [`Follows from it: ${symptoms.map((symptom: Finding) => `${text(symptom.title)} (${code(symptom.rule)}, ${whenOf(symptom)})`).join('; ')}.`] : []),
  ].join('\n\n');
}

const changes = ({ edits }: Remedy, config: unknown): string => changesOf(config, edits).map(({ kind, place, from, to }) =>
  code(kind === 'set' ? `${place}: ${from === '' ? '' : `${from} → `}${to}` : kind === 'insert' ? `insert before ${place}: ${to}` : `remove ${place}`)).join('<br>');

const verified = (remedy: Remedy): string => (remedy.verified ? `**${remedy.verified.verdict}**: ${text(verifiedText(remedy.verified))}` : 'not yet');

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/**
 * Text that stays text: what Markdown or HTML would read as syntax is escaped, line ends become spaces, and an @ cannot call anybody.
 */
const text = (raw: string): string => visible(raw).replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|~!&$]/g, '\\$&').replace(/@/g, '@\u2060').replace(/(https?|www)([:.])/gi, '$1\u2060$2');

/** What would end the code, or the cell of a table around it, is replaced by what looks alike. */
const code = (raw: string): string => `\`${visible(raw).replace(/\s+/g, ' ').replace(/`/g, '\u02cb').replace(/\|/g, '\u2223')}\``;

const blocks = '▁▂▃▄▅▆▇█';
const width = 32;

/** The course in one line of text; logarithmic where sizes differ much, × where it is no number. */
export function sparkline({ value }: Points): string {
  const size = Math.max(1, Math.ceil(value.length / width));
  const means = Array.from({ length: Math.ceil(value.length / size) }, (_, i) => {
    const part = value.slice(i * size, (i + 1) * size).filter((each) => each !== null);
    return part.length === 0 ? null : part.reduce((a, b) => a + b, 0) / part.length;
  });
  const known = means.filter((each) => each !== null);
  const log = known.every((each) => each > 0) && Math.max(...known) > 30 * Math.min(...known);
  const scale = log ? Math.log : (x: number) => x;
  const [low, high] = [scale(Math.min(...known)), scale(Math.max(...known))];
  return means.map((each) => (each === null ? '×' : blocks[Math.round(((scale(each) - low) / (high - low || 1)) * (blocks.length - 1))])).join('');
}
