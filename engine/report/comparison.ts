/** Runs beside each other: what differs in their run files, what came of them, and their curves. Pure. */
import { markup } from '../chart/markup';
import { planeChart, type Series, seriesColour } from '../chart/plane';
import type { MetricName, Scores } from '../metrics/names';
import { betterOf, scoreText, scoreTitle } from '../metrics/text';
import type { StoredResult } from '../run/folder';
import { type RunRecord, scoresOf } from '../run/record';
import { setting } from '../run/changes';
import { shortKeys } from '../sweep/table';
import { figure, htmlPage, htmlTable, key, type Link, type Page, pageHead } from './page';
import { chartWidth, type Place } from './style';

export type Over = 'steps' | 'time' | 'samples';

export interface Compared {
  /** Folder. */
  run: string;
  name: string;
  status: StoredResult['status'] | 'not ended';
  epochs: number;
  steps: number;
  /** Values of the keys that differ, as they stand in the run file. */
  parameters: Record<string, unknown>;
  train?: { loss: number };
  validation?: StoredResult['validation'];
  /** By name, over `over`: the training loss by stretches, and what was measured on the validation set. */
  curves: Record<string, { x: number[]; y: number[] }>;
}

export interface Comparison {
  over: Over;
  /** Keys of the run file whose values are not the same in all runs. */
  differing: string[];
  runs: Compared[];
}

/** Points of a training curve. */
const stretches = 150;

export function compareRuns(inputs: readonly { run: string; record: RunRecord; result?: StoredResult }[], over: Over): Comparison {
  const flat = inputs.map(({ record: { header: { config } } }) => flatten(config));
  const keys = [...new Set(flat.flatMap((config) => [...config.keys()]))].filter((path) => path !== 'name' && new Set(flat.map((config) => JSON.stringify(config.get(path)))).size > 1);
  return {
    over, differing: keys,
    runs: inputs.map(({ run, record, result }, i): Compared => ({
      run, name: record.header.name, status: result?.status ?? 'not ended', epochs: result?.epochs ?? record.steps.at(-1)?.epoch ?? 0, steps: record.steps.at(-1)?.step ?? 0,
      parameters: Object.fromEntries(keys.filter((path) => flat[i].has(path)).map((path) => [path, flat[i].get(path)])),
      ...(result && { train: result.train }), ...(result?.validation && { validation: result.validation }),
      curves: curvesOf(record, over),
    })),
  };
}

/** Values by dotted key; a list is one value. */
function flatten(value: unknown, path = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return found.set(path, value);
  for (const [name, inner] of Object.entries(value)) flatten(inner, path === '' ? name : `${path}.${name}`, found);
  return found;
}

function curvesOf({ header, steps }: RunRecord, over: Over): Compared['curves'] {
  const x = { steps: ({ step }: { step: number }) => step, time: ({ seconds }: { seconds: number }) => seconds, samples: ({ step }: { step: number }) => Math.round((step / header.stepsPerEpoch) * header.trainSamples) }[over];
  const size = Math.max(1, Math.ceil(steps.length / stretches));
  const parts = Array.from({ length: Math.ceil(steps.length / size) }, (_, i) => steps.slice(i * size, (i + 1) * size));
  const curves: Compared['curves'] = { 'train loss': { x: parts.map((part) => x(part.at(-1)!)), y: parts.map((part) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length) } };
  const validated = steps.filter(({ validation }) => validation);
  const scores = validated.map(({ validation }): Scores & { loss: number } => ({ loss: validation!.loss, ...scoresOf(header, validation!) }));
  for (const name of [...new Set(scores.flatMap((each) => Object.keys(each)))] as ('loss' | MetricName)[]) {
    curves[`validation ${name}`] = { x: validated.map(x), y: scores.map((each) => each[name] ?? NaN) };
  }
  return curves;
}

const metricsOf = ({ runs }: Comparison): ('loss' | MetricName)[] => [...new Set(runs.flatMap(({ validation }) => Object.keys(validation ?? {})))] as ('loss' | MetricName)[];

/** Rows of the table: run, what differs, what came of it; and which of them is best by the first metric that all of them have. */
export function comparisonTable(comparison: Comparison): { head: string[]; rows: { cells: string[]; best: boolean }[] } {
  const { runs, differing } = comparison;
  const names = metricsOf(comparison);
  const by = names.find((name) => name !== 'loss' && runs.every(({ validation }) => validation?.[name] !== undefined)) ?? 'loss';
  const value = ({ validation }: Compared): number => (validation?.[by] ?? NaN) * (betterOf(by) === 'higher' ? -1 : 1);
  const least = Math.min(...runs.map(value).filter((each) => !Number.isNaN(each)));
  return {
    head: ['', 'run', ...shortKeys(differing), 'status', 'steps', 'train loss', ...names.map((name) => `validation ${scoreTitle(name)}`)],
    rows: runs.map((run, i) => ({
      best: value(run) === least,
      cells: [
        String(i + 1), run.name, ...differing.map((path) => (Object.hasOwn(run.parameters, path) ? setting(run.parameters[path]) : '–')), run.status, String(run.steps), run.train ? scoreText('loss', run.train.loss) : '',
        ...names.map((name) => (run.validation?.[name] === undefined ? '' : scoreText(name, run.validation[name]))),
      ],
    })),
  };
}

export const comparisonHtml = (comparison: Comparison, place?: Place, links?: readonly Link[]): string => htmlPage(comparisonPage(comparison, place), place, links);

export function comparisonPage(comparison: Comparison, place: Place = 'browser'): Page {
  const { runs, over, differing } = comparison;
  const { head, rows } = comparisonTable(comparison);
  const across = { steps: 'step', time: 'seconds', samples: 'samples seen' }[over];
  const labels = runs.map(({ name, parameters }, i) => `${i + 1} ${differing.length > 0 && differing.length <= 3 ? differing.map((path, d) => `${shortKeys(differing)[d]} ${Object.hasOwn(parameters, path) ? setting(parameters[path]) : '–'}`).join(', ') : name}`);
  const names = [...new Set(runs.flatMap(({ curves }) => Object.keys(curves)))];
  const chart = (name: string) => {
    const series = runs.flatMap(({ curves }, i): Series[] => (curves[name] ? [{ name: labels[i], colour: seriesColour(i), dash: i >= 8, drawn: name === 'train loss' ? 'line' : 'both', points: curves[name].x.map((x, p) => ({ x, y: curves[name].y[p], title: `${labels[i]}: ${scoreText('loss', curves[name].y[p])}` })) }] : []));
    return figure(name, markup`${series.map((one) => key(one.colour, one.name))}`, planeChart({ width: chartWidth[place], height: 280, label: `${name} by ${across}`, x: { title: across, log: false }, y: { title: name, ...(!name.endsWith('loss') && { log: false }) }, series }));
  };
  const title = `Comparison of ${runs.length} runs`;
  return {
    title,
    body: markup`${pageHead('comparison', title, differing.length === 0 ? 'Their run files are the same' : `They differ in ${differing.join(', ')}`, `curves by ${across}`)}
<main><section><h2 class="section">Settings and results</h2>${htmlTable(head, rows)}</section>
<section><h2 class="section">Curves</h2>${names.map(chart)}</section></main>`,
  };
}
