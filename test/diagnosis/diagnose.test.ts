import { describe, expect, it } from 'vitest';
import { diagnose } from '../../engine/diagnosis/diagnose';
import type { Finding } from '../../engine/diagnosis/finding';
import { rules } from '../../engine/diagnosis/rules';
import { parameterQuantities, type StepRecord } from '../../engine/run/record';
import { buildRecord, type Spec } from './builder';
import { cases, type Expected } from './cases';
import { generalTwins } from './generalCases';
import { staticTwins } from './staticCases';

const faults = (findings: Finding[]): Finding[] => findings.filter(({ severity }) => severity !== 'information');

function check(spec: Spec, expected: Expected): void {
  const [root, ...others] = diagnose(buildRecord(spec));
  expect(root).toMatchObject({ rule: expected.rule, severity: expected.severity, step: expected.step, target: { path: expected.path } });
  expect(root.symptomOf).toBeUndefined();
  if (expected.edit) expect(root.remedies[0]?.edits[0]).toMatchObject(expected.edit);
  // Hints stand beside it.
  expect(faults(others).map(({ rule, symptomOf }) => ({ rule, symptomOf }))).toEqual((expected.symptoms ?? []).map((rule) => ({ rule, symptomOf: root.id })));
}

describe('one record per fault', () => {
  for (const [name, [spec, expected]] of Object.entries(cases)) it(name, () => check(spec, expected));
  it('has a record for every rule', () => {
    expect(new Set(Object.values(cases).map(([, { rule }]) => rule))).toEqual(new Set(rules.map(({ id }) => id)));
  });
});

describe('healthy runs have no finding', () => {
  const healthy: Record<string, Spec> = {
    'default': {},
    'long': { steps: 3000, stepsPerEpoch: 100 },
    'slow': { steps: 300, loss: (step, noise) => 2.3 * Math.exp(-step / 250) * (1 + 0.1 * noise) },
    'noisy batches': { steps: 400, loss: (step, noise) => (0.2 + 2.1 * Math.exp(-step / 80)) * (1 + 0.35 * noise) },
    'converged': { steps: 600, loss: (step) => 2.3 * Math.exp(-step / 30), parameter: (step) => ({ gradientMeanAbs: 3e-3 * Math.exp(-step / 30), epsilonShare: Math.min(0.9, 1e-6 * Math.exp(step / 30)), updateStd: 0.072 * 3e-3 * Math.exp(-step / 30) }) },
    'learning rate decayed to zero': { steps: 200, learningRate: (step) => 1e-3 * (1 - step / 200), parameter: (step) => ({ updateStd: 0.072 * 3e-3 * (1 - step / 200) }) },
    'warm-up': { steps: 200, learningRate: (step) => 1e-3 * Math.min(1, step / 100), loss: (step, noise) => 2.3 * Math.exp(-Math.max(0, step - 40) / 60) * (1 + 0.1 * noise), parameter: (step) => ({ updateStd: 0.072 * 3e-3 * Math.min(1, step / 100) }) },
    'late outlier batches': { steps: 400, gradientNorm: (step, noise) => (step % 50 === 0 ? 100 : 1 + 0.1 * noise), loss: (step, noise) => (step % 50 === 0 ? 20 : 0.5 + 0.05 * noise + 1.8 * Math.exp(-step / 40)) },
    'constant inputs: zero gradients have no second moment': { steps: 200, parameter: () => ({ gradientZeroShare: 0.4, epsilonShare: 0.4 }) },
    'regression': { steps: 300, classes: 0, config: { loss: 'mse' }, loss: (step, noise) => (0.3 + 900 * Math.exp(-step / 20)) * Math.exp(0.4 * noise), gradientNorm: (step, noise) => 5000 * Math.exp(-step / 20 + 0.3 * noise) + 1 },
    'linear regression with large early updates': { steps: 300, classes: 0, config: { loss: 'mse' }, loss: (step, noise) => 14 * Math.exp(-step / 40) * (1 + 0.2 * noise), parameter: (step) => ({ updateStd: 0.072 * 0.14 * Math.exp(-step / 40) }) },
    'validation at its floor': { steps: 600, validation: (epoch) => ({ loss: 0.3 + 0.01 * (epoch % 5), metric: 0.9 }) },
    'weights that start at zero': { steps: 200, parameter: (step, depth) => (depth === 4 ? { weightStd: step === 1 ? 0 : 0.01, updateStd: 0.01 } : {}) },
    'clipped to a hundredth of what the sharpness is measured of': { config: { clip: { globalNorm: 0.01 } }, steps: 60, gradientNorm: () => 1, clipped: (step) => step > 20, sharpness: (step) => (step === 50 ? 3e6 : undefined) },
    'one epoch': { steps: 11, stepsPerEpoch: 11 },
  };
  for (const [name, spec] of Object.entries(healthy)) {
    it(name, () => {
      for (let seed = 1; seed <= 20; seed++) expect({ seed, found: faults(diagnose(buildRecord({ ...spec, seed }))) }).toEqual({ seed, found: [] });
    });
  }
});

describe('before the first step there is nothing to say of', () => {
  for (const [name, spec] of Object.entries(staticTwins)) it(name, () => expect(diagnose(buildRecord(spec))).toEqual([]));
});

describe('a twin without the fault has no finding', () => {
  for (const [name, spec] of Object.entries(generalTwins)) it(name, () => expect(faults(diagnose(buildRecord(spec)))).toEqual([]));
});

describe('findings are stable', () => {
  const identity = ({ id, step, remedies }: Finding) => ({ id, step, remedies });
  for (const name of Object.keys(cases)) {
    it(`${name}: same from every longer record`, () => {
      const { header, steps } = buildRecord(cases[name][0]);
      let before: Finding[] = [];
      for (let length = 0; length <= steps.length; length++) {
        const now = diagnose({ header, steps: steps.slice(0, length) });
        for (const finding of before) expect(now.map(identity)).toContainEqual(identity(finding));
        before = now;
      }
    });
  }
});

describe('settings of the run file', () => {
  const [spec] = cases['learning rate far too large for Adam, seen in eleven steps'];
  const found = (diagnosis: unknown) => diagnose(buildRecord({ ...spec, config: { ...spec.config, diagnose: diagnosis } })).filter(({ rule }) => rule === 'update-ratio');
  it('silences a rule', () => expect(found({ rules: { 'update-ratio': 'off' } })).toEqual([]));
  it('sets a severity', () => expect(found({ rules: { 'update-ratio': 'information' } })[0].severity).toBe('information'));
  it('sets a threshold', () => expect(found({ rules: { 'update-ratio': { upper: 2, extreme: 2 } } })).toEqual([]));
  it('keeps other thresholds', () => expect(found({ rules: { 'update-ratio': { lower: 1e-9 } } })).toHaveLength(1));
  it('finds nothing at level off', () => expect(found({ level: 'off' })).toEqual([]));
});

describe('texts', () => {
  const findings = Object.values(cases).flatMap(([spec]) => diagnose(buildRecord(spec)));
  it('titles are short', () => expect(findings.filter(({ title }) => title.length > 64).map(({ title }) => title)).toEqual([]));
  it('have no NaN or undefined but where the record has one', () => {
    const texts = findings.filter(({ rule }) => rule !== 'non-finite').flatMap(({ title, explanation, remedies }) => [title, explanation, ...remedies.map((remedy) => remedy.title)]);
    expect(texts.filter((text) => /NaN|undefined|Infinity|\[object/.test(text))).toEqual([]);
  });
  it('explain in two sentences', () => expect(findings.filter(({ explanation }) => explanation.split(/\. (?=[A-Z])/).length !== 2).map(({ explanation }) => explanation)).toEqual([]));
  it('have evidence on the far side of its threshold', () => {
    for (const { evidence } of findings) for (const { value, threshold, comparison } of evidence) expect(comparison === 'above' ? value > threshold : value < threshold).toBe(true);
  });
});

it('reads few of the measurements of 100,000 steps', () => {
  const { header, steps } = buildRecord({ steps: 1000, stepsPerEpoch: 1000, totalSteps: 100_000 });
  let reads = 0;
  const counted = (i: number): StepRecord => {
    const { parameters, ...step } = steps[i < 200 ? i : 200 + (i % 800)];
    return { ...step, step: i + 1, get parameters() { reads++; return parameters; } };
  };
  const count = 100_000;
  expect(faults(diagnose({ header, steps: Array.from({ length: count }, (_, i) => counted(i)) }))).toEqual([]);
  console.log(`diagnose reads ${(reads / count).toFixed(1)} values of every step`);
  // One rule that read every quantity of a single parameter at every step would add as many as there are quantities.
  expect(reads / count).toBeLessThan(2 * parameterQuantities.length);
});
