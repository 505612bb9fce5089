/**
 * Colour ramps of the heat map. Lightness rises (dark themes) or falls (light themes) evenly from the lowest to the highest value, and hue moves
 * between blue and yellow only, so that order survives colour blindness and greyscale; a rainbow has neither property.
 * Interpolated in OKLab (Ottosson 2020), where equal distances look equal.
 */
type Triple = [number, number, number];

/** OKLCH stops: lightness, chroma, hue in degrees. */
const ramps: Record<'dark' | 'light', Triple[]> = {
  dark: [[0.27, 0.07, 280], [0.42, 0.11, 258], [0.57, 0.1, 215], [0.71, 0.11, 170], [0.84, 0.15, 115], [0.96, 0.12, 98]],
  light: [[0.97, 0.03, 100], [0.87, 0.1, 120], [0.73, 0.1, 170], [0.58, 0.1, 218], [0.43, 0.12, 260], [0.28, 0.1, 285]],
};

const toLab = ([l, c, h]: Triple): Triple => [l, c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)];

function toRgb([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return linear.map((value) => {
    const x = Math.min(1, Math.max(0, value));
    return Math.round(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055));
  }) as Triple;
}

export const RAMP_SIZE = 256;

/** 256 colours [r, g, b], from the lowest to the highest value. */
export function ramp(dark: boolean): Triple[] {
  const stops = ramps[dark ? 'dark' : 'light'].map(toLab);
  return Array.from({ length: RAMP_SIZE }, (_, i) => {
    const at = (i / (RAMP_SIZE - 1)) * (stops.length - 1);
    const k = Math.min(stops.length - 2, Math.floor(at));
    const mix = (j: number): number => stops[k][j] + (stops[k + 1][j] - stops[k][j]) * (at - k);
    return toRgb([mix(0), mix(1), mix(2)]);
  });
}

export interface ColourScale {
  low: number;
  high: number;
  log: boolean;
}

/** Gives the place of finite values on the ramp, 0 to 1, the ends included; a zero on a logarithmic scale is the low end. */
export function placement({ low, high, log }: ColourScale): (value: number) => number {
  const f = log ? (x: number) => Math.log10(Math.max(x, Number.MIN_VALUE)) : (x: number) => x;
  const [from, span] = [f(low), f(high) - f(low)];
  return (value) => Math.min(1, Math.max(0, (f(value) - from) / span));
}
