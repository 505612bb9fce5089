import { describe, expect, it } from 'vitest';
import { cappedEpochs, stepSeconds } from './cost';
import type { Case } from './cases';
import { names } from './naming';
import { referencesFor } from './references';
import type { CaseResult, Digest, TrainingResult } from './result';
import { section, summary } from './text';
import { judge, ruleTable, totalsOf } from './verdict';

const base: Case = {
  id: '', source: '', dataset: { name: 'blob', preprocess: 'none', n_train: 700, n_val: 300, file: 'blob.csv' }, layers: [{ type: 'Dense', units: 3 }],
  optimizer: { name: 'Adam' }, loss: 'categorical_crossentropy', batchSize: 32, epochs: 10, faulty: true, expected: ['dead-units'], labelledBy: 'directory name', configInferred: false,
};
const of = (id: string, changes: Partial<Case> = {}): Case => ({ ...base, id, ...changes });
const finding = (id: string, changes: Partial<Digest> = {}): Digest => ({ id, rule: id.split('/')[0], severity: 'warning', title: '', step: 1, lastStep: 9, path: 'model', evidence: [], remedies: [], ...changes });
const trained = (accuracy: number, last = accuracy): TrainingResult => ({ status: 'finished', reason: '', steps: 100, seconds: 1, kept: { loss: 1, accuracy }, last: { loss: 1, accuracy: last }, loss: 'crossEntropy' });
const result = (id: string, seed: number, changes: Partial<CaseResult> = {}): CaseResult => ({ id, seed, notes: [], epochs: [10, 10], stepsPerEpoch: 10, findings: [], trained: trained(0.5), ...changes });
const byCase = (results: CaseResult[]) => new Map(results.map(({ id }) => [id, results.filter((other) => other.id === id)]));

const healthy = of('healthy', { faulty: false, expected: [] });
const good = [0, 1, 2].map((seed) => result('healthy', seed, { trained: trained([0.89, 0.9, 0.91][seed]) }));

describe('a faulty case', () => {
  const faulty = of('faulty');
  const judged = (runs: Partial<CaseResult>[]) => judge([healthy, faulty], byCase([...good, ...runs.map((changes, seed) => result('faulty', seed, changes))]))[1];

  it('is detected by a warning, named by the expected symptom', () => {
    const { kind, runs, reference } = judged([{ findings: [finding('dead-units/relu3')] }, { findings: [finding('update-ratio/small')] }, { findings: [finding('dead-units', { severity: 'information' })] }]);
    expect(kind).toBe('faulty');
    expect(reference).toMatchObject({ id: 'healthy', accuracy: 0.9 });
    expect(runs.map(({ detected, named }) => [detected, named])).toEqual([[true, 'name'], [true, undefined], [false, undefined]]);
  });
  it('does not reproduce where every seed ends within two points of the best healthy case', () => {
    expect(judged([0.88, 0.95, 0.9].map((accuracy) => ({ trained: trained(accuracy) }))).kind).toBe('not reproduced');
    expect(judged([0.88, 0.879, 0.9].map((accuracy) => ({ trained: trained(accuracy) }))).kind).toBe('faulty');
    // The best weights on the way do not count: it was trained to the end.
    expect(judged([0, 1, 2].map(() => ({ trained: trained(0.9, 0.6) }))).kind).toBe('faulty');
    expect(judged([{ trained: { ...trained(0.9), status: 'diverged', last: undefined } }]).kind).toBe('faulty');
  });
  it('is repaired where the kept weights of the repaired run are as good', () => {
    const { runs } = judged([{ fix: { seconds: 1, titles: [], result: trained(0.88, 0.1) } }, { fix: { seconds: 1, titles: [], result: trained(0.87) } }, { fix: { seconds: 1, titles: [], error: 'no remedy' } }]);
    expect(runs.map(({ repaired }) => repaired)).toEqual([true, false, false]);
  });
  it('is listed where it could not be trained', () => expect(judged([{ error: 'the layer "lstm" is not known', trained: undefined }]).kind).toBe('failed'));
});

describe('a healthy case', () => {
  it('has a false alarm with a warning, not with a hint', () => {
    const [verdict] = judge([healthy], byCase([result('healthy', 0, { findings: [finding('overfitting')] }), result('healthy', 1, { findings: [finding('overfitting', { severity: 'information' })] })]));
    expect(verdict.runs.map(({ falseAlarms }) => falseAlarms)).toEqual([['overfitting'], []]);
  });
  it('with a beta2 of no use is rightly told so', () => {
    const odd = of('odd', { faulty: false, expected: [], optimizer: { name: 'Adam', beta_2: 0.126 } });
    const findings = [finding('adam-beta-order', { path: 'optimizer.beta2' }), finding('loss-oscillating')];
    expect(judge([odd], byCase([result('odd', 0, { findings })]))[0].runs[0].falseAlarms).toEqual(['loss-oscillating']);
    expect(judge([healthy], byCase([result('healthy', 0, { findings })]))[0].runs[0].falseAlarms).toEqual(['adam-beta-order', 'loss-oscillating']);
  });
  it('far below another one of the same data is none', () => {
    const poor = of('poor', { faulty: false, expected: [] });
    const kinds = (accuracies: number[]) => judge([healthy, poor], byCase([...good, ...accuracies.map((accuracy, seed) => result('poor', seed, { trained: trained(accuracy) }))])).map(({ kind }) => kind);
    expect(kinds([0.9, 0.85, 0.79])).toEqual(['healthy', 'wrong label']);
    expect(kinds([0.9, 0.85, 0.81])).toEqual(['healthy', 'healthy']);
  });
});

describe('names', () => {
  it.each<[string, Digest, ReturnType<typeof names>, Partial<Case>?]>([
    ['slow-convergence', finding('loss-not-decreasing'), 'name'],
    ['slow-convergence', finding('update-ratio/small'), 'name'],
    ['slow-convergence', finding('update-ratio/large'), undefined],
    ['learning-rate-too-high', finding('update-ratio/large'), 'name'],
    ['learning-rate-too-high', finding('lr-proposal', { remedies: [{ title: 'Set learningRate to 0.001 (was 0.1): range test', edits: [] }] }), 'name'],
    ['slow-convergence', finding('lr-proposal', { remedies: [{ title: 'Set learningRate to 0.001 (was 0.1): range test', edits: [] }] }), undefined],
    ['gradient-exploding', finding('non-finite'), undefined],
    ['gradient-exploding', finding('non-finite'), 'label', { labelledBy: "AUTOTRAINER: repaired/normal directory; symptom name: DeepDiagnosis' report" }],
  ])('%s by %j: %s', (symptom, found, expected, changes = {}) => expect(names(of('c', { expected: [symptom], ...changes }), found)).toBe(expected));
});

describe('totals', () => {
  const faulty = [of('a'), of('b')];
  const runs = [
    result('a', 0, { findings: [finding('dead-units')], alarm: 10, fix: { seconds: 1, titles: [], result: trained(0.9) } }),
    result('a', 1, { findings: [finding('overfitting')], alarm: 40, fix: { seconds: 1, titles: [], result: trained(0.5) } }),
    result('b', 0, { findings: [finding('dead-units')], alarm: 20, fix: { seconds: 1, titles: [], result: trained(0.9) } }),
    result('b', 1),
    // With this seed the fault does not show.
    result('b', 2, { trained: trained(0.89) }),
  ];
  const verdicts = judge([healthy, ...faulty], byCase([...good.slice(0, 2), { ...good[2], findings: [finding('dead-units')] }, ...runs]));

  it('count runs', () => {
    expect(totalsOf(verdicts)).toEqual({
      detected: { hits: 3, of: 4 }, named: { hits: 2, of: 4 }, namedByLabel: { hits: 2, of: 4 }, falseAlarms: { hits: 1, of: 3 }, repaired: { hits: 2, of: 3 }, alarm: { median: 20, worst: 40 },
    });
    expect(ruleTable(verdicts)).toEqual([{ rule: 'dead-units', faulty: 2, expected: 2, healthy: 1 }, { rule: 'overfitting', faulty: 1, expected: 0, healthy: 0 }]);
  });
  it('are said with their parts', () => {
    expect(summary(verdicts)).toContain('detected        3 of 4 (75.0 %)');
    const text = section(verdicts, { seeds: 3, seconds: 60 });
    expect(text).toContain('| **Adamscope** | 3 of 4 (75.0 %) | 2 of 4 (50.0 %); with the caveat 2 of 4 (50.0 %) | 1 of 3 (33.3 %) | 2 of 3 (66.7 %) |');
    expect(text).toContain('First alarm: step 20 in the median, 40 at worst.');
    expect(text).toContain('| b | 2 | directory name | 0.890 | 0.900 (healthy) |');
    expect(text).toContain('3 of 5 (60.0 %) of the runs of faulty cases are detected');
  });
});

it('data without a healthy case has references with ordinary settings, which are not scored', () => {
  const regression = of('r', { dataset: { ...base.dataset, name: 'regression' }, optimizer: { name: 'SGD', lr: 1 } });
  const made = referencesFor([healthy, regression]);
  expect(made.map(({ id, optimizer }) => [id, optimizer])).toEqual([0.001, 0.01, 0.1].map((rate) => [`reference-regression-${rate}`, { name: 'Adam', learning_rate: rate }]));
  const loss = (value: number): TrainingResult => ({ ...trained(0), kept: { loss: value, mae: 1 }, last: { loss: value, mae: 1 }, loss: 'mse' });
  const verdicts = judge([regression, ...made], byCase([result('r', 0, { trained: loss(5.6) }), ...made.map(({ id }, i) => result(id, 0, { trained: loss([50, 5, 20][i]) }))]));
  expect(verdicts.map(({ one, kind, reference }) => [one.id, kind, reference?.id])).toEqual([['r', 'faulty', 'reference-regression-0.01']]);
});

it('what a run is cut to follows from its network', () => {
  expect(cappedEpochs(200, 79, 0.05, 60)).toBe(15);
  expect(cappedEpochs(200, 3, 0.0001, 60)).toBe(200);
  expect(cappedEpochs(10, 40, 2, 60)).toBe(3);
  expect(cappedEpochs(2, 40, 2, 60)).toBe(2);
  expect(cappedEpochs(10, 1000, 0.1, 60)).toBe(2);
  expect(cappedEpochs(10, 1875, 0.1, 60)).toBe(1);
  const convolution = stepSeconds([{ conv2d: { filters: 16, kernel: 3 } }, 'relu', 'flatten', { dense: 10 }], [3, 32, 32], 128);
  // 30 x 30 positions of 27 x 16 products, and 14,400 x 10; three passes of 128 samples at 10^10 a second.
  expect(convolution).toBeCloseTo(4e-4 + 4 * 2e-5 + (3 * 128 * (900 * 27 * 16 + 144000)) / 1e10, 9);
});
