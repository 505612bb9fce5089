/** What outputs and labels of a batch mean, in one form for all metrics. */
import { type BoxFormat, boxesOf, type LossOptions, takesClasses } from '../loss';

/**
 * - `binary`: one yes or no per sample; `multiclass`: one of several classes; `multilabel`: several yes or no;
 * - `values`: numbers.
 */
export type Task = 'binary' | 'multiclass' | 'multilabel' | 'values';

export interface Problem {
  task: Task;
  /** Classes, labels or numbers per row; 2 where the task is binary. */
  width: number;
  /** Predictions that one sample holds: 1, or the positions of a sequence. */
  positions: number;
  /** Whether the outputs are, or stand for, probabilities: what a likelihood needs. */
  probabilities: boolean;
  /** What the four numbers of a box are, where the values are boxes. */
  boxes?: BoxFormat;
}

/** `outputDims`: of one sample, as the loss takes it. */
export function problemOf(loss: LossOptions, outputDims: readonly number[]): Problem {
  const size = outputDims.reduce((product, dim) => product * dim, 1);
  const yesOrNo = /^bce/.test(loss.type);
  if (takesClasses(loss) && outputDims[0] > 1) return { task: 'multiclass', width: outputDims[0], positions: size / outputDims[0], probabilities: loss.type === 'crossEntropy' };
  if (takesClasses(loss) || (yesOrNo && size === 1)) return { task: 'binary', width: 2, positions: size, probabilities: yesOrNo };
  return { task: yesOrNo ? 'multilabel' : 'values', width: size, positions: 1, probabilities: yesOrNo, ...(size === 4 && boxesOf(loss) && { boxes: boxesOf(loss) }) };
}

/** One batch, row by row. */
export interface Outcome {
  rows: number;
  /** rows x width: probabilities where the problem has them, else what the model put out. Of a binary problem: both classes. */
  scores: Float64Array;
  /** Class of every row; of a multilabel problem rows x width of 0 and 1, of values rows x width. */
  labels: ArrayLike<number>;
  /** Class of every row (the first of the highest scores), or rows x width of 0 and 1; empty for values. */
  predicted: Int32Array;
}

/** `output` is what the loss was computed from (logits, where the model ends in softmax or sigmoid); both arrays are only read. */
export function outcomeOf(problem: Problem, loss: LossOptions, output: Float32Array, labels: ArrayLike<number>, samples: number): Outcome {
  const { task, width, positions } = problem;
  const rows = samples * positions;
  if (task === 'values') return { rows, scores: Float64Array.from(output.subarray(0, rows * width)), labels, predicted: new Int32Array() };
  if (task === 'multiclass') {
    const scores = byRow(output, samples, width, positions);
    if (loss.type === 'crossEntropy') normalize(scores, width, loss.probabilities === true);
    else if (loss.type === 'bceWithLogits') scores.forEach((x, i) => { scores[i] = sigmoid(x); });
    // By the outputs themselves: probabilities may round to equal numbers.
    return { rows, scores, labels, predicted: highest(byRow(output, samples, width, positions), width) };
  }
  // Logits are yes above 0, numbers above 1/2.
  const logits = loss.type === 'bceWithLogits';
  const flat = output.subarray(0, task === 'binary' ? rows : rows * width);
  const predicted = Int32Array.from(flat, (x) => Number(x > (logits ? 0 : 0.5)));
  const hard = Int32Array.from({ length: flat.length }, (_, i) => Number(labels[i] > 0.5));
  const yes = Float64Array.from(flat, (x) => (logits ? sigmoid(x) : x));
  if (task === 'multilabel') return { rows, scores: yes, labels: hard, predicted };
  return { rows, scores: Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 1 ? yes[i >> 1] : 1 - yes[i >> 1])), labels: hard, predicted };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** From [samples, width, positions] to [samples x positions, width]. */
function byRow(output: Float32Array, samples: number, width: number, positions: number): Float64Array {
  if (positions === 1) return Float64Array.from(output.subarray(0, samples * width));
  return Float64Array.from({ length: samples * positions * width }, (_, i) => {
    const row = Math.floor(i / width);
    return output[(Math.floor(row / positions) * width + (i % width)) * positions + (row % positions)];
  });
}

/** Logits to their softmax, or numbers that are probabilities up to a factor to probabilities; in place. */
function normalize(scores: Float64Array, width: number, probabilities: boolean): void {
  for (let start = 0; start < scores.length; start += width) {
    const row = scores.subarray(start, start + width);
    if (!probabilities) {
      const top = row.reduce((a, b) => Math.max(a, b));
      row.forEach((x, i) => { row[i] = Math.exp(x - top); });
    }
    const total = row.reduce((a, b) => a + b, 0);
    row.forEach((x, i) => { row[i] = x / total; });
  }
}

/** Place of the first of the highest values of every row. */
function highest(values: Float64Array, width: number): Int32Array {
  return Int32Array.from({ length: values.length / width }, (_, row) => {
    let best = 0;
    for (let c = 1; c < width; c++) if (values[row * width + c] > values[row * width + best]) best = c;
    return best;
  });
}
