import { metricInfo, type MetricName } from './names';

/** "96.10 %", "0.1234": the same in terminal, reports and editor. */
export function scoreText(name: 'loss' | MetricName, value: number, digits = 3): string {
  if (name !== 'loss' && metricInfo(name).unit === 'share') return `${(100 * value).toFixed(2)} %`;
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(digits - 1).replace('e+', 'e') : String(Number(value.toPrecision(digits)));
}

/** "loss", "F1 (macro)". */
export const scoreTitle = (name: 'loss' | MetricName): string => (name === 'loss' ? 'loss' : metricInfo(name).title);

export const betterOf = (name: 'loss' | MetricName): 'higher' | 'lower' => (name === 'loss' ? 'lower' : metricInfo(name).better);
