/** Loss and metric over the steps: the raw line is kept behind the smoothed one, validation is dashed with markers. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { linearRange, logRange } from '../../engine/chart/axis';
import { LineChart, type Line } from '../charts/lineChart';
import { brokenMarks, epochMarks, faultMark, referenceLine } from '../charts/marks';
import { brokenSpans, extremes, outline, readAt, smoothed } from '../charts/points';
import type { Sync } from '../charts/sync';
import type { TooltipLine } from '../charts/tooltip';
import { metricInfo, type MetricName } from '../../engine/metrics/names';
import { mainMetric } from '../../engine/run/record';
import { checkbox, Dropdown, iconButton, slider } from '../controls';
import { Bins } from '../data/bins';
import type { Row, RunStore } from '../data/store';
import { h, setText } from '../dom';
import { count, number } from '../format';
import { choices, keep } from '../host';
import { t } from '../strings';
import { fade, theme } from '../theme';
import { card, copyButton, value, type Card, type Table } from './card';

/** Above this ratio of largest to smallest loss a linear axis would flatten the run. */
const LOG_ABOVE = 20;

type Curve = 'loss' | 'metric';

/** What the second chart can show: with float16 also the scale of the loss, which has no validation and is no metric. */
type Shown = MetricName | 'lossScale';

/** Of what is measured on the validation set only. */
const nothing: Row = { bins: new Bins(1, 2, { exact: true, mean: true }), row: 0 };

export class LossView {
  readonly cards: Record<Curve, Card> = { loss: card('loss-card', t('loss')), metric: card('metric-card', '') };
  private readonly charts: Record<Curve, LineChart>;
  private readonly reset = iconButton('fit', t('resetZoom'), () => this.sync.zoom(undefined));
  private readonly logSwitch = checkbox(t('logScale'), t('logTitle'), (checked) => {
    keep({ logLoss: checked });
    this.changed();
  });
  private readonly picker = new Dropdown(t('metricShown'), (metric) => {
    keep({ metric });
    this.changed();
  });
  private readonly waiting: Record<Curve, HTMLElement> = { loss: h('p.empty-chart', {}, t('noData')), metric: h('p.empty-chart') };
  private store: RunStore | undefined;

  constructor(private readonly sync: Sync, private readonly changed: () => void) {
    const make = (curve: Curve): LineChart => {
      const host = h('div.canvas-host.main-chart');
      this.cards[curve].body.append(host, this.waiting[curve]);
      this.cards[curve].title.title = t('zoomHint');
      return new LineChart(host, { sync, unit: () => this.store?.scalars.stride ?? 1, read: (step) => this.read(curve, step) });
    };
    this.charts = { loss: make('loss'), metric: make('metric') };
    this.cards.metric.tools.append(this.picker.element, copyButton(() => this.table('metric')));
    this.cards.loss.tools.append(
      slider(t('smoothing'), { min: 0, max: 0.99, step: 0.01, value: choices.smoothing }, (smoothing) => {
        keep({ smoothing });
        changed();
      }),
      this.logSwitch.element, this.reset, copyButton(() => this.table('loss')),
    );
    sync.listen(() => this.readouts());
  }

  update(store: RunStore): void {
    this.store = store;
    const { header } = store.view;
    for (const curve of ['loss', 'metric'] as const) {
      this.waiting[curve].hidden = store.lastStep > 0;
      this.charts[curve].canvas.hidden = store.lastStep === 0;
    }
    // Only made invisible: the values beside it must not move.
    this.reset.style.visibility = this.sync.range === undefined ? 'hidden' : 'visible';
    const { metric } = this;
    const main = mainMetric(header);
    const names = this.names;
    this.picker.set(names.map((name) => ({ value: name, text: metricTitle(name) })), metric);
    this.picker.element.hidden = names.length < 2;
    setText(this.cards.metric.title, metricTitle(metric));
    this.cards.loss.say(header.classes ? t('lossHealthyClasses', header.classes, number(Math.log(header.classes), 4)) : t('lossHealthy'));
    this.cards.metric.say(t(metric === 'lossScale' ? 'lossScaleHealthy' : metric !== main ? (metricInfo(metric).better === 'higher' ? 'scoreHealthy' : 'errorHealthy') : header.metric === 'accuracy' ? 'accuracyHealthy' : 'maeHealthy'));
    const [low, high] = this.range('loss', true);
    const log = choices.logLoss ?? high / low > LOG_ABOVE;
    this.logSwitch.set(log);
    this.draw('loss', log, header.classes);
    this.draw('metric', metric === 'lossScale');
    this.readouts();
  }

  private get names(): Shown[] {
    const { header } = this.store!.view;
    return [...new Set<Shown>([mainMetric(header), ...(header.metrics ?? []), ...(header.config.precision === 'float16' ? ['lossScale' as const] : [])])];
  }

  /** The one that is drawn. */
  private get metric(): Shown {
    return this.names.find((name) => name === choices.metric) ?? this.names[0];
  }

  /** A scale that moves in steps is drawn as it is. */
  private smoothing(curve: Curve): number {
    return curve === 'metric' && this.metric === 'lossScale' ? 0 : choices.smoothing;
  }

  private rows(curve: Curve): { train: Row; validation: Row } {
    const store = this.store!;
    if (curve === 'loss') return { train: store.scalar('loss'), validation: store.validated('loss') };
    if (this.metric === 'lossScale') return { train: store.scalar('lossScale'), validation: nothing };
    return { train: this.metric === mainMetric(store.view.header) ? store.scalar('metric') : nothing, validation: store.validated(this.metric) };
  }

  private range(curve: Curve, positive = false): [number, number] {
    const { train, validation } = this.rows(curve);
    const [a, b] = [train, validation].map((row) => extremes(row, this.sync.range, positive));
    return [Math.min(a[0], b[0]), Math.max(a[1], b[1])];
  }

  private draw(curve: Curve, log: boolean, classes?: number): void {
    const store = this.store!;
    const { train, validation } = this.rows(curve);
    const x = span(store);
    const y = log ? logRange(...this.range(curve, true), 1) : linearRange(...this.range(curve));
    if (curve === 'metric' && this.metric !== 'lossScale' && (metricInfo(this.metric).unit === 'share' || /^(rocAuc|averagePrecision)$/.test(this.metric))) [y[0], y[1]] = [Math.max(0, y[0]), Math.min(1.02, Math.max(y[1], y[0] + 0.1))];
    const lines: Line[] = [
      { points: smoothed(train, this.smoothing(curve)), colour: theme.blue, width: 2 },
      { points: outline(validation), colour: theme.orange, width: 1.5, dash: [6, 4], marker: validation.bins.columns > 60 ? 0 : 3.5 },
      { points: outline(train), colour: fade(theme.blue, theme.highContrast ? 0.6 : 0.38), width: 1 },
    ];
    const broken = brokenSpans(train);
    const marks: AnnotationOptions[] = [
      ...epochMarks(epochStarts(store)),
      ...(curve === 'loss' && classes ? [referenceLine(Math.log(classes), t('guess', classes, number(Math.log(classes), 4)))] : []),
      ...roots(store).flatMap((finding, i) => faultMark(finding, { label: curve === 'loss' && i === 0 ? y[1] : undefined, width: this.charts.loss.canvas.clientWidth - 60, x: this.sync.range ?? x })),
      ...brokenMarks(broken),
    ];
    this.charts[curve].update({ x, y, log, lines, marks });
    this.charts[curve].label = this.describe(curve);
  }

  private describe(curve: Curve): string {
    const name = curve === 'loss' ? t('loss') : metricTitle(this.metric);
    const { title, lines } = this.read(curve, this.store!.lastStep);
    return `${name}, ${title}: ${lines.map((line) => `${line.label} ${line.value}`).join(', ')}. ${t('zoomHint')}`;
  }

  private read(curve: Curve, step: number): { title: string; lines: TooltipLine[] } {
    const { train, validation } = this.rows(curve);
    const reading = readAt(train, step);
    const lines: TooltipLine[] = [];
    if (reading) {
      const average = smoothedAt(train, step, this.smoothing(curve));
      lines.push({ label: t('train'), value: reading.broken ? t('nanAt', count(reading.broken)) : range(reading.low, reading.high, reading.mean), colour: fade(theme.blue, 0.45) });
      if (Number.isFinite(average)) lines.push({ label: t('trainSmoothed'), value: number(average, 4), colour: theme.blue });
    }
    const held = readAt(validation, step);
    if (held) lines.push({ label: `${t('validation')} (${t('atStep', count(held.last))})`, value: number(held.mean, 4), colour: theme.orange, dashed: true });
    return { title: stepTitle(reading?.first ?? step, reading?.last ?? step), lines };
  }

  /** The values beside the titles: at the crosshair, else the last. */
  private readouts(): void {
    if (!this.store) return;
    const step = this.sync.step ?? this.store.lastStep;
    for (const [curve, { readout }] of Object.entries(this.cards) as [Curve, Card][]) {
      const { train, validation } = this.rows(curve);
      const now = readAt(train, step);
      const held = readAt(validation, step);
      readout.replaceChildren(
        ...(now ? [value(t('train'), now.broken && !Number.isFinite(now.mean) ? 'NaN' : number(smoothedAt(train, step, this.smoothing(curve))), theme.blue)] : []),
        ...(held ? [value(t('validation'), number(held.mean), theme.orange, true)] : []),
      );
    }
  }

  private table(curve: Curve): Table {
    const { train, validation } = this.rows(curve);
    if (train === nothing) return [['step', `validation ${this.metric}`], ...outline(validation).map(({ x, y }) => [x, y])];
    return [
      ['first step', 'last step', `train ${curve}`, 'lowest', 'highest', 'smoothed', 'first NaN step', `validation ${curve}`],
      ...smoothed(train, this.smoothing(curve)).map(({ y }, column) => {
        const { bins, row } = train;
        const cell = column * bins.rows + row;
        const at = validation.bins.columnAt(bins.last[column]);
        const here = at >= 0 && validation.bins.last[at] >= bins.first[column];
        return [
          bins.first[column], bins.last[column], bins.mean(cell), bins.low[cell], bins.high[cell], y, bins.broken[cell] || '',
          here ? validation.bins.mean(at * validation.bins.rows + validation.row) : '',
        ];
      }),
    ];
  }
}

/** "Accuracy", "F1 (macro)". */
const metricTitle = (name: Shown): string => (name === 'accuracy' || name === 'mae' || name === 'lossScale' ? t(name) : metricInfo(name).title[0].toUpperCase() + metricInfo(name).title.slice(1));

const range = (low: number, high: number, mean: number): string =>
  low === high ? number(low, 5) : t('rangeOf', number(mean, 4), number(low, 4), number(high, 4));

function smoothedAt(row: Row, step: number, smoothing: number): number {
  const column = row.bins.columnAt(step);
  return column < 0 ? NaN : smoothed(row, smoothing)[column].y;
}

export const stepTitle = (first: number, last: number): string =>
  first === last ? t('atStep', count(first)) : t('atSteps', count(first), count(last));

/** First to last recorded step. */
export const span = (store: RunStore): [number, number] => [1, Math.max(2, store.lastStep)];

/** The findings that are causes and have a place in time. */
export const roots = (store: RunStore) => store.view.findings.filter((f) => !f.symptomOf && f.severity !== 'information' && f.step > 0);

/** First steps of the epochs, as long as there are few enough to be of use. */
function epochStarts(store: RunStore): number[] {
  const { stepsPerEpoch } = store.view.header;
  const epochs = Math.floor(store.lastStep / Math.max(1, stepsPerEpoch));
  return epochs > 30 ? [] : Array.from({ length: epochs }, (_, i) => (i + 1) * stepsPerEpoch);
}
