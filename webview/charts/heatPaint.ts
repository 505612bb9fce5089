/** The pictures a heat map is made of. Each function draws one part; `HeatMap` decides when. */
import type { Row } from '../data/store';
import { count } from '../format';
import { theme } from '../theme';
import { linearTicks } from '../../engine/chart/axis';
import { placement, ramp, RAMP_SIZE, type ColourScale } from '../../engine/chart/colour';

export interface HeatRow extends Row {
  name: string;
  /** Rows of different groups are set apart. */
  group: number;
  /** Where a finding speaks of it. */
  fault?: 'error' | 'warning';
}

/** A label at a height, in rows from the top. */
export interface HeatTick {
  row: number;
  text: string;
  /** Drawn even if others have to make room. */
  kept?: true;
}

export interface HeatModel {
  rows: HeatRow[];
  /** In the place of the rows' names. */
  ticks?: HeatTick[];
  /** A dashed line across, in rows from the top, and its name of one letter. */
  line?: { row: number; text: string; colour: string };
  scale: ColourScale;
  /** First and last step. */
  x: [number, number];
  selected: number;
  /** Spans of steps to bracket: [first, last, colour]. */
  spans: [number, number, string][];
}

/** Where things are, in CSS pixels: names to the left of `gutter`, cells from there to `right`, the axis under `plot` pixels of rows. */
export interface HeatLayout {
  top: number;
  gutter: number;
  right: number;
  rowHeight: number;
  plot: number;
  range: [number, number];
  toX(step: number): number;
}

/** Draws one pixel for each cell (rows x columns); scaling it up is the canvas's work. */
export function paintCells(cells: HTMLCanvasElement, { rows, scale }: HeatModel): void {
  const columns = rows[0]?.bins.columns ?? 0;
  if (columns === 0) return;
  cells.width = columns;
  cells.height = rows.length;
  const context = cells.getContext('2d')!;
  const image = context.createImageData(columns, rows.length);
  const colours = ramp(theme.dark);
  const place = placement(scale);
  rows.forEach(({ bins, row }, r) => {
    for (let column = 0; column < columns; column++) {
      const cell = column * bins.rows + row;
      if (bins.broken[cell] > 0 || bins.high[cell] < bins.low[cell]) continue;
      const [red, green, blue] = colours[Math.round(place(bins.high[cell]) * (RAMP_SIZE - 1))];
      const at = (r * columns + column) * 4;
      image.data[at] = red;
      image.data[at + 1] = green;
      image.data[at + 2] = blue;
      image.data[at + 3] = 255;
    }
  });
  context.putImageData(image, 0, 0);
}

/** Columns where their steps are: they cover unequal numbers of steps at the end, and unequal widths when zoomed. */
export function drawCells(context: CanvasRenderingContext2D, cells: HTMLCanvasElement, { rows }: HeatModel, layout: HeatLayout): void {
  const { bins } = rows[0];
  const { top, gutter, right, rowHeight, plot, toX } = layout;
  if (bins.columns === 0) return;
  const gap = rowHeight >= 8 ? 1 : 0;
  context.save();
  context.beginPath();
  context.rect(gutter, top, right - gutter, plot);
  context.clip();
  context.imageSmoothingEnabled = false;
  const end = (column: number): number => Math.ceil(toX(column + 1 < bins.columns ? bins.first[column + 1] : bins.last[column] + 1));
  for (let column = 0; column < bins.columns; column++) {
    const [from, to] = [Math.floor(toX(bins.first[column])), end(column)];
    if (to < gutter || from > right) continue;
    context.drawImage(cells, column, 0, 1, rows.length, from, top, Math.max(1, to - from), plot);
  }
  drawBroken(context, rows, layout, end);
  context.fillStyle = theme.background;
  for (let r = 1; r < rows.length; r++) {
    const height = rows[r].group === rows[r - 1].group ? gap : 3;
    context.fillRect(gutter, top + r * rowHeight - height / 2, right - gutter, height);
  }
  context.restore();
}

/** Not a colour of the ramp: stripes over whole runs of broken columns, so that NaN cannot be read as a value. */
function drawBroken(context: CanvasRenderingContext2D, rows: HeatRow[], { top, rowHeight, toX }: HeatLayout, end: (column: number) => number): void {
  const stripes = context.createPattern(stripedTile(), 'repeat')!;
  rows.forEach(({ bins, row }, r) => {
    for (let column = 0; column < bins.columns; column++) {
      if (bins.broken[column * bins.rows + row] === 0) continue;
      const from = Math.floor(toX(bins.first[column]));
      while (column + 1 < bins.columns && bins.broken[(column + 1) * bins.rows + row] > 0) column++;
      for (const fill of [theme.background, stripes]) {
        context.fillStyle = fill;
        context.fillRect(from, top + r * rowHeight, Math.max(2, end(column) - from), rowHeight);
      }
    }
  });
}

/** One tile of diagonal stripes. */
function stripedTile(): HTMLCanvasElement {
  const size = 5;
  const tile = document.createElement('canvas');
  [tile.width, tile.height] = [size, size];
  const context = tile.getContext('2d')!;
  context.strokeStyle = theme.red;
  context.lineWidth = 1.1;
  context.beginPath();
  // Three parallels, so that the corners of neighbouring tiles join.
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift - 1, size + 1);
    context.lineTo(shift + size + 1, -1);
  }
  context.stroke();
  return tile;
}

/** As many names as have room; the chosen one always, its neighbours then not. */
export function drawNames(context: CanvasRenderingContext2D, { rows, selected }: HeatModel, { top, gutter, rowHeight }: HeatLayout): void {
  const every = Math.ceil(13 / rowHeight);
  rows.forEach(({ name, fault }, r) => {
    const chosen = r === selected;
    if (!chosen && (r % every !== 0 || (every > 1 && Math.abs(r - selected) < every))) return;
    const y = top + (r + 0.5) * rowHeight + 0.5;
    context.textAlign = 'right';
    context.fillStyle = chosen ? theme.foreground : theme.dim;
    context.font = nameFont(chosen);
    context.fillText(fit(context, name, gutter - 22), gutter - 7, y);
    if (!fault) return;
    context.fillStyle = fault === 'error' ? theme.red : theme.yellow;
    context.textAlign = 'left';
    context.fillText(fault === 'error' ? '●' : '▲', 2, y);
  });
}

/** As many as have room. */
export function drawTicks(context: CanvasRenderingContext2D, ticks: HeatTick[], { top, gutter, rowHeight }: HeatLayout): void {
  context.textAlign = 'right';
  context.fillStyle = theme.dim;
  context.font = nameFont(false);
  const drawn: number[] = [];
  for (const { row, text } of ticks.toSorted((a, b) => Number(b.kept ?? false) - Number(a.kept ?? false))) {
    const y = top + row * rowHeight;
    if (drawn.some((other) => Math.abs(other - y) < 13)) continue;
    context.fillText(text, gutter - 6, y);
    drawn.push(y);
  }
}

export function drawLine(context: CanvasRenderingContext2D, { row, text, colour }: NonNullable<HeatModel['line']>, { top, gutter, right, rowHeight }: HeatLayout): void {
  const y = Math.round(top + row * rowHeight) + 0.5;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(gutter, y);
  context.lineTo(right, y);
  context.stroke();
  context.setLineDash([]);
  context.textAlign = 'left';
  context.fillStyle = colour;
  context.font = nameFont(true);
  context.fillText(text, right + 2, y);
}

export const nameFont = (chosen: boolean): string => `${chosen ? '600 ' : ''}11px ${theme.font}`;

/** The text, shortened in the middle where it is too wide: both the layer and the parameter stay readable. */
function fit(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  for (let keep = text.length - 2; keep > 2; keep--) {
    const short = `${text.slice(0, Math.ceil(keep / 2))}…${text.slice(text.length - Math.floor(keep / 2))}`;
    if (context.measureText(short).width <= width) return short;
  }
  return '…';
}

export function drawAxis(context: CanvasRenderingContext2D, { top, gutter, right, plot, range, toX }: HeatLayout): void {
  context.fillStyle = theme.dim;
  context.font = nameFont(false);
  context.textAlign = 'center';
  const most = Math.max(2, Math.min(8, Math.floor((right - gutter) / 78)));
  for (const tick of linearTicks(...range, most).filter(Number.isInteger)) {
    const text = count(tick);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.min(right + 9 - half, Math.max(gutter + half, toX(tick))), top + plot + 12);
  }
}

/** A bracket above the rows over the steps of a fault; open to the right while it lasts. */
export function drawSpan(context: CanvasRenderingContext2D, [first, last, colour]: HeatModel['spans'][number], end: number, layout: HeatLayout): void {
  const { top, gutter, right: edge, plot, toX } = layout;
  const left = Math.max(gutter, toX(first));
  const right = Math.min(edge, Math.max(toX(last + 1), left + 3));
  if (right < gutter || left > edge) return;
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1;
  context.fillRect(left, 1, right - left, 2.5);
  context.setLineDash([3, 3]);
  for (const x of last >= end ? [left] : [left, right]) line(context, x, 1, top + plot);
  context.setLineDash([]);
}

export function drawCrosshair(context: CanvasRenderingContext2D, step: number, { top, gutter, right, plot, toX }: HeatLayout): void {
  const x = toX(step + 0.5);
  if (x < gutter || x > right) return;
  context.strokeStyle = theme.foreground;
  context.lineWidth = 1;
  line(context, x, top, top + plot);
}

function line(context: CanvasRenderingContext2D, x: number, from: number, to: number): void {
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, from);
  context.lineTo(Math.round(x) + 0.5, to);
  context.stroke();
}
