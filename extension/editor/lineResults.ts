import type { Finding } from '../../engine/diagnosis/finding';
import { formatMetric, formatNumber, summarize, type Run } from '../runs/run';
import { healthSymbol, layerHealth, type HealthState, type LayerHealth } from '../runs/health';
import type { Tone } from './sparkline';

/** What is shown beside one key of the run file. */
export interface LineResult {
  /** Path of the key: "loss", "model.layers.3". */
  path: string;
  /** "0.1234", "|g| 3.2e-3 ✓ healthy". */
  text: string;
  tone: Tone;
  log: boolean;
  series: number[];
  /** Steps of the first and last value of the series. */
  from: number;
  to: number;
  /** Rows of the hover's table. */
  table: [string, string][];
  /** Heading of the hover. */
  title: string;
}

const toneOf: Record<HealthState, Tone> = {
  healthy: 'good', exploding: 'error', notFinite: 'error', vanishing: 'warning', dead: 'warning', saturated: 'warning',
};
const wordOf: Record<HealthState, string> = {
  healthy: 'healthy', exploding: 'exploding', notFinite: 'NaN', vanishing: 'vanishing', dead: 'dead', saturated: 'saturated',
};
const labelOf = { gradientNorm: '|g|', deadShare: 'dead units', saturatedShare: 'saturated' } as const;
const healthyIs = {
  gradientNorm: 'Healthy: neither growing a hundredfold nor sinking below 1e-7 per element.',
  deadShare: 'Healthy: less than half of the units are zero for every sample.',
  saturatedShare: 'Healthy: less than half of the inputs lie beyond ±5, where the curve is flat.',
} as const;

/** Everything that the lines of the run file show of a run: pure, so that it is tested without an editor. */
export function lineResults(run: Run): LineResult[] {
  if (run.steps.length === 0) return [];
  return [lossResult(run), ...layerHealth(run, run.findings).map((layer) => layerResult(layer, run))];
}

function lossResult(run: Run): LineResult {
  const { loss, metric } = summarize(run)!;
  const { metric: metricName } = run.header;
  const bad = !Number.isFinite(loss) || run.status === 'diverged';
  const validated = run.steps.findLast((step) => step.validation)?.validation;
  return {
    path: 'loss',
    title: `Loss of ${run.title}`,
    text: [formatNumber(loss), ...(metric === undefined ? [] : [formatMetric(metricName, metric)]), ...(bad ? ['▲ diverged'] : [])].join(' · '),
    tone: bad ? 'error' : 'plain',
    log: false,
    series: run.steps.map((step) => step.loss),
    ...span(run),
    table: [
      ['Training loss', formatNumber(loss)],
      ...(validated ? [['Validation loss', formatNumber(validated.loss)], ['Validation', formatMetric(metricName, validated.metric)]] as [string, string][] : []),
      ['Learning rate', formatNumber(run.steps.at(-1)!.learningRate)],
      ['Gradient norm', formatNumber(run.steps.at(-1)!.gradientNorm)],
    ],
  };
}

function layerResult(layer: LayerHealth, run: Run): LineResult {
  const share = layer.quantity !== 'gradientNorm';
  const format = (value: number) => (share ? `${Math.round(value * 100)} %` : formatNumber(value));
  const state = `${healthSymbol[layer.state]} ${wordOf[layer.state]}`;
  const finite = layer.series.filter(Number.isFinite);
  const parameters = run.header.parameters.filter((parameter) => parameter.layer === layer.layer);
  return {
    path: layer.path,
    title: layer.layer,
    text: `${labelOf[layer.quantity]} ${format(layer.value)} ${state}`,
    tone: toneOf[layer.state],
    log: !share,
    series: layer.series,
    ...span(run),
    table: [
      ['State', state],
      [share ? `Share of ${labelOf[layer.quantity]}` : 'Gradient norm', format(layer.value)],
      ['Lowest, highest', finite.length > 0 ? `${format(Math.min(...finite))}, ${format(Math.max(...finite))}` : 'NaN'],
      ...parameters.map(({ name, dims }): [string, string] => [name, dims.join(' × ')]),
      ['', healthyIs[layer.quantity]],
    ],
  };
}

const span = (run: Run): { from: number; to: number } => ({ from: run.steps[0].step, to: run.steps.at(-1)!.step });

/** Findings that speak of a path, for its hover. */
export const findingsAt = (run: Run, path: string): Finding[] => run.findings.filter((finding) => finding.target.path === path);
