import { describe, expect, test } from 'vitest';
import { chart, sparkline } from '../../extension/editor/sparkline';

const options = { width: 64, height: 13, tone: 'plain', theme: 'dark' } as const;
const decode = (uri: string) => Buffer.from(uri.replace('data:image/svg+xml;base64,', ''), 'base64').toString();

/** The points of the only curve, read back from the picture. */
function points(uri: string): [number, number][] {
  const d = /<path d="([^"]*)" fill="none"/.exec(decode(uri))![1];
  return [...d.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map((match) => [Number(match[1]), Number(match[2])]);
}

describe('sparkline', () => {
  test('runs from the left edge to the right, the largest value on top', () => {
    expect(points(sparkline([0, 10, 5], options))).toEqual([[1, 12], [32, 1], [63, 6.5]]);
  });

  test('draws equal values in the middle', () => {
    expect(points(sparkline([3, 3], options)).map(([, y]) => y)).toEqual([6.5, 6.5]);
  });

  test('spaces powers of ten evenly on a log scale, and leaves out what has no logarithm', () => {
    expect(points(sparkline([1, 10, 0, 100], { ...options, log: true })).map(([, y]) => y)).toEqual([12, 6.5, 1]);
  });

  test('noise within a power of ten stays small on a log scale', () => {
    const heights = points(sparkline([1, 1.1, 0.95, 1.05], { ...options, log: true })).map(([, y]) => y);
    expect(Math.max(...heights) - Math.min(...heights)).toBeLessThan(1);
  });

  test('starts anew after a NaN', () => {
    const d = decode(sparkline([1, 2, NaN, 1, 2], options));
    expect(d.match(/M[\d.]+ /g)).toHaveLength(2);
  });

  test('keeps a spike of one step among 100,000', () => {
    const series = Array.from({ length: 100_000 }, (_, i) => (i === 61_803 ? 50 : 1));
    const drawn = points(sparkline(series, options));
    expect(drawn.length).toBeLessThan(100);
    expect(Math.min(...drawn.map(([, y]) => y))).toBe(1);
  });

  test('draws nothing where nothing is finite', () => {
    expect(decode(sparkline([NaN, Infinity], options))).toContain('d=""');
    expect(decode(sparkline([], options))).toContain('d=""');
  });

  test('the big picture names the extremes and the steps', () => {
    const text = decode(chart([2, 0.5, 7], { ...options, width: 360, height: 100, from: 1, to: 225, format: String }));
    for (const label of ['>7<', '>0.5<', '>1<', '>225<']) expect(text).toContain(label);
  });

  test('colours differ between themes and tones', () => {
    const all = (['light', 'dark'] as const).flatMap((theme) => (['plain', 'good', 'warning', 'error'] as const).map((tone) => sparkline([1, 2], { ...options, theme, tone })));
    expect(new Set(all).size).toBe(8);
  });
});
