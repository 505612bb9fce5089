import type { DatasetSpec } from '../dataset';

/** To a thread. */
export type Ask =
  | { kind: 'dataset'; dataset: number; spec: DatasetSpec }
  | { kind: 'batch'; id: number; dataset: number; indices: Uint32Array; epoch?: number };

export interface Batch {
  inputs: (Float32Array | Int32Array)[];
  labels: Float32Array | Int32Array;
}

/** From a thread. */
export type Answer = ({ id: number } & Batch) | { id: number; error: { name: string; message: string } };
