/** What a model is trained for: its outputs, the loss of each, and where their labels stand in a row of labels. */
import { type LossOptions, takesClasses } from './schema';

export interface Objective {
  /** Name of the output; absent where the model has one. */
  output?: string;
  loss: LossOptions;
  /** Of the output of one sample, as the loss takes it. */
  dims: number[];
  /** Its labels are `size` of the `width` numbers of a row, from the first `before` on. */
  before: number;
  size: number;
  width: number;
}

type Labels = Float32Array | Int32Array;

/** The labels of one output; of the only output the array itself. */
export function labelsFor({ before, size, width, loss }: Objective, labels: Labels, samples: number): Labels {
  if (size === width) return labels;
  // What the row holds as floats because others are: ids are whole.
  const own = new (takesClasses(loss) ? Int32Array : Float32Array)(samples * size);
  for (let i = 0; i < samples; i++) own.set(labels.subarray(i * width + before, i * width + before + size), i * size);
  return own;
}

