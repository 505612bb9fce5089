/** What the terminal shows of data. Pure. */
import type { ColumnPreview, DataPreview } from '../data/preview';
import { excerpt, type Paint, percent, short } from './text';

const number = (value: number): string => value.toLocaleString('en');
const barWidth = 30;
/** Rows of a table that are shown. */
const most = 40;

export function dataText({ parts, input, classes, targets, columns, rows, features, text, samples, problems }: DataPreview, colour: Paint): string {
  const sections = [
    [colour('bold', 'Parts'), ...table(parts.map(({ role, samples: count }) => [role, `${number(count)} samples`])),
      `  a sample: ${input.type} [${input.dims.join(', ')}]${features && columns && features.length !== columns.length ? ` from ${columns.length} columns` : ''}`],
    columns && [colour('bold', `Columns${rows! < total(parts) ? ` (of ${number(rows!)} rows)` : ''}`), ...shortened(table(columns.map(columnCells)), columns.length, 'columns')],
    classes && [colour('bold', 'Classes'), ...shortened(classBars(classes, parts), classes.length, 'classes')],
    targets && [colour('bold', 'Numbers to predict'), `  ${short(targets.min)} to ${short(targets.max)}, mean ${short(targets.mean)}, standard deviation ${short(targets.std)}`],
    text && [colour('bold', 'Text'), ...table([
      ['vocabulary', `${number(text.vocabulary)} ids`],
      ['a text', `${number(text.tokens.min)} to ${number(text.tokens.max)} tokens, mean ${short(text.tokens.mean)}; ${percent(text.truncated)} are cut at ${number(text.length)}`],
      ...(text.unknown ? [['unknown', `${percent(text.unknown.share)} of the tokens in ${text.unknown.role}`]] : []),
    ])],
    samples[0]?.text !== undefined ? [colour('bold', 'First samples'), ...table(samples.slice(0, 5).map((sample) => [sample.label, excerpt(sample.text!, 80)]))] : undefined,
    samples[0]?.values && [colour('bold', 'First samples'), ...samples.slice(0, 5).map(({ label, values }) => `  ${values!.slice(0, 8).map(short).join('  ')}${values!.length > 8 ? '  ...' : ''}  ->  ${label}`)],
    [colour('bold', problems.length > 0 ? 'What is wrong' : 'Nothing is wrong with the data'), ...problems.flatMap(({ severity, title, explanation }) => [`  ${colour(severity, title)}`, `    ${explanation}`])],
  ];
  return sections.filter((section) => section !== undefined).map((section) => section.join('\n')).join('\n\n');
}

const total = (parts: DataPreview['parts']): number => parts.reduce((sum, { samples }) => sum + samples, 0);

function columnCells({ name, kind, missing, range, categories }: ColumnPreview): string[] {
  const content = range ? `${short(range.min)} to ${short(range.max)}, mean ${short(range.mean)}` : categories ? `${categories.count} categories: ${categories.most.map((each) => each.name).join(', ')}${categories.count > categories.most.length ? ', ...' : ''}` : '';
  return [name, kind, missing > 0 ? `${number(missing)} missing` : '', content];
}

function classBars(classes: string[], parts: DataPreview['parts']): string[] {
  const largest = Math.max(...parts[0].classes!);
  return table(classes.map((name, id) => [name, '█'.repeat(Math.round((barWidth * parts[0].classes![id]) / largest)).padEnd(barWidth), parts.map((part) => number(part.classes![id])).join(' / ')]));
}

const shortened = (lines: string[], count: number, what: string): string[] => (lines.length > most ? [...lines.slice(0, most), `  ... ${count - most} more ${what}`] : lines);

function table(rows: string[][]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column].length))) ?? [];
  return rows.map((cells) => `  ${cells.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd());
}
