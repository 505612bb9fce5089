/** Numbers as text, the same everywhere: plain between 0.001 and 9,999, else 1.2e-5. */
export { setting } from '../engine/run/changes';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A measured value with `digits` significant digits. */
export function number(value: number, digits = 3): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e-3 && size < 1e4 ? plain(value, size, digits) : exponent(value, digits);
  return text.replace(/^-/, '−');
}

function plain(value: number, size: number, digits: number): string {
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return size >= 1000 ? grouped.format(value) : trim(value.toFixed(decimals));
}

function exponent(value: number, digits: number): string {
  const [mantissa, power] = value.toExponential(digits - 1).split('e');
  return `${trim(mantissa)}e${Number(power)}`;
}

const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);

/** Tick of a logarithmic axis at a power of ten: 1e-3, 0.01 and 100 would mix two notations on one axis. */
export const power = (value: number): string => {
  const [mantissa, ten] = value.toExponential(0).split('e');
  return `${mantissa}e${Number(ten)}`;
};

export const percent = (share: number): string => `${number(100 * share, 2)} %`;

/** Steps and counts: 1,240. */
export const count = (value: number): string => grouped.format(value);

const units: [number, string][] = [[1e9, ' G'], [1e6, ' M'], [1e3, ' k']];

/** 14.2 k. */
export function compact(value: number): string {
  const unit = units.find(([size]) => value >= size);
  return unit ? `${number(value / unit[0])}${unit[1]}` : number(value);
}

/** 38 s, 4 min 10 s, 1 h 12 min. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

/** 64 × 32 × 3 × 3. */
export const shape = (dims: readonly number[]): string => (dims.length > 0 ? dims.map(count).join(' × ') : 'scalar');
