/** One chart of lines over steps: Chart.js with the page's axes, crosshair and zoom. */
import {
  Chart, Filler, LinearScale, LineController, LineElement, LogarithmicScale, PointElement, type ChartDataset, type Plugin,
} from 'chart.js';
import annotationPlugin, { type AnnotationOptions } from 'chartjs-plugin-annotation';
import zoomPlugin from 'chartjs-plugin-zoom';
import { on, setAttributes } from '../dom';
import { count, number, power } from '../format';
import { fade, theme } from '../theme';
import { linearTicks, logTicks } from '../../engine/chart/axis';
import type { Point } from './points';
import { steer, type Sync } from './sync';
import { hideTooltip, showTooltip, type TooltipLine } from './tooltip';

Chart.register(LineController, LineElement, PointElement, LinearScale, LogarithmicScale, Filler, annotationPlugin, zoomPlugin);

export interface Line {
  points: Point[];
  colour: string;
  width?: number;
  dash?: number[];
  /** Radius of a marker at every point; 0: none. */
  marker?: number;
  /** Fills down to the next line of the list. */
  fillToNext?: string;
}

export interface Model {
  /** Steps; the zoomed range replaces it. */
  x: [number, number];
  y: [number, number];
  log: boolean;
  lines: Line[];
  marks: AnnotationOptions[];
}

export interface LineChartOptions {
  sync: Sync;
  /** What the tooltip says at a step. */
  read(step: number): { title: string; lines: TooltipLine[] };
  /** Number of steps that one arrow key moves. */
  unit(): number;
  /** Number of ticks wanted at most. */
  yTicks?: number;
  xTicks?: number;
}

/** Draws the shared crosshair. */
const crosshair = (sync: Sync): Plugin<'line'> => ({
  id: 'crosshair',
  afterDatasetsDraw({ ctx, chartArea: area, scales }) {
    if (sync.step === undefined || !scales.x) return;
    const x = scales.x.getPixelForValue(sync.step);
    if (x < area.left - 1 || x > area.right + 1) return;
    ctx.save();
    ctx.strokeStyle = theme.foreground;
    ctx.globalAlpha = 0.55;
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(Math.round(x) + 0.5, area.top);
    ctx.lineTo(Math.round(x) + 0.5, area.bottom);
    ctx.stroke();
    ctx.restore();
  },
});

export class LineChart {
  readonly canvas = document.createElement('canvas');
  private readonly chart: Chart<'line', Point[]>;
  private model: Model = { x: [0, 1], y: [0, 1], log: false, lines: [], marks: [] };

  constructor(host: HTMLElement, private readonly options: LineChartOptions) {
    const { sync } = options;
    setAttributes(this.canvas, { role: 'img', tabindex: 0 });
    host.append(this.canvas);
    this.chart = new Chart(this.canvas, {
      type: 'line',
      data: { datasets: [] },
      plugins: [crosshair(sync)],
      options: {
        animation: false, parsing: false, normalized: true, responsive: true, maintainAspectRatio: false, events: [],
        layout: { padding: { top: 6, right: 10 } },
        elements: { line: { borderJoinStyle: 'round' } },
        plugins: {
          annotation: { annotations: [], clip: true },
          zoom: {
            zoom: {
              mode: 'x',
              drag: { enabled: true, threshold: 6 },
              onZoomComplete: ({ chart }) => {
                const { min, max } = chart.scales.x;
                if (!sync.range || min !== sync.range[0] || max !== sync.range[1]) sync.zoom([min, max]);
              },
            },
          },
        },
      },
    });
    on(this.canvas, 'pointermove', (event) => this.follow(event));
    on(this.canvas, 'pointerleave', () => {
      sync.point(undefined);
      hideTooltip();
    });
    on(this.canvas, 'dblclick', () => sync.zoom(undefined));
    on(this.canvas, 'keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !steer(sync, event.key, this.model.x, options.unit())) return;
      event.preventDefault();
      this.explain();
    });
    on(this.canvas, 'blur', () => {
      sync.point(undefined);
      hideTooltip();
    });
    sync.listen((change) => {
      if (change === 'step' && this.canvas.offsetParent !== null) this.chart.draw();
    });
  }

  set label(text: string) {
    if (this.canvas.getAttribute('aria-label') !== text) this.canvas.setAttribute('aria-label', text);
  }

  update(model: Model): void {
    this.model = model;
    const { sync } = this.options;
    const [from, to] = sync.range ?? model.x;
    const { chart } = this;
    const font = { family: theme.font, size: 11 };
    const grid = { color: theme.highContrast ? fade(theme.foreground, 0.35) : fade(theme.foreground, 0.1), drawTicks: false, tickLength: 0, lineWidth: 1 };
    const { log } = model;
    chart.options.scales = {
      x: {
        type: 'linear', min: from, max: to, grid: { display: false, tickLength: 0 }, border: { display: true, color: fade(theme.foreground, 0.25) },
        ticks: { color: theme.dim, font, maxRotation: 0, padding: 4, callback: (value) => count(Number(value)) },
        afterBuildTicks: (axis) => {
          const most = Math.max(2, Math.min(8, Math.floor(axis.width / 62)));
          axis.ticks = linearTicks(axis.min, axis.max, most).filter(Number.isInteger).map((value) => ({ value }));
        },
      },
      y: {
        type: log ? 'logarithmic' : 'linear', min: model.y[0], max: model.y[1], grid, border: { display: false },
        afterFit: (axis) => { axis.width = Math.max(axis.width, 38); },
        ticks: { color: theme.dim, font, padding: 6, callback: (value) => (log && powers(model.y) ? power(Number(value)) : number(Number(value))) },
        afterBuildTicks: (axis) => {
          const most = this.options.yTicks ?? Math.max(3, Math.min(7, Math.floor(axis.height / 36)));
          axis.ticks = (log ? logTicks : linearTicks)(axis.min, axis.max, most).map((value) => ({ value }));
        },
      },
    };
    chart.options.plugins!.annotation!.annotations = model.marks;
    const drag = chart.options.plugins!.zoom!.zoom!.drag!;
    drag.backgroundColor = fade(theme.focus, 0.2);
    drag.borderColor = theme.focus;
    drag.borderWidth = 1;
    chart.data.datasets = model.lines.map((line) => dataset(line, log ? model.y[0] : undefined));
    chart.update('none');
  }

  resize(): void {
    this.chart.resize();
  }

  destroy(): void {
    this.chart.destroy();
  }

  private follow(event: PointerEvent): void {
    const { chartArea: area, scales } = this.chart;
    if (event.buttons > 0 || !area || !scales.x || event.offsetX < area.left - 4 || event.offsetX > area.right + 4) {
      this.options.sync.point(undefined);
      hideTooltip();
      return;
    }
    const step = Math.round(scales.x.getValueForPixel(event.offsetX)!);
    this.options.sync.point(Math.min(this.model.x[1], Math.max(this.model.x[0], step)));
    this.explain(event.clientY);
  }

  /** The values at the crosshair, beside the pointer or, from the keyboard, at the top of the chart. */
  private explain(y?: number): void {
    const { sync, read } = this.options;
    if (sync.step === undefined) return hideTooltip();
    const box = this.canvas.getBoundingClientRect();
    const x = this.chart.scales.x.getPixelForValue(sync.step);
    const { title, lines } = read(sync.step);
    showTooltip(box.left + x, y ?? box.top + this.chart.chartArea.top, title, lines);
  }
}

const powers = ([low, high]: [number, number]): boolean => Math.log10(high / low) > 1.5 && (low < 1e-3 || high > 1e4);

/** On a logarithmic axis a zero lies on the axis itself; Chart.js would leave it out. */
function dataset(line: Line, floor: number | undefined): ChartDataset<'line', Point[]> {
  const points = floor === undefined ? line.points : line.points.map(({ x, y }) => ({ x, y: y <= 0 ? floor : y }));
  return {
    data: points, borderColor: line.colour, backgroundColor: line.fillToNext ?? line.colour, borderWidth: line.width ?? 1.5, borderDash: line.dash ?? [],
    pointRadius: line.marker ?? (points.length === 1 ? 2.5 : 0), pointHoverRadius: 0, pointBackgroundColor: line.colour, pointBorderColor: theme.background, pointBorderWidth: 1,
    fill: line.fillToNext ? '+1' : false, tension: 0, spanGaps: false,
  };
}

