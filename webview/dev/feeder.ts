/** Made-up runs for working on the panel without an engine: what it shows is invented, its shape is that of real runs. */
import type { Finding, Verification } from '../../engine/diagnosis/finding';
import { withPoints } from '../../engine/diagnosis/points';
import { RecordView } from '../../engine/diagnosis/view';
import { activationQuantities, histogramBins, histogramEdges, histogramQuantities, parameterQuantities, type RunHeader, type StepRecord } from '../../engine/run/record';
import type { RunView } from '../../extension/panel/protocol';

export const kinds = ['exploding', 'vanishing', 'healthy', 'nan'] as const;
export type Kind = (typeof kinds)[number];

const layers = [
  { name: 'conv1', dims: [16, 1, 3, 3] }, { name: 'conv2', dims: [32, 16, 3, 3] }, { name: 'conv3', dims: [64, 32, 3, 3] },
  { name: 'dense1', dims: [128, 576] }, { name: 'dense2', dims: [10, 128] },
];

/** Whether histograms are measured: both cases can be looked at. */
const full = (kind: Kind): boolean => kind !== 'healthy';

const rates: Record<Kind, number> = { exploding: 0.1, vanishing: 1e-4, healthy: 1e-3, nan: 0.5 };

/** Copies of the layers, so that deep models can be looked at too. */
export function header(kind: Kind, depth = layers.length): RunHeader {
  const all = Array.from({ length: depth }, (_, i) => (depth === layers.length ? layers[i] : { ...layers[i % layers.length], name: `block${i + 1}.${layers[i % layers.length].name}` }));
  return {
    name: `digits-${kind}`, startedAt: '2026-01-01T12:00:00Z', device: 'CPU', deviceReason: 'WebGPU was not chosen: no adapter was found.', versions: {}, level: full(kind) ? 'full' : 'standard',
    config: {
      model: { layers: ['conv2d', 'relu', 'flatten', 'dense'] }, loss: 'crossEntropy', batchSize: 128, epochs: 15,
      optimizer: { type: 'adam', learningRate: rates[kind], beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    } as unknown as RunHeader['config'],
    parameters: all.flatMap(({ name, dims }, i) => [
      { name: `${name}.weight`, dims, layer: name, depth: 2 * i, path: `model.layers.${2 * i}` }, { name: `${name}.bias`, dims: [dims[0]], layer: name, depth: 2 * i, path: `model.layers.${2 * i}` },
    ]),
    activations: all.map(({ dims }, i) => ({ layer: `relu${i + 1}`, kind: 'relu', dims: [dims[0]], depth: 2 * i + 1, path: `model.layers.${2 * i + 1}` })),
    trainSamples: 40_000, validationSamples: 10_000, stepsPerEpoch: 313, totalSteps: 4695, classes: 10, metric: 'accuracy',
  };
}

const FAULT = 310;
const NAN = 541;

/** The step records `from`..`to` of a run; the same whatever they are asked for in. */
export function records(kind: Kind, from: number, to: number, depth = layers.length): StepRecord[] {
  return Array.from({ length: to - from + 1 }, (_, i) => record(kind, from + i, depth));
}

/** Shares of sizes around 10 ** `centre`, with a share of zeros. */
function hump(centre: number, width: number, zeros: number): number[] {
  const heights = Array.from({ length: histogramBins }, (_, bin) => (bin === 0 || bin === histogramBins - 1 ? 0 : Math.exp(-(((Math.log10(histogramEdges[bin]) - 1 / 6 - centre) / width) ** 2) / 2)));
  const total = heights.reduce((a, b) => a + b, 0) || 1;
  return heights.map((height, bin) => (bin === 0 ? zeros : height / total < 1e-5 ? 0 : (height / total) * (1 - zeros)));
}

/** 0 before the fault, 1 at its height. */
const burst = (step: number, delay = 0): number => {
  const x = (step - FAULT - delay) / 60;
  return x < 0 ? 0 : x < 1 ? x * x : 0.35 + 0.65 * Math.exp(-(x - 1) / 1.5);
};

/** Numbers of a step's own (Mulberry32). The engine's are computed by WebAssembly, which a page's security policy does not let run. */
function randomOf(step: number): { uniform(): number; normal(): number } {
  let state = Math.imul(step, 0x9e3779b1);
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()) };
}

function record(kind: Kind, step: number, depth: number): StepRecord {
  const random = randomOf(step);
  const noise = (size: number): number => Math.exp(size * random.normal());
  const broken = kind === 'nan' && step >= NAN;
  const strength = kind === 'exploding' ? burst(step) : kind === 'nan' ? Math.max(0, (step - FAULT) / 120) ** 2 : 0;
  const learnt = kind === 'vanishing' ? 0.03 * (1 - Math.exp(-step / 900)) : 1 - Math.exp(-step / 260);
  const base = 0.06 + 2.25 * (1 - learnt);
  const loss = broken ? NaN : (kind === 'exploding' && step > FAULT ? base + 3.4 * strength : base * 10 ** strength) * noise(0.08);
  const metric = broken ? 0.1 : Math.min(1, Math.max(0.05, 0.1 + 0.88 * (kind === 'exploding' ? learnt * (1 - strength) : learnt) * (1 - Math.min(1, kind === 'nan' ? strength : 0)) + 0.02 * random.normal()));
  const learningRate = rates[kind] * Math.min(1, step / 20);
  const count = depth * 2;
  const parameters = new Float32Array(count * parameterQuantities.length);
  const histograms = (step - 1) % 50 === 0 && full(kind) ? new Float32Array(count * histogramQuantities.length * histogramBins) : undefined;
  for (let p = 0; p < count; p++) {
    const shallow = 1 - p / count;
    const late = kind === 'exploding' ? burst(step, Math.abs(p - 2) * 3) : strength;
    const dying = kind === 'vanishing' ? 10 ** (-5.5 * shallow) : 1;
    const gradient = broken ? NaN : 0.2 * (p % 2 ? 0.25 : 1) * (0.3 + base / 2.3) * dying * 10 ** (2.4 * Math.min(3, late)) * noise(0.22);
    const lagged = 0.2 * (p % 2 ? 0.25 : 1) * dying * 10 ** (2 * Math.min(3, kind === 'nan' ? strength : burst(step - 15, Math.abs(p - 2) * 3) * Number(kind === 'exploding')));
    const second = lagged * 1.3 * noise(0.03);
    const first = lagged * 0.4 * noise(0.12);
    const weight = (p % 2 ? 0.4 : 6) * (1 + step / 4000);
    const update = learningRate * 8 * (first / (second || 1)) * (1 + 2 * late) * (p % 2 ? 0.3 : 1) * noise(0.1);
    const row: Record<(typeof parameterQuantities)[number], number> = {
      gradientNorm: gradient, gradientMeanAbs: gradient / 60, gradientMaxAbs: gradient / 6, gradientZeroShare: Math.min(1, 0.08 + 0.02 * random.uniform() + 0.3 * late), nonFinite: broken ? 40 : 0,
      firstMomentNorm: broken ? NaN : first, secondMomentNorm: broken ? NaN : second, updateNorm: broken ? NaN : update, weightNorm: broken ? NaN : weight,
      updateStd: broken ? NaN : update / 70, weightStd: broken ? NaN : weight / 70, updateMaxAbs: broken ? NaN : 1 + 2 * late, signalToNoise: broken ? NaN : 0.3 * noise(0.1),
      rms: broken ? NaN : gradient / second, epsilonShare: broken ? NaN : 1e-8 / (second / 200), momentCosine: step === 1 ? NaN : Math.max(-1, Math.min(1, 0.3 * random.normal())),
      gradientCosine: broken ? NaN : Math.max(-1, Math.min(1, 0.4 + 0.1 * random.normal() - 0.35 * Math.min(1, late))),
    };
    parameterQuantities.forEach((name, q) => { parameters[p * parameterQuantities.length + q] = row[name]; });
    const size = Math.log10(second / 60);
    histograms?.set([
      ...(broken ? hump(0, 1, 0).map((_, bin) => Number(bin === histogramBins - 1)) : hump(Math.log10(gradient / 60), 0.55 + 0.2 * late, Math.min(0.9, 0.08 + 0.3 * late))),
      ...hump(size, 0.4, 0),
    ], p * histogramQuantities.length * histogramBins);
  }
  const measured = step % 5 === 0 || step === 1;
  const activations = new Float32Array(depth * activationQuantities.length);
  for (let a = 0; a < depth; a++) {
    activations.set([0.4 * noise(0.05), 0.8 * noise(0.05) * (1 + strength), Math.min(0.95, 0.05 + (kind === 'exploding' && a === 3 && step > 420 ? 0.56 : 0.02 * a)), 0, Number(broken)], a * activationQuantities.length);
  }
  return {
    step, epoch: Math.floor((step - 1) / 313), seconds: step * 0.0091, learningRate, loss, metric, gradientNorm: broken ? NaN : 0.5 * 10 ** (2.4 * strength) * noise(0.2), clipped: false, parameters,
    ...(measured ? { activations } : {}),
    ...(histograms ? { histograms } : {}),
    ...(step % 313 === 0 && !broken ? { validation: { loss: loss * 1.07, metric: metric * 0.97 } } : {}),
  };
}

/** What the diagnosis would say of the run after `step` steps. */
const curve = Array.from({ length: 20 }, (_, i) => i);
const helps: Verification = {
  verdict: 'helps', measure: 'training loss', seeds: [0, 1, 2], from: FAULT, steps: 100, ratio: { mean: 0.31, low: 0.25, high: 0.38 }, diverged: { without: 0, with: 0 },
  curve: { step: curve.map((i) => FAULT + 5 * i), without: curve.map((i) => 1.2 + 0.08 * i), with: curve.map((i) => 1.2 - 0.02 * i) },
};

/** The first records of a kind, which all of its faults lie in. */
const views = new Map<Kind, RecordView>();

export function findings(kind: Kind, step: number): Finding[] {
  const view = views.get(kind) ?? new RecordView({ header: header(kind), steps: records(kind, 1, 700) });
  views.set(kind, view);
  return found(kind, step).map((finding) => ({ ...finding, evidence: finding.evidence.map((evidence) => withPoints(view, evidence, finding)) }));
}

function found(kind: Kind, step: number): Finding[] {
  if (step < FAULT + 92 || kind === 'healthy') return [];
  const lr = { title: 'Set learningRate to 0.0012 (was 0.1): 38 / (1.2 × sharpness 26,400)', edits: [{ path: 'optimizer.learningRate', value: 0.0012 }], verified: helps };
  if (kind === 'exploding') {
    const root = 'gradient-exploding:conv2.weight';
    return [
      {
        id: root, rule: 'gradient-exploding', severity: 'error', confidence: 1, title: 'Gradient explodes in conv2.weight', step: FAULT, lastStep: 402, target: { path: 'optimizer.learningRate', parameter: 'conv2.weight' },
        explanation: 'The gradient norm grew 214 times between steps 310 and 402 while the loss rose from 0.7 to 4.1. The preconditioned sharpness is above what this learning rate can follow, so every step overshoots.',
        evidence: [{ label: 'gradient norm of conv2.weight', value: 41.8, threshold: 2.1, comparison: 'above', series: { of: 'parameter', name: 'conv2.weight', quantity: 'gradientNorm' } }],
        remedies: [lr, { title: 'Clip the gradient at its 90th percentile before the fault: 0.64', edits: [{ path: 'clip.globalNorm', value: 0.64 }] }],
      },
      { id: 'loss-spike', rule: 'loss-spike', severity: 'warning', confidence: 1, title: 'Loss spikes', step: 352, lastStep: 418, target: { path: 'optimizer.learningRate' }, explanation: 'The loss rose.', symptomOf: root, remedies: [], evidence: [] },
      { id: 'update-ratio:conv2.weight', rule: 'update-ratio', severity: 'warning', confidence: 1, title: 'Updates of conv2.weight are too large', step: 330, lastStep: 470, target: { path: 'optimizer.learningRate', parameter: 'conv2.weight' }, explanation: 'The ratio is 0.4.', symptomOf: root, remedies: [], evidence: [] },
      {
        id: 'dead-units:relu4', rule: 'dead-units', severity: 'warning', confidence: 1, title: 'Most units of relu4 are dead', step: 420, lastStep: Math.max(421, step), target: { path: 'model.layers.7', layer: 'relu4' },
        explanation: '61 % of its units have been zero for every sample since step 420. A dead unit has no gradient and cannot recover.',
        evidence: [{ label: 'dead units of relu4', value: 0.61, threshold: 0.5, comparison: 'above', series: { of: 'activation', layer: 'relu4', quantity: 'deadShare' } }],
        remedies: [{ title: 'Replace relu by leakyRelu', edits: [{ path: 'model.layers.1', value: 'leakyRelu' }] }],
      },
      {
        id: 'adam-beta2-horizon', rule: 'adam-beta2-horizon', severity: 'information', confidence: 1, title: 'The second moment renews only 4.7 times in this run', step: 0, lastStep: 0, target: { path: 'optimizer.beta2' },
        explanation: 'With beta2 = 0.999 the second moment remembers 1,000 steps, and the run has 4,695. A shorter memory adapts faster.', evidence: [], remedies: [{ title: 'Set beta2 to 0.998 (was 0.999): 1 − 10 / steps', edits: [{ path: 'optimizer.beta2', value: 0.998 }] }],
      },
    ];
  }
  if (kind === 'vanishing') {
    return [{
      id: 'gradient-vanishing:conv1.weight', rule: 'gradient-vanishing', severity: 'warning', confidence: 1, title: 'Gradient vanishes towards conv1.weight', step: 40, lastStep: step, target: { path: 'model.layers.0', parameter: 'conv1.weight' },
      explanation: 'The gradient norm of the first layer is 3.1e-6 of that of the last. The first layers do not learn, so the loss stays near the uniform guess.',
      evidence: [{ label: 'gradient norm of conv1.weight', value: 5.8e-7, threshold: 1e-4, comparison: 'below', series: { of: 'parameter', name: 'conv1.weight', quantity: 'gradientNorm' } }],
      remedies: [{ title: 'Insert batchNorm before layer 1', edits: [{ path: 'model.layers.1', value: 'batchNorm', kind: 'insert' }] }],
    }];
  }
  return [{
    id: 'non-finite', rule: 'non-finite', severity: 'error', confidence: 1, title: `Loss is NaN at step ${NAN}`, step: FAULT + 60, lastStep: NAN, target: { path: 'optimizer.learningRate', parameter: 'dense2.weight' },
    explanation: `The gradient of dense2.weight overflowed at step ${NAN}, after it had grown for 170 steps. Nothing after this step is usable.`,
    evidence: [{ label: 'global gradient norm', value: NaN, threshold: 1e3, comparison: 'above', series: { of: 'step', quantity: 'gradientNorm' } }],
    remedies: [{ title: 'Set learningRate to 0.0031 (was 0.5): the largest rate before the norm grew', edits: [{ path: 'optimizer.learningRate', value: 0.0031 }] }],
  }];
}

export function view(kind: Kind, step: number, status: RunView['status'], depth?: number): RunView {
  const list = findings(kind, step);
  const reasons: Partial<Record<RunView['status'], string>> = { finished: 'all 15 epochs done', diverged: `loss is NaN at step ${NAN}`, stopped: 'stopped by the user', failed: 'the engine ended without a word' };
  return { run: `/runs/${kind}`, title: `digits-${kind}`, header: header(kind, depth), status, reason: reasons[status] ?? '', findings: list, fixable: list.map(({ id }) => id), canTrain: true };
}
