/** The chosen tensor (or layer) in curves: gradient, moments, update ratio, and the quantity of the heat map where it is another one. */
import type { AnnotationOptions } from 'chartjs-plugin-annotation';
import { linearRange, logRange } from '../../engine/chart/axis';
import { LineChart, type Line } from '../charts/lineChart';
import { brokenMarks, faultMark, healthyBand, referenceLine } from '../charts/marks';
import { brokenSpans, extremes, outline, readAt, type Point } from '../charts/points';
import type { Sync } from '../charts/sync';
import { describe, measureKey, type Measure } from '../data/quantities';
import type { Row, RunStore } from '../data/store';
import { h, setText } from '../dom';
import { count, number, shape } from '../format';
import { t, type StringKey } from '../strings';
import { fade, theme, type ColourName } from '../theme';
import { card, copyButton, type Table } from './card';
import { lookup } from './edits';
import { HistogramsView } from './histograms';
import { roots, span, stepTitle } from './loss';

/** What is shown of each, best first: four of those that the run has (plain SGD has no second moment). */
const SHOWN = 4;
const curves: Record<Measure['of'], Measure[]> = {
  parameter: (['gradientNorm', 'firstMomentNorm', 'secondMomentNorm', 'updateRatio', 'updateNorm', 'weightNorm'] as const).map((quantity) => ({ of: 'parameter', quantity })),
  activation: (['mean', 'std', 'deadShare', 'saturatedShare'] as const).map((quantity) => ({ of: 'activation', quantity })),
};
const colours: ColourName[] = ['red', 'blue', 'purple', 'orange', 'green'];

/** One small chart, made once and given another measure as needed. */
interface Panel {
  element: HTMLElement;
  title: HTMLElement;
  reading: HTMLElement;
  chart: LineChart;
  measure?: Measure;
  row?: Row;
  colour: ColourName;
}

export class LayerView {
  readonly card = card('layer-card', '');
  private readonly panels: Panel[];
  private readonly histograms: HistogramsView;
  private store: RunStore | undefined;

  constructor(private readonly sync: Sync) {
    this.panels = colours.map((colour) => this.panel(colour));
    this.card.body.append(...this.panels.map(({ element }) => element));
    this.histograms = new HistogramsView(sync);
    this.card.element.append(this.histograms.element);
    sync.listen(() => this.readings());
  }

  update(store: RunStore, measure: Measure, name: string): void {
    this.store = store;
    const items = store.items(measure.of);
    const item = items.find((candidate) => candidate.name === name);
    this.card.element.hidden = !item || store.series(measure, item.index).bins.columns === 0;
    if (!item || this.card.element.hidden) return;
    setText(this.card.title, item.name);
    const facts = [item.dims.length > 1 ? shape(item.dims) : '', t('values', count(item.dims.reduce((a, b) => a * b, 1)))];
    this.card.readout.replaceChildren(...facts.filter(Boolean).map((fact) => h('span.dim', {}, fact)));
    const available = new Set(store.available().map(measureKey));
    const shown = curves[measure.of].filter((m) => available.has(measureKey(m))).slice(0, SHOWN);
    if (!shown.some((m) => measureKey(m) === measureKey(measure))) shown.push(measure);
    const beta2 = lookup(store.view.header.config, 'optimizer.beta2');
    this.card.say(typeof beta2 === 'number' && beta2 < 1 && shown.some(({ quantity }) => quantity === 'secondMomentNorm')
      ? t('layerHealthy', count(1 / (1 - beta2))) : t('layerHealthyPlain'));
    this.panels.forEach((panel, i) => {
      panel.measure = shown[i];
      panel.element.hidden = !shown[i];
      if (shown[i]) this.draw(panel, shown[i], item, items.map(({ index }) => index));
    });
    this.histograms.update(store, measure.of === 'parameter' ? item.index : undefined, item.name);
    this.readings();
  }

  private panel(colour: ColourName): Panel {
    const title = h('h3');
    const reading = h('span.reading');
    const host = h('div.canvas-host.small-chart');
    const panel: Partial<Panel> = { title, reading, colour };
    panel.element = h('div.plot', {}, h('div.plot-head', {}, title, reading, copyButton(() => this.table(panel as Panel))), host);
    panel.chart = new LineChart(host, {
      sync: this.sync, yTicks: 4, unit: () => panel.row?.bins.stride ?? 1,
      read: (step) => {
        const reading = panel.row && readAt(panel.row, step);
        const value = this.text(panel as Panel, step);
        return { title: stepTitle(reading?.first ?? step, reading?.last ?? step), lines: [{ label: describe(panel.measure!).symbol, value, colour: theme[colour] }] };
      },
    });
    return panel as Panel;
  }

  private draw(panel: Panel, measure: Measure, { name, index: item }: { name: string; index: number }, all: number[]): void {
    const store = this.store!;
    const quantity = describe(measure);
    const row = store.series(measure, item);
    panel.row = row;
    setText(panel.title, quantity.symbol);
    panel.title.title = t(quantity.text as StringKey);
    const x = span(store);
    const log = quantity.scale === 'log';
    let [low, high] = extremes(row, this.sync.range, log);
    const { upper, lower } = middleHalf(all.map((index) => store.series(measure, index)));
    // A healthy curve is shown against the whole band and the other rows, not blown up to fill the frame.
    for (const { x: step, y } of [...upper, ...lower]) {
      if (this.sync.range && (step < this.sync.range[0] || step > this.sync.range[1])) continue;
      if (Number.isFinite(y) && (!log || y > 0)) [low, high] = [Math.min(low, y), Math.max(high, y)];
    }
    if (log && quantity.healthy) [low, high] = [Math.min(low, quantity.healthy[0] || low), Math.max(high, quantity.healthy[1])];
    const y = quantity.range ?? (log ? logRange(low, high) : linearRange(Math.min(0, low), Math.max(0, high)));
    const others = fade(theme.foreground, theme.highContrast ? 0.28 : 0.12);
    const lines: Line[] = [
      { points: outline(row), colour: theme[panel.colour], width: 1.6 },
      { points: upper, colour: 'transparent', width: 0, fillToNext: others },
      { points: lower, colour: 'transparent', width: 0 },
    ];
    const marks: AnnotationOptions[] = [
      ...(quantity.healthy ? healthyBand(quantity.healthy, y) : []),
      ...(quantity.target !== undefined ? [referenceLine(quantity.target, t('target', number(quantity.target)), theme.green)] : []),
      ...roots(store).filter(({ target, severity }) => severity === 'error' || target.parameter === name || target.layer === name).flatMap((finding) => faultMark(finding, { x: this.sync.range ?? x })),
      ...brokenMarks(brokenSpans(row)),
    ];
    panel.chart.update({ x, y, log, lines, marks });
    panel.chart.label = `${t(quantity.text as StringKey)}, ${this.card.title.textContent}, ${stepTitle(store.lastStep, store.lastStep)}: ${this.text(panel, store.lastStep)}`;
  }

  private text(panel: Panel, step: number): string {
    const reading = panel.row && readAt(panel.row, step);
    if (!reading) return t('notMeasured');
    if (reading.broken) {
      const [from, to] = brokenSpans(panel.row!).find((broken) => step >= broken[0] && step <= broken[1]) ?? [reading.broken, reading.broken];
      return t(to > from ? 'nanFrom' : 'nanAt', count(from));
    }
    return reading.low === reading.high ? number(reading.high) : `${number(reading.low)}…${number(reading.high)}`;
  }

  private readings(): void {
    if (!this.store) return;
    const step = this.sync.step ?? this.store.lastStep;
    for (const panel of this.panels) {
      if (!panel.measure) continue;
      setText(panel.reading, this.text(panel, step));
    }
  }

  private table({ row, measure }: Panel): Table {
    if (!row || !measure) return [];
    const { bins } = row;
    return [
      ['first step', 'last step', `lowest ${measure.quantity}`, `highest ${measure.quantity}`, 'first NaN step'],
      ...Array.from({ length: bins.columns }, (_, column) => {
        const cell = column * bins.rows + row.row;
        return [bins.first[column], bins.last[column], bins.low[cell], bins.high[cell], bins.broken[cell] || ''];
      }),
    ];
  }
}

/** Lower and upper quartile over all rows at up to 120 places: what is usual in this model. */
function middleHalf(rows: Row[]): { lower: Point[]; upper: Point[] } {
  const { bins } = rows[0];
  const lower: Point[] = [];
  const upper: Point[] = [];
  if (rows.length < 4) return { lower, upper };
  const every = Math.max(1, Math.ceil(bins.columns / 120));
  for (let column = 0; column < bins.columns; column += every) {
    const values = rows.map(({ row }) => bins.mean(column * bins.rows + row)).filter(Number.isFinite).sort((a, b) => a - b);
    const x = (bins.first[column] + bins.last[column]) / 2;
    lower.push({ x, y: values[Math.floor((values.length - 1) * 0.25)] ?? NaN });
    upper.push({ x, y: values[Math.ceil((values.length - 1) * 0.75)] ?? NaN });
  }
  return { lower, upper };
}
