/** How large the elements of the chosen tensor are: shares by size through time, for |g| and for the root of the second moment. */
import { histogramBins, histogramOf, type HistogramQuantity } from '../../engine/run/record';
import type { ColourScale } from '../../engine/chart/colour';
import { HeatMap } from '../charts/heatMap';
import type { HeatModel, HeatTick } from '../charts/heatPaint';
import { Legend } from '../charts/legend';
import { severityColour } from '../charts/marks';
import type { Sync } from '../charts/sync';
import { hideTooltip, showTooltip } from '../charts/tooltip';
import { edgesOf, history, measuredBefore, quantile, shownBins, type History } from '../data/histogram';
import type { RunStore } from '../data/store';
import { h, setText } from '../dom';
import { number, power } from '../format';
import { t } from '../strings';
import { theme } from '../theme';
import { copyButton, type Table } from './card';
import { lookup } from './edits';
import { roots, span, stepTitle } from './loss';

const HEIGHT = 120;
/** From one element in a thousand: the tails are what shows first that something is wrong. The same for all tensors, so that they can be compared. */
const scale: ColourScale = { low: 1e-3, high: 1, log: true };
const percent = (share: number): string => `${number(100 * share, 2)} %`;

/** What a bin holds: "1e-4 to 2.2e-4". */
function binName(bin: number): string {
  const [low, high] = edgesOf(bin);
  if (bin === 0) return t('binBelow', number(high, 2));
  return bin === histogramBins - 1 ? t('binAbove', number(low, 2)) : t('binBetween', number(low, 2), number(high, 2));
}

/** Beyond the last edge a size may as well be no number. */
const size = (value: number): string => (value === Infinity ? t('noSize') : number(value, 2));

interface Picture {
  element: HTMLElement;
  quantity: HistogramQuantity;
  reading: HTMLElement;
  map: HeatMap;
  history?: History;
  /** Bin chosen by click or arrow. */
  chosen?: number;
}

export class HistogramsView {
  private readonly pictures: Picture[];
  private readonly legend = new Legend();
  private readonly shown: HTMLElement;
  private readonly healthy = h('p.healthy');
  private readonly hint = h('p.healthy', {}, t('histogramHint'));
  readonly element: HTMLElement;
  private store: RunStore | undefined;
  private parameter = 0;
  private name = '';
  private rows: number[] = [];

  constructor(private readonly sync: Sync) {
    this.pictures = [this.picture('gradient', '|g|', t('gradientSizes')), this.picture('secondMoment', '√v', t('secondMomentSizes'))];
    this.shown = h('div', {},
      h('div.histogram-head', {}, h('h3', {}, t('sizes')), this.legend.element),
      h('div.histograms', {}, ...this.pictures.map(({ element }) => element)), this.healthy);
    this.element = h('div.histogram-part', {}, this.shown, this.hint);
    sync.listen(() => this.readings());
  }

  /** `parameter`: its index in the header; undefined for an activation, which has no histograms. */
  update(store: RunStore, parameter: number | undefined, name: string): void {
    this.store = store;
    this.element.hidden = parameter === undefined;
    if (parameter === undefined) return;
    this.parameter = parameter;
    this.name = name;
    const measured = store.histograms.length > 0;
    this.shown.hidden = !measured;
    this.hint.hidden = measured;
    if (!measured) return;
    for (const picture of this.pictures) {
      picture.history = history(store, parameter, picture.quantity);
      picture.element.hidden = !picture.history.filled;
    }
    const filled = this.pictures.filter(({ element }) => !element.hidden);
    this.rows = shownBins(filled.map((picture) => picture.history!));
    this.legend.update(scale, percent);
    const epsilon = lookup(store.view.header.config, 'optimizer.epsilon');
    const divided = filled.length > 1 && typeof epsilon === 'number';
    setText(this.healthy, divided ? t('histogramHealthy', power(epsilon)) : t('histogramHealthyPlain'));
    for (const picture of filled) this.draw(picture, picture.quantity === 'secondMoment' && divided ? epsilon : undefined);
    this.readings();
  }

  private picture(quantity: HistogramQuantity, symbol: string, title: string): Picture {
    const reading = h('span.reading');
    const host = h('div.heat-host');
    const picture: Partial<Picture> = { quantity, reading };
    const map = new HeatMap(host, {
      sync: this.sync, name: 'histogram', height: HEIGHT, leave: hideTooltip,
      unit: () => Math.max(1, Math.round(this.store!.lastStep / this.store!.histograms.length)),
      point: (row, step, how, at) => {
        if (how !== 'hover') {
          picture.chosen = this.rows[Math.max(0, row)];
          this.update(this.store!, this.parameter, this.name);
        }
        this.explain(picture as Picture, this.rows[Math.max(0, row)], step, at);
      },
    });
    const element = h('div.plot', {}, h('div.plot-head', {}, h('h3', { title }, symbol), reading, copyButton(() => this.table(picture as Picture))), host);
    return Object.assign(picture, { map, element }) as Picture;
  }

  private draw({ history: { bins } = this.pictures[0].history!, map, quantity, chosen }: Picture, epsilon?: number): void {
    const store = this.store!;
    const last = histogramBins - 1;
    map.update({
      rows: this.rows.map((bin) => ({ bins, row: bin, name: binName(bin), group: Number(bin === 0) - Number(bin === last) })),
      scale, x: span(store), selected: chosen === undefined ? -1 : this.rows.indexOf(chosen),
      spans: roots(store).map((finding) => [finding.step, finding.lastStep, severityColour(finding.severity)]),
      ticks: ticks(this.rows),
      line: line(this.rows, epsilon),
    });
    map.label = `${t(quantity === 'gradient' ? 'gradientSizes' : 'secondMomentSizes')}, ${this.name}, ${stepTitle(store.lastStep, store.lastStep)}: ${this.text(quantity, store.lastStep)}`;
  }

  private shares(quantity: HistogramQuantity, step: number): { step: number; shares: Float32Array } | undefined {
    const measured = measuredBefore(this.store!, step);
    return measured && { step: measured.step, shares: histogramOf(measured, this.parameter, quantity)! };
  }

  /** The median, and the range that holds four fifths of the elements. */
  private text(quantity: HistogramQuantity, step: number): string {
    const at = this.shares(quantity, step);
    if (!at) return t('notMeasured');
    const [median, low, high] = [0.5, 0.1, 0.9].map((share) => size(quantile(at.shares, share)));
    return low === high ? t('medianAll', median) : t('medianOf', median, low, high);
  }

  private explain({ quantity }: Picture, bin: number, step: number, at: { x: number; y: number }): void {
    const found = this.shares(quantity, step);
    if (!found) return hideTooltip();
    showTooltip(at.x, at.y, stepTitle(found.step, found.step), [
      { label: binName(bin), value: percent(found.shares[bin]) },
      { label: t('median'), value: size(quantile(found.shares, 0.5)) },
    ]);
  }

  private readings(): void {
    if (!this.store || this.element.hidden || this.shown.hidden) return;
    for (const { reading, quantity } of this.pictures) setText(reading, this.text(quantity, this.sync.step ?? this.store.lastStep));
  }

  private table({ quantity }: Picture): Table {
    const bins = this.rows.toReversed();
    return [
      ['step', ...bins.map(binName)],
      ...this.store!.histograms.map((measured) => [measured.step, ...bins.map((bin) => histogramOf(measured, this.parameter, quantity)![bin])]),
    ];
  }
}

/** A line at epsilon, where it is among the sizes shown. */
function line(rows: number[], epsilon = 0): HeatModel['line'] {
  const row = rows.findIndex((bin) => bin > 0 && edgesOf(bin)[0] <= epsilon);
  if (row < 0 || edgesOf(rows[row])[1] <= epsilon) return undefined;
  const [low, high] = edgesOf(rows[row]);
  return { row: row + Math.log(high / epsilon) / Math.log(high / low), text: 'ε', colour: theme.orange };
}

/** Whole decades, where the bin that starts with one ends; the bins at the ends by name. */
function ticks(rows: number[]): HeatTick[] {
  return rows.flatMap((bin, i): HeatTick[] => {
    if (bin === 0) return [{ row: i + 0.5, text: '0', kept: true }];
    if (bin === histogramBins - 1) return [{ row: i + 0.5, text: '∞', kept: true }];
    return (bin - 1) % 3 === 0 ? [{ row: i + 1, text: power(edgesOf(bin)[0]) }] : [];
  });
}
