import type { Finding } from '../../engine/diagnosis/finding';
import { activationValue, parameterValue, type ParameterQuantity, type RunRecord, type StepRecord } from '../../engine/run/record';

export type HealthState = 'healthy' | 'exploding' | 'vanishing' | 'dead' | 'saturated' | 'notFinite';

/** What is said of one layer of the run file, beside its line. */
export interface LayerHealth {
  layer: string;
  /** Path in the run file: "model.layers.3". */
  path: string;
  depth: number;
  state: HealthState;
  /** What the series is: the gradient norm of the layer's parameters, or a share of its units. */
  quantity: 'gradientNorm' | 'deadShare' | 'saturatedShare';
  value: number;
  /** The quantity at every step that was measured. */
  series: number[];
}

/** Mean |g| of a whole layer below this is lost in the noise (SageMaker Debugger, DeepDiagnosis). */
const vanishingMeanAbs = 1e-7;
/** Growth over the run's own beginning that the eye should be drawn to while no rule has spoken yet. */
const explodingGrowth = 100;
/** More than half of the units (DeepDiagnosis, TheDeepChecker). */
const unitShare = 0.5;

/** A symbol as well as a word and a colour: state is never told by colour alone. */
export const healthSymbol: Record<HealthState, string> = { healthy: '✓', exploding: '▲', vanishing: '▼', dead: '○', saturated: '◐', notFinite: '✗' };

const stateOfRule: Record<string, HealthState> = {
  'gradient-exploding': 'exploding',
  'gradient-vanishing': 'vanishing',
  'dead-units': 'dead',
  'saturated-units': 'saturated',
  'non-finite': 'notFinite',
};

/** The health of every layer that stands in the run file, in forward order. Findings decide; thresholds speak where no rule has. */
export function layerHealth(record: RunRecord, findings: readonly Finding[]): LayerHealth[] {
  const gradients = gradientHealth(record);
  const withGradient = new Set(gradients.map((layer) => layer.layer));
  const activations = activationHealth(record).filter((layer) => !withGradient.has(layer.layer));
  return [...gradients, ...activations]
    .map((layer) => ({ ...layer, state: stateFromFindings(layer, findings) ?? layer.state }))
    .sort((a, b) => a.depth - b.depth);
}

function stateFromFindings({ layer, path }: LayerHealth, findings: readonly Finding[]): HealthState | undefined {
  const own = findings.find((finding) => finding.rule in stateOfRule && (finding.target.layer === layer || finding.target.path === path));
  return own && stateOfRule[own.rule];
}

function gradientHealth({ header, steps }: RunRecord): LayerHealth[] {
  const measured = thin(steps.filter((step) => step.parameters));
  if (measured.length === 0) return [];
  const layers = new Map<string, number[]>();
  header.parameters.forEach(({ layer, path }, i) => { if (path) layers.set(layer, [...(layers.get(layer) ?? []), i]); });
  return [...layers].map(([layer, parameters]) => {
    const { path, depth } = header.parameters[parameters[0]];
    const series = measured.map((step) => Math.hypot(...parameters.map((i) => parameterValue(step, i, 'gradientNorm'))));
    const last = measured.at(-1)!;
    const worst = (quantity: ParameterQuantity) => Math.max(...parameters.map((i) => parameterValue(last, i, quantity)));
    return { layer, path: path!, depth, quantity: 'gradientNorm', value: series.at(-1)!, series, state: gradientState(series, worst) };
  });
}

function gradientState(series: readonly number[], worst: (quantity: ParameterQuantity) => number): HealthState {
  const last = series.at(-1)!;
  if (worst('nonFinite') > 0 || !Number.isFinite(last)) return 'notFinite';
  if (last === 0) return 'dead';
  if (worst('gradientMeanAbs') < vanishingMeanAbs) return 'vanishing';
  return last > explodingGrowth * median(series.slice(0, Math.ceil(series.length / 4))) ? 'exploding' : 'healthy';
}

function activationHealth({ header, steps }: RunRecord): LayerHealth[] {
  const measured = thin(steps.filter((step) => step.activations));
  if (measured.length === 0) return [];
  return header.activations.flatMap(({ layer, path, depth, kind }, i): LayerHealth[] => {
    if (!path || !isNonlinear(kind)) return [];
    const quantity = kind === 'sigmoid' || kind === 'tanh' ? 'saturatedShare' : 'deadShare';
    const series = measured.map((step) => activationValue(step, i, quantity));
    const value = series.at(-1)!;
    const broken = activationValue(measured.at(-1)!, i, 'nonFinite') > 0;
    const state = broken ? 'notFinite' : value > unitShare ? (quantity === 'deadShare' ? 'dead' : 'saturated') : 'healthy';
    return [{ layer, path, depth, quantity, value, series, state }];
  });
}

/** A line of text shows no more than this many points; the newest is always among them. */
const points = 240;

function thin(steps: readonly StepRecord[]): StepRecord[] {
  const stride = Math.ceil(steps.length / points);
  return steps.filter((_, i) => (steps.length - 1 - i) % stride === 0);
}

const isNonlinear = (kind: string): boolean => /relu|elu|gelu|silu|sigmoid|tanh|softplus/i.test(kind);

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}
