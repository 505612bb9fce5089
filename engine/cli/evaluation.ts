import { type EvaluationReport, outputsIn } from '../metrics/report';
import { measuredIn } from '../metrics/names';
import { scoreText, scoreTitle } from '../metrics/text';
import { columns, excerpt, type Paint, short } from './text';

const share = (value: number): string => `${(100 * value).toFixed(1)} %`;

/** Of one output among several. */
const titled = (title: string, output: string | undefined): string => (output === undefined ? title : `${output}: ${title}`);

/** The report in the terminal: classes and confusion as tables, the worst samples. */
export function evaluationText(report: EvaluationReport, colour: Paint): string {
  const { scores, worst } = report;
  const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', colour('bold', title), colour('dim', lines[0]), ...lines.slice(1)]);
  const figures = (name: string, { precision, recall, f1 }: { precision: number; recall: number; f1: number }, support: string): string[] => [name, share(precision), share(recall), share(f1), support];
  const likely = worst.some(({ probability }) => probability !== undefined);
  const texts = worst.some(({ text }) => text !== undefined);
  const all = measuredIn(scores);
  return [
    ...section('Metrics', columns([['metric', 'value'], ...all.map((name) => [scoreTitle(name), scoreText(name, scores[name]!, 4)])])),
    ...outputsIn(report).flatMap(({ output, report: { classes, averages, confusion } }) => [
      ...section(titled('Classes', output), classes ? columns([['class', 'precision', 'recall', 'F1', 'samples'], ...classes.map((one) => figures(one.name, one, String(one.support))), ...(averages ? [figures('macro average', averages.macro, ''), figures('weighted average', averages.weighted, '')] : [])]) : []),
      ...section(titled('Confusion (rows: right, columns: predicted)', output), confusion && classes && confusion.length <= 20 ? columns([['', ...classes.map(({ name }) => name.slice(0, 8))], ...confusion.map((row, i) => [classes[i].name.slice(0, 16), ...row.map((n) => (n === 0 ? '·' : String(n)))])]) : []),
    ]),
    ...section('Worst samples', columns([['sample', 'row', 'loss', 'right', 'predicted', ...(likely ? ['probability'] : []), ...(texts ? ['text'] : [])], ...worst.map(({ index, row, loss, label, prediction, probability, text = '' }) => [String(index), String(row), short(loss), label, prediction, ...(likely ? [probability === undefined ? '' : share(probability)] : []), ...(texts ? [excerpt(text, 60)] : [])])])),
  ].join('\n');
}
