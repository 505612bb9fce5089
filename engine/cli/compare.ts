import path from 'node:path';
import { InputError } from '../errors';
import { compareRuns, type Comparison, comparisonHtml, comparisonTable, type Over } from '../report/comparison';
import { sparkline } from '../report/markdown';
import { writeAtomically } from '../run/file';
import { readResult, readRun } from '../run/folder';
import { type Command, exit } from './command';
import { onStdout, text } from './options';
import { columns, type Paint } from './text';

export const compareCommand: Command = {
  positionals: ['RUN...'],
  summary: 'put runs beside each other: settings, results, curves',
  options: { over: { type: 'string' }, html: { type: 'string' } },
  help: { over: 'what the curves are drawn over: steps (default), time or samples', html: 'also write a report with charts' },
  run({ positionals, options, print }) {
    const over = (text(options.over) ?? 'steps') as Over;
    if (!['steps', 'time', 'samples'].includes(over)) throw new InputError(`--over is "${over}"; allowed are steps, time or samples`);
    if (positionals.length < 2) throw new InputError('compare needs two runs or more');
    const comparison = compareRuns(positionals.map((folder) => path.resolve(folder)).map((run) => ({ run, record: readRun(run), result: readResult(run) })), over);
    const html = text(options.html) === undefined ? undefined : path.resolve(text(options.html)!);
    if (html !== undefined) writeAtomically(html, comparisonHtml(comparison));
    print(comparison, [comparisonText(comparison, onStdout), ...(html === undefined ? [] : [`report: ${html}`])].join('\n'));
    return Promise.resolve(exit.done);
  },
};

function comparisonText(comparison: Comparison, colour: Paint): string {
  const { head, rows } = comparisonTable(comparison);
  const lines = columns([head, ...rows.map(({ cells }) => cells)]);
  const names = [...new Set(comparison.runs.flatMap(({ curves }) => Object.keys(curves)))];
  return [
    colour('dim', lines[0]), ...lines.slice(1).map((line, i) => (rows[i].best ? colour('bold', line) : line)),
    ...names.flatMap((name) => ['', colour('bold', name), ...comparison.runs.flatMap(({ curves }, i) => (curves[name] ? [`${String(i + 1).padStart(2)} ${sparkline({ step: curves[name].x, value: curves[name].y.map((y) => (Number.isFinite(y) ? y : null)) })}`] : []))]),
  ].join('\n');
}
