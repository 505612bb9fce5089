import { Random } from '../../random';
import type { Samples } from '../samples';
import type { SimulatedConfig } from '../schema';

/** What the generator of a simulated source hides: y = X w + b + noise. */
export function hiddenLine({ features, seed = 0 }: SimulatedConfig): { weight: Float64Array; bias: number } {
  const random = new Random(seed, 'simulated/weight');
  return { weight: Float64Array.from({ length: features }, () => random.normal()), bias: random.normal() };
}

export function simulate(source: SimulatedConfig): Samples {
  const { samples, features, noise = 0, seed = 0 } = source;
  const { weight, bias } = hiddenLine(source);
  const inputs = new Random(seed, 'simulated/inputs');
  const errors = new Random(seed, 'simulated/noise');
  const data = Float64Array.from({ length: samples * features }, () => inputs.normal());
  const labels = Float64Array.from({ length: samples }, (_, i) => {
    let y = bias + noise * errors.normal();
    for (let j = 0; j < features; j++) y += data[i * features + j] * weight[j];
    return y;
  });
  return {
    count: samples,
    features: { type: 'float32', dims: [features], source: { kind: 'memory', data, width: features }, steps: [] },
    labels: [{ dims: [], data: labels }],
    locate: (sample) => ({ place: { file: 'simulated data' }, what: `sample ${sample}` }),
  };
}
