import type { LayerEntry } from '../../engine/layers/schema';

/** What is timed. `dims` of one sample; 10 classes, Adam. */
export interface Benchmark {
  name: string;
  dims: number[];
  batch: number;
  layers: LayerEntry[];
  /** Steps in one round: about a second's worth. */
  steps: number;
}

const conv = (filters: number): LayerEntry => ({ conv2d: { filters, kernel: 3 } });

/** The same nets as in `torch_step.py`. */
export const benchmarks: Benchmark[] = [
  { name: 'MLP 784-512-512-10', dims: [784], batch: 128, steps: 200, layers: [{ dense: 512 }, 'relu', { dense: 512 }, 'relu', { dense: 10 }] },
  { name: 'ConvNet 1-64-64-512-10', dims: [1, 28, 28], batch: 128, steps: 20, layers: [conv(64), 'relu', conv(64), 'relu', { maxPool2d: 2 }, 'flatten', { dense: 512 }, 'relu', { dense: 10 }] },
];
