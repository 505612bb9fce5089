/** Rows (tensors or layers by depth) x steps as colours, on an own canvas: one pixel image scaled up, so that 200 x 1,000 cells take milliseconds. */
import { h, on, setAttributes } from '../dom';
import { theme } from '../theme';
import { drawAxis, drawCells, drawCrosshair, drawLine, drawNames, drawSpan, drawTicks, nameFont, paintCells, type HeatLayout, type HeatModel } from './heatPaint';
import { steer, type Sync } from './sync';

export interface HeatMapOptions {
  sync: Sync;
  /** A row and a step were chosen by click, arrow or pointer (`hover`). */
  point(row: number, step: number, how: 'click' | 'key' | 'hover', at: { x: number; y: number }): void;
  leave(): void;
  /** Number of steps that one arrow key moves. */
  unit(): number;
  /** Class of the canvas. */
  name?: string;
  /** Height of all rows together, in pixels; without it rows are as high as names need. */
  height?: number;
}

const AXIS = 20;
const TOP = 6;
const RIGHT = 10;
const MAX_HEIGHT = 320;
const MAX_ROW = 26;
/** As wide as the axis of the curves beside it. */
const TICKS = 38;

export class HeatMap {
  readonly canvas: HTMLCanvasElement;
  private readonly cells = document.createElement('canvas');
  private model: HeatModel = { rows: [], scale: { low: 0, high: 1, log: false }, x: [0, 1], selected: 0, spans: [] };

  constructor(private readonly host: HTMLElement, private readonly options: HeatMapOptions) {
    const { sync } = options;
    this.canvas = h(`canvas.${options.name ?? 'heat'}`, { role: 'img', tabindex: 0 });
    const leave = (): void => {
      sync.point(undefined);
      options.leave();
    };
    host.append(this.canvas);
    on(this.canvas, 'pointermove', (event) => {
      const at = this.locate(event);
      if (!at) return leave();
      sync.point(at.step);
      options.point(at.row, at.step, 'hover', { x: event.clientX, y: event.clientY });
    });
    on(this.canvas, 'pointerleave', leave);
    on(this.canvas, 'blur', leave);
    on(this.canvas, 'click', (event) => {
      const at = this.locate(event, true);
      if (at) options.point(at.row, at.step, 'click', { x: event.clientX, y: event.clientY });
    });
    on(this.canvas, 'dblclick', () => sync.zoom(undefined));
    on(this.canvas, 'keydown', (event) => this.key(event));
    sync.listen(() => this.draw());
    new ResizeObserver(() => this.draw()).observe(host);
  }

  set label(text: string) {
    setAttributes(this.canvas, { 'aria-label': text });
  }

  update(model: HeatModel): void {
    this.model = model;
    paintCells(this.cells, model);
    this.draw();
  }

  private draw(): void {
    const { model, canvas } = this;
    const { rows, spans, selected, x } = model;
    const width = this.host.clientWidth;
    if (rows.length === 0 || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const height = Math.ceil(this.rowHeight * rows.length) + AXIS + TOP;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.textBaseline = 'middle';
    const layout = this.layout(context);
    if (model.ticks) drawTicks(context, model.ticks, layout);
    else drawNames(context, model, layout);
    drawCells(context, this.cells, model, layout);
    drawAxis(context, layout);
    for (const span of spans) drawSpan(context, span, x[1], layout);
    if (model.line) drawLine(context, model.line, layout);
    context.strokeStyle = theme.foreground;
    context.lineWidth = 1.5;
    if (selected >= 0) context.strokeRect(layout.gutter - 0.5, TOP + selected * layout.rowHeight - 0.5, layout.right - layout.gutter + 1, layout.rowHeight + 0.5);
    if (this.options.sync.step !== undefined) drawCrosshair(context, this.options.sync.step, layout);
  }

  private get rowHeight(): number {
    const { height } = this.options;
    if (height !== undefined) return height / this.model.rows.length;
    return Math.max(2, Math.min(MAX_ROW, window.innerHeight * 0.021, MAX_HEIGHT / this.model.rows.length));
  }

  private layout(context = this.canvas.getContext('2d')!): HeatLayout {
    const { rows, ticks } = this.model;
    const width = this.host.clientWidth;
    context.font = nameFont(true);
    const widest = Math.max(...rows.map(({ name }) => context.measureText(name).width));
    const gutter = ticks ? TICKS : Math.round(Math.min(widest + 24, width * 0.34, 190));
    const right = width - RIGHT;
    const [from, to] = this.options.sync.range ?? this.model.x;
    return {
      top: TOP, gutter, right, rowHeight: this.rowHeight, plot: this.rowHeight * rows.length, range: [from, to],
      toX: (step) => gutter + ((step - from) / (to + 1 - from)) * (right - gutter),
    };
  }

  private key(event: KeyboardEvent): void {
    const { model, options } = this;
    const rows: Record<string, number> = { ArrowUp: -1, ArrowDown: 1 };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in rows) this.report(Math.min(model.rows.length - 1, Math.max(0, model.selected + rows[event.key])));
    else if (!steer(options.sync, event.key, model.x, options.unit())) return;
    else if (options.sync.step === undefined) options.leave();
    else this.report(model.selected);
    event.preventDefault();
  }

  private report(row: number): void {
    const { sync, point } = this.options;
    const { range, toX, rowHeight } = this.layout();
    sync.point(Math.floor(Math.min(range[1], Math.max(range[0], sync.step ?? range[1]))));
    const box = this.canvas.getBoundingClientRect();
    point(row, sync.step!, 'key', { x: box.left + toX(sync.step!), y: box.top + TOP + row * rowHeight });
  }

  /** The cell under the pointer; with `names` the gutter counts as the last step. */
  private locate(event: MouseEvent, names = false): { row: number; step: number } | undefined {
    const { rows } = this.model;
    const { gutter, right, range: [from, to], rowHeight } = this.layout();
    const row = Math.floor((event.offsetY - TOP) / rowHeight);
    if (row < 0 || row >= rows.length) return undefined;
    if (event.offsetX < gutter) return names ? { row, step: Math.floor(to) } : undefined;
    return { row, step: Math.min(Math.floor(to), Math.floor(from + ((event.offsetX - gutter) / (right - gutter)) * (to + 1 - from))) };
  }
}
