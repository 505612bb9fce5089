import { describe, expect, it } from 'vitest';
import { compact, count, duration, number, power, setting, shape } from '../../webview/format';

describe('formats', () => {
  it.each<[number, string]>([
    [0, '0'], [1, '1'], [2.302585, '2.3'], [0.0123456, '0.0123'], [0.001, '0.001'], [0.000999, '9.99e-4'], [1e-8, '1e-8'], [123.4, '123'], [1240, '1,240'], [9999, '9,999'],
    [34100, '3.41e4'], [1e30, '1e30'], [-0.5, '−0.5'], [-3.2e-7, '−3.2e-7'], [NaN, 'NaN'], [Infinity, '∞'], [-Infinity, '−∞'], [100, '100'], [0.1, '0.1'],
  ])('number(%f) is %s', (value, text) => expect(number(value)).toBe(text));

  it('number takes more digits', () => expect(number(Math.log(10), 4)).toBe('2.303'));

  it.each<[unknown, string]>([[0.0012, '0.0012'], [1e-8, '1e-8'], [3e-5, '3e-5'], [128, '128'], [0.999, '0.999'], ['leakyRelu', 'leakyRelu'], [{ conv2d: { filters: 8, kernel: [3, 3] } }, '{conv2d: {filters: 8, kernel: [3, 3]}}'], [true, 'true']])(
    'setting(%j) is %s', (value, text) => expect(setting(value)).toBe(text));

  it.each<[number, string]>([[1e-3, '1e-3'], [1, '1e0'], [1e6, '1e6']])('power(%f) is %s', (value, text) => expect(power(value)).toBe(text));
  it.each<[number, string]>([[14_213, '14.2 k'], [950, '950'], [2.5e6, '2.5 M'], [7e9, '7 G']])('compact(%f) is %s', (value, text) => expect(compact(value)).toBe(text));
  it.each<[number, string]>([[38.4, '38 s'], [250, '4 min 10 s'], [4320, '1 h 12 min'], [-1, '0 s']])('duration(%f) is %s', (value, text) => expect(duration(value)).toBe(text));

  it('count groups thousands', () => expect(count(100_000)).toBe('100,000'));
  it('shape', () => expect([shape([64, 32, 3, 3]), shape([])]).toEqual(['64 × 32 × 3 × 3', 'scalar']));
});
