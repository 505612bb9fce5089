/** Parallel coordinates (Inselberg 1985): an upright axis for every quantity, a line for every run. */
import { formatNumber } from '../diagnosis/numbers';
import { placement } from './colour';
import { heatColours } from './heat';
import { markup, type Markup } from './markup';
import { shorten } from './plane';
import { at, isWide, picture } from './plot';

/** Place of the worst on the colour ramp, whose very end is hard to see as a thin line. */
const faintest = 0.2;

export interface ParallelAxis {
  title: string;
  /** Values of the runs: numbers, or texts where one of them is no number; undefined where a run has none. */
  values: readonly (number | string | undefined)[];
  /** The smallest stands on top. */
  inverted?: boolean;
}

/** The last axis gives the colour; `names` of the runs are shown when one is pointed at. */
export function parallelChart({ width, height, label, axes, names }: { width: number; height: number; label: string; axes: readonly ParallelAxis[]; names: readonly string[] }): Markup | undefined {
  const last = axes.at(-1)!;
  const scored = last.values.flatMap((value, i) => (typeof value === 'number' && Number.isFinite(value) ? [i] : []));
  if (scored.length === 0) return undefined;
  const [top, bottom] = [34, height - 18];
  const scales = axes.map((axis) => scaleOf(axis, scored));
  const left = Math.min(150, 16 + 6.2 * Math.max(...scales[0].ticks.map(({ text }) => text.length)));
  const x = (a: number): number => left + (a / Math.max(1, axes.length - 1)) * (width - left - 64);
  const y = (a: number, value: number | string): number => bottom - scales[a].place(value) * (bottom - top);
  // Drawn last, so on top: the best.
  const order = scored.toSorted((a, b) => scales.at(-1)!.place(last.values[a]!) - scales.at(-1)!.place(last.values[b]!));
  return picture(width, height, label,
    order.map((i) => {
      const share = scales.at(-1)!.place(last.values[i]!);
      const path = axes.flatMap((axis, a) => (axis.values[i] === undefined ? [] : [`${at(x(a))} ${at(y(a, axis.values[i]!))}`])).join('L');
      return markup`<path d="M${path}" fill="none" stroke="var(--heat-${Math.round((faintest + (1 - faintest) * share) * (heatColours - 1))})" stroke-width="${i === order.at(-1) ? 3 : 1.6}" stroke-linejoin="round"><title>${names[i]}</title></path>`;
    }),
    axes.map((axis, a) => markup`<path d="M${at(x(a))} ${top}V${bottom}" stroke="var(--chart-axis)"/><text x="${at(x(a))}" y="14" text-anchor="${a === 0 ? 'start' : a === axes.length - 1 ? 'end' : 'middle'}" fill="var(--chart-strong)">${shorten(axis.title, Math.max(8, Math.floor(width / axes.length / 6.4)))}</text>
${scales[a].ticks.map((tick) => markup`<text x="${at(x(a) + (a === axes.length - 1 ? 6 : -6))}" y="${at(y(a, tick.value) + 3.5)}" text-anchor="${a === axes.length - 1 ? 'start' : 'end'}" stroke="var(--chart-background)" stroke-width="3" paint-order="stroke">${shorten(tick.text, a === 0 ? 21 : 14)}</text>`)}`));
}

interface Scale {
  /** 0 at the bottom, 1 on top. */
  place(value: number | string): number;
  ticks: { value: number | string; text: string }[];
}

function scaleOf({ values, inverted = false }: ParallelAxis, shown: readonly number[]): Scale {
  const known = shown.flatMap((i) => (values[i] === undefined ? [] : [values[i]]));
  const flip = (share: number): number => (inverted ? 1 - share : share);
  if (known.some((value) => typeof value === 'string') || new Set(known).size === 1) {
    const texts = [...new Set(known.map(String))];
    return { place: (value) => flip((texts.indexOf(String(value)) + 0.5) / texts.length), ticks: texts.map((text) => ({ value: text, text })) };
  }
  const numbers = known as number[];
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const log = isWide(numbers) && low > 0;
  const place = placement({ low, high, log });
  const few = [...new Set(numbers)].sort((a, b) => a - b);
  const ticks = few.length <= 7 ? few : [0, 1, 2, 3, 4].map((i) => (log ? low * (high / low) ** (i / 4) : low + ((high - low) * i) / 4));
  return { place: (value) => flip(place(Number(value))), ticks: ticks.map((value) => ({ value, text: formatNumber(value) })) };
}
