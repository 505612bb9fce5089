/** The small picture in a finding: the measured series around the fault against its limit. Drawn by hand: no axis, no interaction. */
import type { Evidence } from '../../engine/diagnosis/finding';
import type { Measure } from '../data/quantities';
import { describe } from '../data/quantities';
import type { Row, RunStore } from '../data/store';
import { h } from '../dom';
import { count, number } from '../format';
import { t } from '../strings';
import { fade, theme } from '../theme';
import { outline } from './points';

const HEIGHT = 72;

/** The series an evidence speaks of; undefined where the run has none. */
export function seriesOf(store: RunStore, { series }: Evidence): { row: Row; log: boolean } | undefined {
  if (!series) return undefined;
  if (series.of === 'step') return { row: store.scalar(series.quantity), log: series.quantity !== 'metric' };
  if (series.of === 'validation') return { row: { bins: store.validation, row: series.quantity === 'loss' ? 0 : 1 }, log: false };
  const { parameters, activations } = store.view.header;
  const item = series.of === 'parameter'
    ? parameters.findIndex(({ name }) => name === series.name)
    : activations.findIndex(({ layer }) => layer === series.layer);
  const measure: Measure = series.of === 'parameter' ? { of: 'parameter', quantity: series.quantity } : { of: 'activation', quantity: series.quantity };
  return item < 0 ? undefined : { row: store.series(measure, item), log: describe(measure).scale === 'log' };
}

/**
 * The steps around the fault: its own length before it, half of it after it. The limit is drawn only where the measured value is one of the
 * series itself: "growth above 100" is no height on an axis of norms, and is left to the text.
 */
export function evidenceChart(store: RunStore, evidence: Evidence, fault: [number, number], colour: string): HTMLElement | undefined {
  const series = seriesOf(store, evidence);
  if (!series) return undefined;
  const length = Math.max(20, fault[1] - fault[0]);
  const [from, to] = [Math.max(1, fault[0] - length), Math.min(Math.max(store.lastStep, fault[1]), fault[1] + length / 2)];
  const points = outline(series.row).filter(({ x }) => x >= from && x <= to);
  const finite = points.map(({ y }) => y).filter((y) => Number.isFinite(y) && (!series.log || y > 0));
  if (finite.length < 2) return undefined;
  let [low, high] = [Math.min(...finite), Math.max(...finite)];
  const { threshold } = evidence;
  const sameUnit = Number.isNaN(evidence.value) || (evidence.value >= low - Math.abs(low) * 0.05 && evidence.value <= high + Math.abs(high) * 0.05);
  const near = series.log ? threshold > low / 1e3 && threshold < high * 1e3 : threshold > low - (high - low) && threshold < high + (high - low);
  const comparable = sameUnit && near;
  if (comparable) [low, high] = [Math.min(low, threshold), Math.max(high, threshold)];
  const scale = series.log && low > 0 ? Math.log10 : (x: number) => x;
  const label = t('measured', evidence.label, number(evidence.value), number(threshold));
  const canvas = h('canvas.evidence', { role: 'img', 'aria-label': label });
  const draw = (): void => {
    const width = canvas.clientWidth;
    if (width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = HEIGHT * ratio;
    const context = canvas.getContext('2d')!;
    context.scale(ratio, ratio);
    const [top, bottom] = [6, HEIGHT - 17];
    const x = (step: number): number => ((step - from) / Math.max(1, to - from)) * width;
    const y = (value: number): number => bottom - ((scale(Math.max(value, low)) - scale(low)) / (scale(high) - scale(low) || 1)) * (bottom - top);
    context.fillStyle = fade(colour, theme.highContrast ? 0.25 : 0.12);
    context.fillRect(x(fault[0]), 0, Math.max(2, x(fault[1]) - x(fault[0])), bottom + 3);
    context.font = `11px ${theme.font}`;
    if (comparable) {
      const limit = Math.round(y(threshold)) + 0.5;
      context.strokeStyle = theme.dim;
      context.setLineDash([4, 3]);
      context.beginPath();
      context.moveTo(0, limit);
      context.lineTo(width, limit);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = theme.dim;
      // At the end where the line is farther away.
      const right = Math.abs(y(finite.at(-1)!) - limit) > Math.abs(y(finite[0]) - limit);
      context.textAlign = right ? 'right' : 'left';
      context.fillText(t('threshold', number(threshold)), right ? width - 2 : 2, limit < top + 14 ? limit + 12 : limit - 4);
      context.textAlign = 'left';
    }
    context.strokeStyle = colour;
    context.lineWidth = 1.6;
    context.lineJoin = 'round';
    context.beginPath();
    let drawing = false;
    for (const point of points) {
      if (!Number.isFinite(point.y)) drawing = false;
      else if (drawing) context.lineTo(x(point.x), y(point.y));
      else {
        context.moveTo(x(point.x), y(point.y));
        drawing = true;
      }
    }
    context.stroke();
    context.fillStyle = theme.dim;
    context.fillText(t('atStep', count(Math.round(from))), 0, HEIGHT - 3);
    context.textAlign = 'right';
    context.fillText(count(Math.round(to)), width, HEIGHT - 3);
  };
  new ResizeObserver(draw).observe(canvas);
  return canvas;
}
