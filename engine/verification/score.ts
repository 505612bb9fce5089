import type { Dataset } from '../data/dataset';
import { boxesOf } from '../loss';
import { labelsFor } from '../loss/objective';
import { named } from '../metrics/names';
import { newArray, sizeOf } from '../onnx/tensor';
import type { Evaluator } from '../training/evaluation';
import { metricOf } from '../training/metrics';
import type { Training } from '../training/setup';

/** How good a model is, in numbers that are smaller where it is better. */
export interface Score {
  loss: number;
  /**
   * Comparable between runs of different losses and scales of the values to predict: the share of wrong classes, or for numbers the share of their variance
   * that is not explained (1 - R^2), for boxes what their overlap lacks (1 - IoU); of several outputs their mean.
   */
  error: number;
}

/** Training samples that stand in where the run file names no validation data. */
const mostTrainingSamples = 2000;

export async function scoreOf({ data: { validation, train } }: Training, evaluator: Evaluator): Promise<Score> {
  const data = validation ?? { ...train, samples: Math.min(train.samples, mostTrainingSamples) };
  const objectives = await evaluator.objectives(data);
  const residuals = objectives.map(() => ({ squares: 0, count: 0, sum: 0, sumOfSquares: 0 }));
  const wanted = objectives.map((objective) => ({ objective, name: named(objective, boxesOf(objective.loss) ? 'iou' : metricOf(objective.loss)) }));
  const { loss, scores } = await evaluator.evaluate(data, (outputs, labels, count) => {
    for (const [i, residual] of residuals.entries()) {
      const own = labelsFor(objectives[i], labels, count);
      const used = count * objectives[i].size;
      residual.count += used;
      for (let j = 0; j < used; j++) {
        residual.squares += (outputs[i][j] - own[j]) ** 2;
        residual.sum += own[j];
        residual.sumOfSquares += own[j] ** 2;
      }
    }
  }, wanted.map(({ name }) => name));
  const errors = wanted.map(({ objective, name }, i) => {
    if (boxesOf(objective.loss) || metricOf(objective.loss) === 'accuracy') return 1 - (scores[name] ?? NaN);
    const { squares, count, sum, sumOfSquares } = residuals[i];
    return squares / (sumOfSquares - sum ** 2 / count);
  });
  return { loss, error: errors.reduce((sum, error) => sum + error, 0) / errors.length };
}

/** The labels of the first samples, as numbers. */
export function firstLabels(data: Dataset, most = 256): Float32Array | Int32Array {
  const samples = Math.min(most, data.samples);
  const room = ({ type, dims }: { type: 'float32' | 'int32'; dims: number[] }) => newArray(type, samples * sizeOf(dims)) as Float32Array | Int32Array;
  const labels = room(data.labels);
  data.gather(Array.from({ length: samples }, (_, i) => i), data.inputs.map(room), labels);
  return labels;
}
