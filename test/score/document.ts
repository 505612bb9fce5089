/** docs/score.md: sections that different programs measure and write, in this order. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const sections = ['Third-party cases', 'Adam faults', 'Calibration of the rules'] as const;
export type Section = (typeof sections)[number];

const introduction = `# Score

How well the diagnosis does, measured: every table is written by the program that trained the runs. \`npm run score\` and \`npm run calibrate\` renew them.
`;

/** The text of docs/score.md with one section renewed; the others stay as they are. */
export function withSection(document: string, section: Section, text: string): string {
  const parts = new Map(document.split(/^## /m).slice(1).map((part) => [part.slice(0, part.indexOf('\n')).trim(), part.slice(part.indexOf('\n')).trim()]));
  parts.set(section, text.trim());
  return [introduction, ...sections.flatMap((title) => (parts.has(title) ? [`## ${title}\n\n${parts.get(title)}\n`] : []))].join('\n');
}

export function writeSection(section: Section, text: string, file = path.resolve('docs', 'score.md')): void {
  writeFileSync(file, withSection(existsSync(file) ? readFileSync(file, 'utf8') : '', section, text));
}
