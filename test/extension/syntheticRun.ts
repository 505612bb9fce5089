/** Made-up runs with the shape of real ones, for tests of what shows them: a healthy one, and one that explodes at step 60. */
import type { Finding } from '../../engine/diagnosis/finding';
import { activationQuantities, parameterQuantities, type RunHeader, type StepRecord } from '../../engine/run/record';
import type { Run } from '../../extension/runs/run';

export const explodesAt = 60;

/** The text that `header` describes. */
export const runFileText = (learningRate = 0.1): string => `{
  // A network for digits.
  "model": {
    "layers": [
      { "dense": 32 },
      "relu",
      { "dense": { "units": 10, "name": "head" } }
    ]
  },
  "data": {
    "train": { "csv": "digits.csv", "label": "target" },
    "validation": 0.2
  },
  "loss": "crossEntropy",
  "optimizer": { "type": "adam", "learningRate": ${learningRate} }, // Kingma & Ba
  "batchSize": 32,
  "epochs": 5
}
`;

export function header(change: Partial<RunHeader> = {}): RunHeader {
  return {
    name: 'digits', startedAt: '2026-01-02T10:00:00Z', runFile: '/folder/digits.train.json',
    config: { optimizer: { type: 'adam', learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }, batchSize: 32, epochs: 5 } as RunHeader['config'],
    device: 'cpu', deviceReason: 'the run file asks for it', versions: {}, level: 'standard',
    parameters: [
      { name: 'dense1.weight', dims: [32, 64], layer: 'dense1', path: 'model.layers.0', depth: 0 },
      { name: 'dense1.bias', dims: [32], layer: 'dense1', path: 'model.layers.0', depth: 0 },
      { name: 'head.weight', dims: [10, 32], layer: 'head', path: 'model.layers.2', depth: 2 },
      { name: 'head.bias', dims: [10], layer: 'head', path: 'model.layers.2', depth: 2 },
    ],
    activations: [{ layer: 'relu1', kind: 'relu', dims: [32], path: 'model.layers.1', depth: 1 }],
    trainSamples: 1438, validationSamples: 359, stepsPerEpoch: 45, totalSteps: 225, classes: 10, metric: 'accuracy',
    ...change,
  };
}

/** Deterministic: a little ripple instead of noise. */
export function step(number: number, { explodes = false, of = header() } = {}): StepRecord {
  const ripple = 1 + 0.08 * Math.sin(number * 1.7);
  const growth = explodes && number > explodesAt ? 1.25 ** Math.min(30, number - explodesAt) : 1;
  const loss = (0.2 + 2.1 * Math.exp(-number / 50)) * ripple * Math.min(growth, 12);
  const width = parameterQuantities.length;
  const parameters = new Float32Array(of.parameters.length * width).fill(0.1);
  of.parameters.forEach((_, i) => {
    const norm = (0.5 / (i + 1)) * ripple * growth;
    parameters[i * width + parameterQuantities.indexOf('gradientNorm')] = norm;
    parameters[i * width + parameterQuantities.indexOf('gradientMeanAbs')] = norm / 50;
    parameters[i * width + parameterQuantities.indexOf('nonFinite')] = 0;
  });
  const activations = new Float32Array(of.activations.length * activationQuantities.length).fill(0);
  of.activations.forEach((_, i) => { activations[i * activationQuantities.length + activationQuantities.indexOf('deadShare')] = 0.12; });
  const epoch = Math.floor((number - 1) / of.stepsPerEpoch);
  return {
    step: number, epoch, seconds: number * 0.004, learningRate: 0.1, loss, metric: Math.max(0.1, 0.95 - loss / 3), gradientNorm: 0.6 * growth, clipped: false,
    parameters, activations,
    ...(number % of.stepsPerEpoch === 0 ? { validation: { loss: loss * 1.1, metric: Math.max(0.1, 0.9 / growth) } } : {}),
  };
}

export const steps = (count: number, options?: Parameters<typeof step>[1]): StepRecord[] => Array.from({ length: count }, (_, i) => step(i + 1, options));

/** A cause with two remedies, and what follows from it. */
export const explosion: Finding[] = [
  {
    id: 'gradient-exploding:dense1.weight', rule: 'gradient-exploding', severity: 'error', confidence: 1, title: 'Gradient explodes in dense1.weight',
    explanation: 'The gradient norm grew 214 times between steps 60 and 90. Every step overshoots.',
    target: { path: 'optimizer.learningRate', parameter: 'dense1.weight', layer: 'dense1' }, step: 60, lastStep: 90,
    evidence: [{ label: 'gradient norm of dense1.weight', value: 107, threshold: 50, comparison: 'above', series: { of: 'parameter', name: 'dense1.weight', quantity: 'gradientNorm' } }],
    remedies: [
      { title: 'Set learningRate to 0.0012 (was 0.1): 38 / (1.2 × sharpness)', edits: [{ path: 'optimizer.learningRate', value: 0.0012 }] },
      { title: 'Clip the gradient to a norm of 0.64: 90th percentile before the fault', edits: [{ path: 'clip.globalNorm', value: 0.64 }] },
    ],
  },
  {
    id: 'loss-spike', rule: 'loss-spike', severity: 'warning', confidence: 1, title: 'Loss spikes', explanation: 'The loss rose from 0.7 to 4.1. It follows from the gradient.',
    target: { path: 'loss' }, step: 70, lastStep: 90, evidence: [], remedies: [], symptomOf: 'gradient-exploding:dense1.weight',
  },
];

export const run = (change: Partial<Run> = {}): Run => ({
  folder: '/folder/.adamscope/runs/20260102-100000-digits', title: 'digits', header: header(), status: 'finished', reason: 'all 5 epochs done',
  steps: steps(225), findings: [], loaded: true, ...change,
});
