import { describe, expect, it } from 'vitest';
import { placement, ramp } from '../../engine/chart/colour';

/** Relative luminance, WCAG 2.2. */
function luminance(rgb: number[]): number {
  const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** What a person without one kind of cone sees (Machado, Oliveira and Fernandes 2009, severity 1, on linear values). */
const blindness: Record<string, number[][]> = {
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const seen = (rgb: number[], matrix: number[][]): number => {
  const linear = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  const [r, g, b] = matrix.map((row) => row.reduce((sum, weight, i) => sum + weight * linear[i], 0));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

/** Rounding to 8 bits may turn a neighbouring pair by one level; eight entries apart it cannot. */
const rises = (values: number[]): boolean => values.every((value, i) => i < 8 || value > values[i - 8]);

describe.each([['dark', true], ['light', false]] as const)('the %s ramp', (_, dark) => {
  const colours = dark ? ramp(dark) : ramp(dark).reverse();
  it('has a lightness that only rises', () => expect(rises(colours.map(luminance))).toBe(true));
  it.each(Object.keys(blindness))('keeps its order for %s', (kind) => expect(rises(colours.map((rgb) => seen(rgb, blindness[kind])))).toBe(true));
  it('spans most of the range of lightness', () => expect(luminance(colours.at(-1)!) / luminance(colours[0])).toBeGreaterThan(10));
});

describe('place on the ramp', () => {
  const scale = { low: 1e-6, high: 1e2, log: true };
  it.each([[1e-6, 0], [1e2, 1], [1e-2, 0.5], [0, 0], [1e9, 1], [1e-30, 0]])('log: %f at %f', (value, at) => expect(placement(scale)(value)).toBeCloseTo(at, 12));
  it.each([[-1, 0], [0, 0.5], [1, 1], [7, 1]])('linear: %f at %f', (value, at) => expect(placement({ low: -1, high: 1, log: false })(value)).toBeCloseTo(at, 12));
  it('is monotone', () => {
    const places = Array.from({ length: 200 }, (_, i) => placement(scale)(10 ** (-8 + i * 0.06)));
    expect(places.every((value, i) => i === 0 || value >= places[i - 1])).toBe(true);
  });
});
