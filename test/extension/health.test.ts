import { describe, expect, test } from 'vitest';
import { activationQuantities, parameterQuantities, type StepRecord } from '../../engine/run/record';
import { lineResults } from '../../extension/editor/lineResults';
import { healthSymbol, layerHealth, type HealthState } from '../../extension/runs/health';
import { explosion, header, run, steps } from './syntheticRun';

/** Thirty steps with these values in the last one. */
function withLast(change: Partial<Record<(typeof parameterQuantities)[number], number>>, activation: Partial<Record<(typeof activationQuantities)[number], number>> = {}): StepRecord[] {
  const records = steps(30);
  for (const [name, value] of Object.entries(change)) {
    records.at(-1)!.parameters![parameterQuantities.indexOf(name as never)] = value;
    records.at(-1)!.parameters![parameterQuantities.length + parameterQuantities.indexOf(name as never)] = value;
  }
  for (const [name, value] of Object.entries(activation)) records.at(-1)!.activations![activationQuantities.indexOf(name as never)] = value;
  return records;
}

const stateOf = (layer: string, records: StepRecord[], findings = [] as typeof explosion): HealthState | undefined =>
  layerHealth({ header: header(), steps: records }, findings).find((health) => health.layer === layer)?.state;

describe('health of a layer', () => {
  test.each<[HealthState, Parameters<typeof withLast>[0]]>([
    ['healthy', {}],
    ['notFinite', { nonFinite: 3 }],
    ['notFinite', { gradientNorm: NaN }],
    ['dead', { gradientNorm: 0 }],
    ['vanishing', { gradientMeanAbs: 9e-8 }],
    ['healthy', { gradientMeanAbs: 2e-7 }],
    ['exploding', { gradientNorm: 120 }],
    ['healthy', { gradientNorm: 20 }],
  ])('%s for %o', (state, change) => expect(stateOf('dense1', withLast(change))).toBe(state));

  test.each<[HealthState, Parameters<typeof withLast>[1]]>([
    ['healthy', { deadShare: 0.5 }],
    ['dead', { deadShare: 0.51 }],
    ['notFinite', { nonFinite: 1 }],
  ])('%s for an activation with %o', (state, activation) => expect(stateOf('relu1', withLast({}, activation))).toBe(state));

  test('a finding decides over the thresholds', () => expect(stateOf('dense1', steps(30), explosion)).toBe('exploding'));

  test('the gradient of a layer is the norm over all its parameters', () => {
    const records = steps(10);
    const [layer] = layerHealth({ header: header(), steps: records }, []);
    const norm = (i: number) => records.at(-1)!.parameters![i * parameterQuantities.length + parameterQuantities.indexOf('gradientNorm')];
    expect(layer.value).toBeCloseTo(Math.sqrt(norm(0) ** 2 + norm(1) ** 2), 12);
  });

  test('a long run is thinned, its newest step is kept', () => {
    const records = steps(5000);
    const [layer] = layerHealth({ header: header(), steps: records }, []);
    expect(layer.series.length).toBeLessThanOrEqual(240);
    expect(layer.value).toBe(layer.series.at(-1));
    expect(layer.value).toBe(layerHealth({ header: header(), steps: records.slice(-1) }, [])[0].value);
  });

  test('every state has a symbol of its own: nothing is told by colour alone', () =>
    expect(new Set(Object.values(healthSymbol)).size).toBe(Object.keys(healthSymbol).length));
});

describe('lines of the run file', () => {
  const texts = (change?: Parameters<typeof run>[0]) => Object.fromEntries(lineResults(run(change)).map(({ path, text }) => [path, text]));

  test('the loss, every layer with parameters, every activation, in forward order', () =>
    expect(lineResults(run()).map(({ path }) => path)).toEqual(['loss', 'model.layers.0', 'model.layers.1', 'model.layers.2']));

  test('figures and a word for the state', () => {
    expect(texts({ steps: steps(45) })).toMatchObject({ loss: expect.stringMatching(/^[\d.]+ · 90\.0 % accuracy$/), 'model.layers.1': 'dead units 12 % ✓ healthy' });
    expect(texts({ findings: explosion })['model.layers.0']).toMatch(/^\|g\| [\d.]+ ▲ exploding$/);
  });

  test('a loss that is no number is said', () => {
    const records = steps(3);
    records[2].loss = NaN;
    expect(texts({ steps: records, status: 'diverged' }).loss).toBe('NaN · ▲ diverged');
  });

  test('a run without a step shows nothing', () => expect(lineResults(run({ steps: [] }))).toEqual([]));
});
