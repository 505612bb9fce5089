/** Synthetic run records with known answers. */
import { activationQuantities, parameterQuantities, type ActivationQuantity, type DataSummary, type OneBatch, type OutputSummary, type ParameterQuantity, type RunRecord, type StepRecord } from '../../engine/run/record';
import { Random } from '../../engine/random';

type Values<Q extends string> = Partial<Record<Q, number>>;

export interface Spec {
  steps?: number;
  seed?: number;
  stepsPerEpoch?: number;
  totalSteps?: number;
  /** Kinds of the layers; a dense layer has a weight and a bias. */
  layers?: string[];
  classes?: number;
  config?: Record<string, unknown>;
  /** All of these take the step, counted from 1, and the noise of that step (standard normal). */
  loss?: (step: number, noise: number) => number;
  gradientNorm?: (step: number, noise: number) => number;
  learningRate?: (step: number) => number;
  /** Values of a parameter that differ from a healthy one's. */
  parameter?: (step: number, depth: number, name: string) => Values<ParameterQuantity>;
  activation?: (step: number, layer: string) => Values<ActivationQuantity>;
  clipped?: (step: number) => boolean;
  validation?: (epoch: number) => { loss: number; metric: number };
  sharpness?: (step: number) => number | undefined;
  lossScale?: (step: number) => number;
  /** Differences from standardised inputs with ten classes of equal size in random order. */
  data?: { input?: Partial<DataSummary['input']>; labels?: DataSummary['labels']; order?: number; samples?: number };
  output?: OutputSummary;
  oneBatch?: OneBatch;
}

const healthyLoss = (step: number, noise: number): number => (0.1 + 2.3 * Math.exp(-step / 60)) * (1 + 0.1 * noise);

/** A run that learns well: an update ratio of about 3e-3 that starts at 2e-2, gradients of equal size in all layers, 10 % dead units. */
export function buildRecord({
  steps = 200, seed = 0, stepsPerEpoch = 20, totalSteps = Math.max(steps, 200), layers = ['dense', 'relu', 'dense', 'relu', 'dense'], classes = 10, config = {},
  loss = healthyLoss, gradientNorm = (step, noise) => (0.3 + Math.exp(-step / 60)) * Math.exp(0.3 * noise), learningRate, parameter, activation, validation, sharpness, data, output, oneBatch, clipped, lossScale,
}: Spec = {}): RunRecord {
  const random = new Random(seed, 'record');
  const counts = new Map<string, number>();
  const named = layers.map((kind, depth) => {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    return { kind, depth, layer: `${kind}${counts.get(kind)}`, path: `model.layers.${depth}` };
  });
  const parameters = named.filter(({ kind }) => kind === 'dense').flatMap(({ layer, path, depth }) => [
    { name: `${layer}.weight`, dims: [64, 64], layer, path, depth },
    { name: `${layer}.bias`, dims: [64], layer, path, depth },
  ]);
  const activations = named.map(({ layer, kind, path, depth }) => ({ layer, kind, dims: [64], path, depth }));
  const resolved = {
    model: { layers: layers.map((kind) => (kind === 'dense' ? { dense: 64 } : kind)) },
    data: { train: { csv: 'digits.csv', label: 'target' } },
    loss: 'crossEntropy',
    optimizer: { type: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, amsgrad: false, biasCorrection: true },
    batchSize: 64, epochs: Math.ceil(totalSteps / stepsPerEpoch), seed: 0, device: 'cpu',
    ...config,
  };
  const lr = (resolved.optimizer as { learningRate: number }).learningRate;
  const record: StepRecord[] = Array.from({ length: steps }, (_, i) => {
    const step = i + 1;
    const epoch = Math.floor(i / stepsPerEpoch);
    const noise = random.normal();
    const healthy = (): Record<ParameterQuantity, number> => ({
      gradientNorm: 0.3 * Math.exp(0.3 * random.normal()), gradientMeanAbs: 3e-3 * Math.exp(0.3 * random.normal()), gradientMaxAbs: 0.05, gradientZeroShare: 0.1, nonFinite: 0,
      firstMomentNorm: 0.1, secondMomentNorm: 0.3 * Math.sqrt(1 - 0.999 ** step), updateNorm: 20 * (learningRate?.(step) ?? lr), weightNorm: 4.6,
      updateStd: 0.072 * (3e-3 + 0.02 * Math.exp(-i / 5)) * Math.exp(0.2 * random.normal()), weightStd: 0.072, updateMaxAbs: 1, signalToNoise: 0.3, rms: 1, epsilonShare: 1e-6, momentCosine: 0.1, gradientCosine: 0.4,
    });
    return {
      step, epoch, seconds: step * 0.01, learningRate: learningRate?.(step) ?? lr, loss: loss(step, noise), metric: 0.9,
      gradientNorm: gradientNorm(step, random.normal()), clipped: clipped?.(step) ?? false,
      parameters: Float32Array.from(parameters.flatMap(({ name, depth }) => {
        const values = { ...healthy(), ...parameter?.(step, depth, name) };
        return parameterQuantities.map((quantity) => values[quantity]);
      })),
      ...(step % 10 === 1 && { activations: Float32Array.from(activations.flatMap(({ layer }) => {
        const values = { mean: 0.3, std: 0.5, deadShare: 0.1, saturatedShare: 0, nonFinite: 0, ...activation?.(step, layer) };
        return activationQuantities.map((quantity) => values[quantity]);
      })) }),
      ...(validation && step % stepsPerEpoch === 0 && { validation: validation(epoch) }),
      ...(lossScale && { lossScale: lossScale(step) }),
      ...(sharpness?.(step) !== undefined && { sharpness: sharpness(step) }),
    };
  });
  return {
    header: {
      name: 'synthetic', startedAt: '2026-01-01T00:00:00Z', config: resolved as unknown as RunRecord['header']['config'], device: 'cpu', deviceReason: 'test', versions: {}, level: 'standard',
      parameters, activations, trainSamples: stepsPerEpoch * 64, validationSamples: 100, stepsPerEpoch, totalSteps, classes, metric: 'accuracy',
      ...(data && {
        data: {
          samples: 1000, labels: { type: 'classes' as const, counts: Array<number>(10).fill(100) }, order: 1, ...data,
          input: { type: 'float32' as const, mean: 0, std: 1, min: -4, max: 4, nonFinite: 0, features: 64, constantFeatures: 0, spread: 1, ...data.input },
        },
      }),
      ...(output && { output }),
      ...(oneBatch && { oneBatch }),
    },
    steps: record,
  };
}
