/** The whole model at a glance: one quantity of every tensor (or layer) by depth, over the steps. */
import type { ColourScale } from '../../engine/chart/colour';
import { logRange } from '../../engine/chart/axis';
import { HeatMap } from '../charts/heatMap';
import { Legend } from '../charts/legend';
import { severityColour } from '../charts/marks';
import { extremes, readAt } from '../charts/points';
import type { Sync } from '../charts/sync';
import { hideTooltip, showTooltip } from '../charts/tooltip';
import { Dropdown } from '../controls';
import { describe, measureKey, measures, type Measure } from '../data/quantities';
import type { RunStore } from '../data/store';
import { h } from '../dom';
import { count, number } from '../format';
import { choices, keep } from '../host';
import { t, type StringKey } from '../strings';
import { theme } from '../theme';
import { card, copyButton, type Table } from './card';
import { roots, span, stepTitle } from './loss';

/** Narrower than three decades the colours would show noise as if it were a fault. */
const MIN_DECADES = 3;

export const measureName = (measure: Measure): string => {
  const { symbol, text, plain } = describe(measure);
  return plain ? t(text as StringKey) : `${t(text as StringKey)} ${symbol}`;
};

/** The colour scale of a measure: whole decades, or the fixed range of a share. */
export function scaleOf(measure: Measure, low: number, high: number): ColourScale {
  const quantity = describe(measure);
  if (quantity.scale === 'log') {
    const [from, to] = logRange(low, high, MIN_DECADES);
    return { low: 10 ** Math.floor(Math.log10(from) + 0.3), high: 10 ** Math.ceil(Math.log10(to) - 0.3), log: true };
  }
  if (quantity.range) return { low: quantity.range[0], high: quantity.range[1], log: false };
  return high > low ? { low, high, log: false } : { low: Math.min(0, low), high: low > 0 ? low : 1, log: false };
}

export class MomentsView {
  readonly card = card('moments-card', t('moments'));
  private readonly dropdown = new Dropdown(t('quantity'), (key) => {
    keep({ measure: key });
    this.changed();
  });
  private readonly legend = new Legend();
  private readonly nan = h('span.nan-key', {}, h('span.nan-swatch', { 'aria-hidden': 'true' }), t('nanCell'));
  private readonly map: HeatMap;
  private readonly spoken = h('div.visually-hidden', { 'aria-live': 'polite' });
  private readonly empty = h('p.empty-chart');
  private store: RunStore | undefined;

  constructor(private readonly sync: Sync, private readonly changed: () => void) {
    const { body, tools, readout } = this.card;
    const host = h('div.heat-host');
    readout.append(this.dropdown.element);
    tools.append(this.nan, this.legend.element, copyButton(() => this.table()));
    body.append(host, this.empty, this.spoken);
    this.map = new HeatMap(host, {
      sync,
      unit: () => Math.max(1, this.bins()?.stride ?? 1),
      leave: hideTooltip,
      point: (row, step, how, at) => this.point(row, step, how, at),
    });
  }

  get measure(): Measure {
    return measures.find((measure) => measureKey(measure) === choices.measure) ?? measures[0];
  }

  /** Name of the selected row. */
  item = '';

  /** Selects a tensor or a layer from elsewhere, and switches to a measure that has it. */
  show(name: string): void {
    const of = this.store?.items('parameter').some((item) => item.name === name) ? 'parameter' : 'activation';
    if (this.measure.of !== of) keep({ measure: of === 'parameter' ? 'parameter.gradientNorm' : 'activation.deadShare' });
    keep({ item: name });
    this.changed();
    this.card.element.scrollIntoView({ block: 'nearest' });
    this.map.canvas.focus({ preventScroll: true });
  }

  update(store: RunStore): void {
    this.store = store;
    const available = store.available();
    const { measure } = this;
    const shown = available.some((m) => measureKey(m) === measureKey(measure));
    const list = shown ? available : [measure, ...available];
    this.dropdown.set(list.map((m) => ({ value: measureKey(m), text: measureName(m) })), measureKey(measure));
    const items = store.items(measure.of);
    const rows = items.map((item) => ({ ...store.series(measure, item.index), name: item.name, group: item.group, fault: this.fault(item.name, item.layer) }));
    const measured = rows.length > 0 && rows[0].bins.columns > 0;
    this.empty.hidden = measured;
    this.empty.textContent = store.lastStep > 0 ? t('notMeasuredAtLevel') : t('noData');
    this.map.canvas.hidden = !measured;
    this.card.say(this.healthy(measure));
    this.legend.element.hidden = !measured;
    this.nan.hidden = true;
    if (!measured) return;
    let [low, high] = [Infinity, -Infinity];
    let broken = false;
    for (const row of rows) {
      const [a, b] = extremes(row, undefined, describe(measure).scale === 'log');
      low = Math.min(low, a);
      high = Math.max(high, b);
      for (let column = 0; column < row.bins.columns && !broken; column++) broken = row.bins.broken[column * row.bins.rows + row.row] > 0;
    }
    const scale = scaleOf(measure, low, high);
    const selected = this.selected(items);
    this.item = items[selected].name;
    this.nan.hidden = !broken;
    this.map.update({
      rows, scale, x: span(store), selected,
      spans: roots(store).map((f) => [f.step, f.lastStep, severityColour(f.severity)]),
    });
    this.legend.update(scale);
    this.map.label = this.describeCell(selected, this.sync.step ?? store.lastStep) + `. ${t('heatHint')}`;
  }

  /** Index of the chosen row; without a choice the row a finding names, else the first. */
  private selected(items: { name: string; layer: string }[]): number {
    const byName = items.findIndex(({ name }) => name === choices.item);
    if (byName >= 0) return byName;
    const layer = choices.item.includes('.') ? choices.item.slice(0, choices.item.lastIndexOf('.')) : choices.item;
    const byLayer = items.findIndex((item) => item.layer === layer);
    if (byLayer >= 0) return byLayer;
    const faulty = items.findIndex(({ name, layer: of }) => this.fault(name, of) !== undefined);
    return Math.max(0, faulty);
  }

  private bins() {
    return this.store?.series(this.measure, 0).bins;
  }

  private fault(name: string, layer: string): 'error' | 'warning' | undefined {
    const finding = this.store!.view.findings.find(({ target, severity }) =>
      severity !== 'information' && (target.parameter === name || (target.parameter === undefined && target.layer === layer && this.measure.of === 'activation')));
    return finding?.severity === 'error' ? 'error' : finding ? 'warning' : undefined;
  }

  private point(row: number, step: number, how: 'click' | 'key' | 'hover', at: { x: number; y: number }): void {
    const items = this.store!.items(this.measure.of);
    if (how !== 'hover') {
      if (items[row].name !== choices.item) {
        keep({ item: items[row].name });
        this.changed();
      }
      this.spoken.textContent = this.describeCell(row, step);
    }
    const { title, text } = this.cell(row, step);
    showTooltip(at.x, at.y, title, [{ label: items[row].name, value: text }]);
  }

  private cell(row: number, step: number): { title: string; text: string } {
    const item = this.store!.items(this.measure.of)[row];
    const reading = readAt(this.store!.series(this.measure, item.index), step);
    if (!reading) return { title: stepTitle(step, step), text: t('notMeasured') };
    const text = reading.broken ? t('nanAt', count(reading.broken)) : number(reading.high);
    return { title: stepTitle(reading.first, reading.last), text };
  }

  private describeCell(row: number, step: number): string {
    const { title, text } = this.cell(row, step);
    return t('heatLabel', t(describe(this.measure).text as StringKey), this.store!.items(this.measure.of)[row].name, title, text);
  }

  private healthy(measure: Measure): string {
    const { healthy, target } = describe(measure);
    if (!healthy) return t(theme.dark ? 'heatHealthyDark' : 'heatHealthyLight');
    const [low, high] = healthy;
    const range = high === 0 ? t('heatNoneHealthy')
      : target !== undefined && low > 0 ? t('heatTargetHealthy', number(low), number(high), number(target))
        : low === 0 ? t('heatShareHealthy', number(high)) : t('heatRangeHealthy', number(low), number(high));
    return t('heatHealthyRange', range);
  }

  private table(): Table {
    const items = this.store!.items(this.measure.of);
    const rows = items.map((item) => this.store!.series(this.measure, item.index));
    const { bins } = rows[0];
    return [
      ['first step', 'last step', ...items.map(({ name }) => name)],
      ...Array.from({ length: bins.columns }, (_, column) => [
        bins.first[column], bins.last[column],
        ...rows.map(({ row }) => (bins.broken[column * bins.rows + row] > 0 ? NaN : bins.high[column * bins.rows + row])),
      ]),
    ];
  }
}
