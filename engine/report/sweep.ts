/** A sweep's report: the table, a parallel-coordinates chart and a slice for every parameter. */
import { markup, type Markup } from '../chart/markup';
import { parallelChart } from '../chart/parallel';
import { planeChart, type Series, seriesColour } from '../chart/plane';
import { isWide } from '../chart/plot';
import type { MetricName } from '../metrics/names';
import { betterOf, scoreText, scoreTitle } from '../metrics/text';
import { shortKeys, type SweepResult, type SweepTrial, valueText } from '../sweep/table';
import { figure, htmlPage, htmlTable, key, type Link, type Page, pageHead } from './page';
import { chartWidth, type Place } from './style';

const title = (metric: 'loss' | MetricName): string => (metric === 'loss' ? 'validation loss' : scoreTitle(metric));

export const sweepHtml = (result: SweepResult, place?: Place, links?: readonly Link[]): string => htmlPage(sweepPage(result, place), place, links);

export function sweepPage(result: SweepResult, place: Place = 'browser'): Page {
  const { name, trials, parameters, metric, status } = result;
  const [best] = trials;
  const keys = shortKeys(parameters);
  const scored = trials.filter(({ score }) => score !== undefined);
  const counts = [`${trials.length} runs`, ...(['training', 'diverged', 'pruned', 'failed', 'interrupted', 'waiting'] as const).flatMap((state) => {
    const count = trials.filter((trial) => trial.status === state).length;
    return count > 0 ? [`${count} ${state}`] : [];
  })].join(', ');
  const live = status === 'training';
  const verdict = best?.score === undefined ? (live ? 'No run has ended yet' : 'No run has a value to compare by') : `Best${live ? ' so far' : ''}: ${keys.map((short, i) => `${short} ${valueText(best.parameters[parameters[i]])}`).join(', ')} with ${title(metric)} ${scoreText(metric, best.score)}`;
  return {
    title: `${name}: ${verdict}`,
    body: markup`${pageHead('sweep', name, verdict, `${counts}${status === 'stopped' ? ', not ended' : ''} · compared by ${title(metric)}, ${betterOf(metric)} is better`)}
<main>${scored.length > 0 && markup`<section><h2 class="section">Parameters and ${title(metric)}</h2>
${figure('All parameters together', `A line is a run; the last axis is what it came to, the best on top.`, parallelChart({
      width: chartWidth[place], height: 280, label: `Parameters and ${title(metric)} of ${trials.length} runs`, names: trials.map((trial) => describe(trial, result)),
      axes: [...parameters.map((path, i) => ({ title: keys[i], values: trials.map((trial) => axisValue(trial.parameters[path])) })), { title: title(metric), values: trials.map(({ score }) => score), inverted: betterOf(metric) === 'lower' }],
    }))}
${parameters.length === 2 && lines(result, chartWidth[place])}
<div class="pair">${parameters.map((path, i) => figure(`By ${keys[i]}`, '', slice(result, path, keys[i])))}</div></section>`}
<section><h2 class="section">Runs, best first</h2>${table(result, scored)}</section></main>`,
  };
}

const axisValue = (value: unknown): number | string => (typeof value === 'number' ? value : valueText(value));
const describe = ({ number: n, parameters: own, score }: SweepTrial, { parameters, metric }: SweepResult): string =>
  `run ${n}: ${shortKeys(parameters).map((short, i) => `${short} ${valueText(own[parameters[i]])}`).join(', ')}${score === undefined ? '' : `: ${title(metric)} ${scoreText(metric, score)}`}`;

const inOrder = (trials: readonly SweepTrial[]): SweepTrial[] => trials.toSorted((a, b) => a.number - b.number);

/** Values of a parameter along the axis: numbers where all are, else one place each. */
function across(trials: readonly SweepTrial[], path: string, short: string): { x: { title: string; categories?: string[]; log?: boolean }; place(trial: SweepTrial): number } {
  const values = inOrder(trials).map((trial) => axisValue(trial.parameters[path]));
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length && new Set(numbers).size > 1) return { x: { title: short, log: isWide(numbers) }, place: (trial) => trial.parameters[path] as number };
  const categories = [...new Set(values.map(String))];
  return { x: { title: short, categories }, place: (trial) => categories.indexOf(String(axisValue(trial.parameters[path]))) };
}

const vertical = ({ metric }: SweepResult): { title: string; log?: boolean } => ({ title: title(metric), ...(metric !== 'loss' && { log: false }) });

function slice(result: SweepResult, path: string, short: string): Markup | undefined {
  const { x, place } = across(result.trials, path, short);
  return planeChart({
    width: 480, height: 260, label: `${title(result.metric)} by ${short}`, x, y: vertical(result),
    series: [{ name: '', colour: 'var(--chart-line)', drawn: 'points', points: result.trials.map((trial) => ({ x: place(trial), y: trial.score ?? NaN, title: describe(trial, result) })) }],
  });
}

/** Of two parameters one line for every value of the one with fewer texts, over the other: how learning rates compare by optimizer. */
function lines(result: SweepResult, width: number): Markup | undefined {
  const { trials, parameters, metric } = result;
  const kinds = parameters.map((path) => new Set(inOrder(trials).map((trial) => axisValue(trial.parameters[path]))));
  const numeric = kinds.map((values) => [...values].every((value) => typeof value === 'number'));
  const along = numeric[1] && (!numeric[0] || kinds[1].size >= kinds[0].size) ? 1 : numeric[0] ? 0 : undefined;
  if (along === undefined || kinds[along].size < 2 || kinds[1 - along].size > 8 || trials.length < kinds[0].size * kinds[1].size) return undefined;
  const [path, by] = [parameters[along], parameters[1 - along]];
  const { x, place } = across(trials, path, shortKeys(parameters)[along]);
  const series = [...kinds[1 - along]].map(String).map((value, i): Series => ({
    name: value, colour: seriesColour(i), drawn: 'both',
    points: trials.filter((trial) => String(axisValue(trial.parameters[by])) === value).map((trial) => ({ x: place(trial), y: trial.score ?? NaN, title: describe(trial, result) })).sort((a, b) => a.x - b.x),
  }));
  return figure(`${title(metric)} over ${shortKeys(parameters)[along]}`, markup`${series.map(({ name, colour }) => key(colour, name))}${trials.some(({ status }) => status === 'diverged') && ' · a gap is a run that diverged'}`,
    planeChart({ width, height: 320, label: `${title(metric)} over ${path} by ${by}`, x, y: vertical(result), series }));
}

function table({ parameters, trials, metric }: SweepResult, scored: readonly SweepTrial[]): Markup {
  const others = [...new Set(trials.flatMap(({ validation }) => Object.keys(validation ?? {})))].filter((name) => name !== metric) as ('loss' | MetricName)[];
  return htmlTable(['run', ...shortKeys(parameters), 'status', 'epochs', title(metric), ...others.map(title), 'train loss'], trials.map((trial) => ({
    best: trial === scored[0],
    cells: [
      String(trial.number), ...parameters.map((path) => valueText(trial.parameters[path])), trial.status, trial.epochs === 0 ? '' : String(trial.epochs), trial.score === undefined ? '' : scoreText(metric, trial.score),
      ...others.map((name) => (trial.validation?.[name] === undefined ? '' : scoreText(name, trial.validation[name]))), trial.train ? scoreText('loss', trial.train.loss) : '',
    ],
  })));
}
