import type { Dataset } from '../data/dataset';
import { newArray, sizeOf } from '../onnx/tensor';
import type { Evaluator } from '../training/evaluation';
import { metricOf } from '../training/metrics';
import type { Training } from '../training/setup';

/** How good a model is, in numbers that are smaller where it is better. */
export interface Score {
  loss: number;
  /**
   * Comparable between runs of different losses and scales of the values to predict: the share of wrong classes, or for numbers the share of their variance
   * that is not explained (1 - R^2).
   */
  error: number;
}

/** Training samples that stand in where the run file names no validation data. */
const mostTrainingSamples = 2000;

export async function scoreOf({ data: { validation, train }, loss: options }: Training, evaluator: Evaluator): Promise<Score> {
  const data = validation ?? { ...train, samples: Math.min(train.samples, mostTrainingSamples) };
  const residual = { squares: 0, count: 0, sum: 0, sumOfSquares: 0 };
  const { loss, metric } = await evaluator.evaluate(data, (output, labels, count) => {
    const used = count * sizeOf(data.labels.dims);
    residual.count += used;
    for (let i = 0; i < used; i++) {
      residual.squares += (output[i] - labels[i]) ** 2;
      residual.sum += labels[i];
      residual.sumOfSquares += labels[i] ** 2;
    }
  });
  const { squares, count, sum, sumOfSquares } = residual;
  return { loss, error: metricOf(options) === 'accuracy' ? 1 - metric : squares / (sumOfSquares - sum ** 2 / count) };
}

/** The labels of the first samples, as numbers. */
export function firstLabels(data: Dataset, most = 256): Float32Array | Int32Array {
  const samples = Math.min(most, data.samples);
  const room = ({ type, dims }: { type: 'float32' | 'int32'; dims: number[] }) => newArray(type, samples * sizeOf(dims)) as Float32Array | Int32Array;
  const labels = room(data.labels);
  data.gather(Array.from({ length: samples }, (_, i) => i), data.inputs.map(room), labels);
  return labels;
}
