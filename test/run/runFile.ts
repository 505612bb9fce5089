import type { Edit } from '../../engine/diagnosis/finding';
import { applyEdits } from '../../engine/run/edit';

/** A run file that is right, one key per line. */
export const good = `{
  // A small network.
  "model": { "layers": [{ "dense": 32 }, "relu", { "dense": 10 }] },
  "data": { "train": { "csv": "digits.csv", "label": "target" } },
  "loss": "crossEntropy",
  "optimizer": { "type": "adam", "learningRate": 0.001 },
  "batchSize": 64, // samples
  "epochs": 3
}
`;

/** It with one value changed, removed (undefined) or added. */
export const changed = (path: string, value: unknown, kind?: Edit['kind']): string => applyEdits(good, [{ path, value, kind }]);
