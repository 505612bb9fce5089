import { describe, expect, it } from 'vitest';
import { advance, type Progress, rungsOf } from '../../engine/sweep/plan';
import { parseSweepFile, type SweepConfig } from '../../engine/sweep/schema';
import { type Trial, trialsOf } from '../../engine/sweep/space';
import { shortKeys, valueText } from '../../engine/sweep/table';

const sweep = (config: object): SweepConfig => parseSweepFile(JSON.stringify({ runFile: 'a.train.json', ...config }), 'a.sweep.json');
const trials = (config: object): Trial[] => trialsOf(sweep(config));

describe('trials', () => {
  it('a grid has every combination once, the last parameter varies fastest', () => {
    expect(trials({ parameters: { a: [1, 2], 'b.c': ['x', 'y', 'z'] } }).map(({ values }) => Object.values(values).join(''))).toEqual(['1x', '1y', '1z', '2x', '2y', '2z']);
  });

  it('random draws lie within their bounds, on the scale that was asked for, and depend on the seed alone', () => {
    const config = { parameters: { log: { type: 'logUniform', min: 1e-5, max: 1e-1 }, flat: { type: 'uniform', min: -1, max: 3 }, whole: { type: 'integer', min: 2, max: 4 }, one: ['p', 'q'] }, search: { type: 'random', runs: 2000, seed: 7 } };
    const drawn = trials(config).map(({ values }) => values as { log: number; flat: number; whole: number; one: string });
    expect(trials(config)).toEqual(trials(config));
    expect(trials({ ...config, search: { ...config.search, seed: 8 } })).not.toEqual(trials(config));
    // Means of 2,000 uniform draws: standard error = width / sqrt(12 x 2000); five of them are allowed.
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    expect(Math.abs(mean(drawn.map(({ log }) => Math.log10(log))) + 3)).toBeLessThan((5 * 4) / Math.sqrt(24_000));
    expect(Math.abs(mean(drawn.map(({ flat }) => flat)) - 1)).toBeLessThan((5 * 4) / Math.sqrt(24_000));
    expect(drawn.every(({ log, flat }) => log >= 1e-5 && log <= 1e-1 && flat >= -1 && flat <= 3)).toBe(true);
    expect(new Set(drawn.map(({ whole }) => whole))).toEqual(new Set([2, 3, 4]));
    expect(new Set(drawn.map(({ one }) => one))).toEqual(new Set(['p', 'q']));
  });

  it.each([
    [{ parameters: {} }, 'parameters: names no key of the run file'],
    [{ parameters: { a: { type: 'uniform', min: 2, max: 1 } } }, 'parameters.a: has max 1, which must be above min 2'],
    [{ parameters: { a: { type: 'uniform', min: 0, max: 1 } } }, 'parameters.a: is a distribution, which a grid has no use for: write a list of values, or "search": {"type": "random", "runs": 20}'],
    [{ parameters: { a: { type: 'uniform', min: 0, max: 1 } }, search: { type: 'successiveHalving' } }, 'parameters.a: is a distribution, which needs "runs" in "search"'],
    [{ parameters: { a: [1], b: [2] }, search: { type: 'random', runs: 20_000 } }, 'search.runs: must be at most 10000, found 20000'],
  ])('a mistake is one sentence (%#)', (config, sentence) => expect(() => trials(config)).toThrow(sentence));

  it('an unknown key of the sweep file names its place', () => {
    expect(() => parseSweepFile('{\n  "runFile": "a.train.json",\n  "parameter": {}\n}', 'x.sweep.json')).toThrow(/^x\.sweep\.json:3:3: unknown key parameter, did you mean "parameters"\?/);
  });
});

describe('successive halving', () => {
  const search = (options: object = {}): SweepConfig['search'] => sweep({ parameters: { a: [1] }, search: { type: 'successiveHalving', ...options } }).search;

  it.each([
    [27, 9, {}, ['1x27', '3x9', '9x3']],
    [27, 27, {}, ['1x27', '3x9', '9x3', '27x1']],
    [9, 100, {}, ['1x9', '3x3', '100x1']],
    [8, 4, { reduction: 2 }, ['1x8', '2x4', '4x2']],
    [10, 20, { minEpochs: 5, reduction: 4 }, ['5x10', '20x2']],
    [4, 2, { minEpochs: 5 }, ['2x4']],
  ])('%i runs of %i epochs', (runs, epochs, options, expected) => {
    expect(rungsOf(search(options), runs, epochs).map((rung) => `${rung.epochs}x${rung.runs}`)).toEqual(expected);
  });

  it('the best of a rung go on once all of it are there, whatever they have done since', () => {
    const list = Array.from({ length: 9 }, (_, i): Trial => ({ number: i + 1, values: {} }));
    const rungs = rungsOf(search(), 9, 9);
    const costs = [5, 1, 7, 3, 9, 2, 8, 4, 6];
    const epochs = Array(9).fill(0);
    const progress = ({ number }: Trial): Progress => ({ epochs: epochs[number - 1], ended: number === 5, cost: () => costs[number - 1] });
    const next = () => {
      const { open, epochs: wanted } = advance(rungs, list, progress);
      return [wanted, ...open.map(({ number }) => number)];
    };
    expect(next()).toEqual([1, 1, 2, 3, 4, 6, 7, 8, 9]);
    epochs.fill(1, 0, 8);
    expect(next()).toEqual([1, 9]);
    epochs[8] = 1;
    expect(next()).toEqual([3, 2, 6, 4]);
    epochs[5] = 3;
    expect(next()).toEqual([3, 2, 4]);
    epochs[1] = epochs[3] = 3;
    expect(next()).toEqual([9, 2]);
    epochs[1] = 9;
    expect(next()).toEqual([9]);
  });
});

it('keys are named by as many words as tell them apart', () => {
  expect(shortKeys(['optimizer', 'optimizer.learningRate', 'model.layers.0.dense', 'model.layers.2.dense'])).toEqual(['optimizer', 'learningRate', '0.dense', '2.dense']);
  expect([0.001, 'adam', { type: 'sgd', momentum: 0.9 }, [1, 2]].map(valueText)).toEqual(['0.001', 'adam', 'sgd, momentum 0.9', '[1, 2]']);
});
