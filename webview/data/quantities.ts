/** How each recorded quantity is named, drawn and judged by eye. */
import { targetUpdateRatio } from '../../engine/diagnosis/remedies/learningRate';
import { activationQuantities, parameterQuantities, type ActivationQuantity, type ParameterQuantity } from '../../engine/run/record';

/** `updateRatio` is derived: std(D) / std(w); its target is the one that the diagnosis computes learning rates from. */
export type ParameterMeasure = ParameterQuantity | 'updateRatio';
export const parameterMeasures: readonly ParameterMeasure[] = [...parameterQuantities, 'updateRatio'];
export const activationMeasures: readonly ActivationQuantity[] = activationQuantities;

export interface Quantity {
  symbol: string;
  /** The text says it already, so the symbol is not repeated beside it. */
  plain?: boolean;
  /** Key of its text in `strings.ts`. */
  text: string;
  /** Order-of-magnitude quantities are drawn on a logarithmic axis. */
  scale: 'log' | 'linear';
  /** Fixed range of a linear axis. */
  range?: [number, number];
  /** Range without a fault, where one is published or derived; drawn as a band. */
  healthy?: [number, number];
  /** The value to aim for inside the band. */
  target?: number;
  /** NaN means "does not apply" (no such moment, first step) rather than "broken" as long as the gradient itself is finite. */
  optional?: boolean;
}

const log = (symbol: string, text: string, more: Partial<Quantity> = {}): Quantity => ({ symbol, text, scale: 'log', ...more });
const linear = (symbol: string, text: string, range?: [number, number], more: Partial<Quantity> = {}): Quantity =>
  ({ symbol, text, scale: 'linear', range, ...more });

export const parameterTable: Record<ParameterMeasure, Quantity> = {
  gradientNorm: log('‖g‖', 'gradientNorm'),
  gradientMeanAbs: log('mean |g|', 'gradientMeanAbs'),
  gradientMaxAbs: log('max |g|', 'gradientMaxAbs'),
  gradientZeroShare: linear('g = 0', 'gradientZeroShare', [0, 1], { plain: true, healthy: [0, 0.7] }),
  nonFinite: linear('NaN, Inf', 'nonFinite', undefined, { plain: true, healthy: [0, 0] }),
  firstMomentNorm: log('‖m‖', 'firstMomentNorm', { optional: true }),
  secondMomentNorm: log('‖√v‖', 'secondMomentNorm', { optional: true }),
  updateNorm: log('‖Δ‖', 'updateNorm'),
  weightNorm: log('‖w‖', 'weightNorm'),
  updateStd: log('std Δ', 'updateStd'),
  weightStd: log('std w', 'weightStd'),
  updateMaxAbs: log('max |Δ| / lr', 'updateMaxAbs', { healthy: [0, 3] }),
  signalToNoise: log('s²', 'signalToNoise', { optional: true }),
  rms: log('RMS', 'rms', { healthy: [0, 2.3], target: 1, optional: true }),
  epsilonShare: linear('ε share', 'epsilonShare', [0, 1], { plain: true, healthy: [0, 0.1], optional: true }),
  momentCosine: linear('cos(g, m)', 'momentCosine', [-1, 1], { healthy: [-0.1, 1], optional: true }),
  gradientCosine: linear('cos(Δ, −g)', 'gradientCosine', [-1, 1], { healthy: [0.05, 1], optional: true }),
  updateRatio: log('Δ / w', 'updateRatio', { healthy: [1e-4, 1e-1], target: targetUpdateRatio, optional: true }),
};

export const activationTable: Record<ActivationQuantity, Quantity> = {
  mean: linear('mean', 'activationMean', undefined, { plain: true }),
  std: log('std', 'activationStd', { plain: true }),
  deadShare: linear('dead', 'deadShare', [0, 1], { plain: true, healthy: [0, 0.5] }),
  saturatedShare: linear('saturated', 'saturatedShare', [0, 1], { plain: true, healthy: [0, 0.5] }),
  nonFinite: linear('NaN, Inf', 'activationNonFinite', [0, 1], { plain: true, healthy: [0, 0] }),
};

/** What a heat map can show: `parameter.gradientNorm`, `activation.deadShare`. */
export type Measure = { of: 'parameter'; quantity: ParameterMeasure } | { of: 'activation'; quantity: ActivationQuantity };

export const measureKey = (measure: Measure): string => `${measure.of}.${measure.quantity}`;

export const measures: readonly Measure[] = [
  ...(['gradientNorm', 'firstMomentNorm', 'secondMomentNorm', 'updateRatio'] as const).map((quantity): Measure => ({ of: 'parameter', quantity })),
  ...parameterQuantities
    .filter((quantity) => !['gradientNorm', 'firstMomentNorm', 'secondMomentNorm'].includes(quantity))
    .map((quantity): Measure => ({ of: 'parameter', quantity })),
  ...activationQuantities.map((quantity): Measure => ({ of: 'activation', quantity })),
];

export const describe = (measure: Measure): Quantity =>
  measure.of === 'parameter' ? parameterTable[measure.quantity] : activationTable[measure.quantity];
