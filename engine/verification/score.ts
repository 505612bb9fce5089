import type { Dataset } from '../data/dataset';
import { newArray, sizeOf } from '../onnx/tensor';
import type { Evaluator } from '../training/evaluation';
import type { Training } from '../training/setup';

/** How good a model is, in numbers that are smaller where it is better. */
export interface Score {
  loss: number;
  metric: number;
  /**
   * Comparable between runs of different losses and scales of the values to predict: the share of wrong classes, or for values the share of their variance
   * that is not explained (1 - R^2).
   */
  error: number;
}

/** Training samples that stand in where the run file names no validation data. */
const mostTrainingSamples = 2000;

export async function scoreOf(training: Training, evaluator: Evaluator): Promise<Score> {
  const { validation, train } = training.data;
  const data = validation ?? { ...train, samples: Math.min(train.samples, mostTrainingSamples) };
  const error = errorCounter(data, training.loss.type);
  const { loss, metric } = await evaluator.evaluate(data, error.add);
  return { loss, metric, error: error.share() };
}

type Labels = Float32Array | Int32Array;

/** What the values to predict are: class ids, one yes or no from a logit or from a number, one of several outputs, numbers. */
type Kind = 'ids' | 'logit' | 'yes' | 'oneHot' | 'numbers';

/** Values of 0 and 1 are classes, whatever the loss. */
function kindOf(data: Dataset, loss: string): Kind {
  if (loss === 'crossEntropy') return 'ids';
  const labels = firstLabels(data);
  const binary = labels.every((value) => value === 0 || value === 1);
  const width = sizeOf(data.labels.dims);
  if (binary && width > 1 && rows(labels, width).every((row) => row.filter((value) => value === 1).length === 1)) return 'oneHot';
  if (loss === 'bceWithLogits') return 'logit';
  return binary ? 'yes' : 'numbers';
}

const rows = (labels: Labels, width: number): Labels[] => Array.from({ length: labels.length / width }, (_, i) => labels.subarray(i * width, (i + 1) * width));

/** Adds up what each batch got wrong. */
function errorCounter(data: Dataset, loss: string): { add(output: Float32Array, labels: Labels, count: number): void; share(): number } {
  const kind = kindOf(data, loss);
  const width = sizeOf(data.labels.dims);
  let total = 0;
  let wrong = 0;
  const spread = { squares: 0, sum: 0, sumOfSquares: 0 };
  const wrongAt: Record<Exclude<Kind, 'numbers'>, (output: Float32Array, labels: Labels, i: number, classes: number) => boolean> = {
    ids: (output, labels, i, classes) => argmax(output, Math.floor(i / width) * classes * width + (i % width), width, classes) !== labels[i],
    oneHot: (output, labels, i) => argmax(output, i * width, 1, width) !== argmax(labels, i * width, 1, width),
    logit: (output, labels, i) => output[i] > 0 !== labels[i] > 0.5,
    yes: (output, labels, i) => output[i] > 0.5 !== labels[i] > 0.5,
  };
  return {
    add(output, labels, count) {
      const used = kind === 'oneHot' ? count : count * width;
      total += used;
      for (let i = 0; i < used; i++) {
        if (kind !== 'numbers') {
          wrong += Number(wrongAt[kind](output, labels, i, output.length / labels.length));
          continue;
        }
        spread.squares += (output[i] - labels[i]) ** 2;
        spread.sum += labels[i];
        spread.sumOfSquares += labels[i] ** 2;
      }
    },
    share: () => (kind === 'numbers' ? spread.squares / (spread.sumOfSquares - spread.sum ** 2 / total) : wrong / total),
  };
}

function argmax(values: Labels, start: number, stride: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[start + i * stride] > values[start + best * stride]) best = i;
  return best;
}

/** The labels of the first samples, as numbers. */
export function firstLabels(data: Dataset, most = 256): Labels {
  const samples = Math.min(most, data.samples);
  const room = ({ type, dims }: { type: 'float32' | 'int32'; dims: number[] }) => newArray(type, samples * sizeOf(dims)) as Labels;
  const labels = room(data.labels);
  data.gather(Array.from({ length: samples }, (_, i) => i), data.inputs.map(room), labels);
  return labels;
}
