import { InputError } from '../../../engine/errors';
import type { LossConfig } from '../../../engine/loss/schema';
import type { Note } from './layers';
import { lookUp, plain } from './terms';

/** What meets the loss. */
export interface Meets {
  /** The last layer's activation. */
  last: 'softmax' | 'sigmoid' | 'other';
  /** Outputs per sample. */
  width: number;
  /** The labels are classes, which Keras is given one-hot, or as 0 and 1 for a single output. */
  classes: boolean;
}

type Translated = (meets: Meets, note: Note) => LossConfig;

const numeric = (type: 'mse' | 'l1' | 'huber'): Translated => ({ classes }) => (classes ? ({ type, classes: true } as LossConfig) : type);
const nearest = (name: string, translated: Translated): Translated => (meets, note) => {
  const loss = translated(meets, note);
  note(`${name} is ${typeof loss === 'string' ? loss : loss.type}`);
  return loss;
};

/** Keras computes both cross-entropies from logits behind the activation they belong to, else from limited probabilities. */
const binary: Translated = ({ last, width, classes }) => {
  if (!classes) throw new InputError('binary_crossentropy needs labels of 0 and 1, but these are numbers');
  const type = last === 'sigmoid' ? 'bceWithLogits' : 'bce';
  return width > 1 ? { type, classes: true } : type;
};
const categorical: Translated = (meets, note) => {
  if (!meets.classes) throw new InputError('categorical_crossentropy needs classes, but the labels are numbers');
  if (meets.width === 1) return nearest('categorical_crossentropy of a single output, which is constant,', binary)(meets, note);
  return meets.last === 'softmax' ? 'crossEntropy' : { type: 'crossEntropy', labelSmoothing: 0, probabilities: true };
};

const [mse, mae, huber] = [numeric('mse'), numeric('l1'), numeric('huber')];
const table: Record<string, Translated> = {
  categoricalcrossentropy: categorical,
  sparsecategoricalcrossentropy: categorical,
  binarycrossentropy: binary,
  // Against one-hot targets the divergence is the cross-entropy.
  kld: categorical,
  kldivergence: categorical,
  kullbackleiblerdivergence: categorical,
  mse,
  meansquarederror: mse,
  mae,
  meanabsoluteerror: mae,
  huber,
  huberloss: huber,
  logcosh: nearest('logcosh', huber),
  msle: nearest('mean_squared_logarithmic_error', mse),
  meansquaredlogarithmicerror: nearest('mean_squared_logarithmic_error', mse),
  mape: nearest('mean_absolute_percentage_error', mae),
  meanabsolutepercentageerror: nearest('mean_absolute_percentage_error', mae),
  hinge: nearest('hinge', mae),
  squaredhinge: nearest('squared_hinge', mse),
  categoricalhinge: nearest('categorical_hinge', mae),
  poisson: nearest('poisson', mse),
  cosinesimilarity: nearest('cosine_similarity', mse),
  cosineproximity: nearest('cosine_proximity', mse),
};

export const lossOf = (name: string, meets: Meets, note: Note): LossConfig => lookUp(table, plain(name), 'loss')(meets, note);
