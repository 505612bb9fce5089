import type { ClipConfig, OptimizerConfig, ScheduleConfig } from '../../../engine/optimizer/schema';
import type { KerasObject } from '../cases';
import type { Note } from './layers';
import { lookUp, numberOf, termOf } from './terms';

type Options = Record<string, unknown>;
type Translated = (options: Options, note: Note) => OptimizerConfig;

const rate = (options: Options, otherwise: number): number => numberOf(options, ['learning_rate', 'lr'], otherwise);
const epsilon = (options: Options): number => numberOf(options, ['epsilon'], 1e-7);
const betas = (options: Options) => ({ beta1: numberOf(options, ['beta_1'], 0.9), beta2: numberOf(options, ['beta_2'], 0.999), epsilon: epsilon(options) });

const adam: Translated = (options) => ({ type: 'adam', learningRate: rate(options, 1e-3), ...betas(options), ...(options.amsgrad === true && { amsgrad: true }) });
const like = (name: string): Translated => (options, note) => {
  note(`${name} is Adam`);
  return adam(options, note);
};

/** Keras' optimizers with its defaults. */
const table: Record<string, Translated> = {
  sgd: (options) => ({ type: 'sgd', learningRate: rate(options, 1e-2), momentum: numberOf(options, ['momentum'], 0), ...(options.nesterov === true && { nesterov: true }) }),
  adam,
  adamw: (options) => ({ type: 'adamw', learningRate: rate(options, 1e-3), ...betas(options), weightDecay: numberOf(options, ['weight_decay'], 4e-3) }),
  adamax: like('Adamax'),
  nadam: like('Nadam'),
  adagrad: (options) => ({ type: 'adagrad', learningRate: rate(options, 1e-3), initialAccumulatorValue: numberOf(options, ['initial_accumulator_value'], 0.1), epsilon: epsilon(options) }),
  rmsprop: (options) => ({
    type: 'rmsprop', learningRate: rate(options, 1e-3), alpha: numberOf(options, ['rho'], 0.9), momentum: numberOf(options, ['momentum'], 0), epsilon: epsilon(options),
    ...(options.centered === true && { centered: true }),
  }),
  // Adadelta's own unit of the update starts near the root of epsilon.
  adadelta(options, note) {
    note('Adadelta is RMSprop with a thousandth of its learning rate');
    return { type: 'rmsprop', learningRate: 1e-3 * rate(options, 1e-3), alpha: numberOf(options, ['rho'], 0.95), epsilon: epsilon(options) };
  },
};

export function optimizerOf(given: KerasObject, note: Note): { optimizer: OptimizerConfig; schedule?: ScheduleConfig; clip?: ClipConfig } {
  const { name, options } = termOf(given, 'name');
  const optimizer = lookUp(table, name, 'optimizer')(options, note);
  const decay = numberOf(options, ['decay'], 0);
  const globalNorm = numberOf(options, ['global_clipnorm', 'clipnorm'], 0);
  const value = numberOf(options, ['clipvalue'], 0);
  if (options.clipnorm) note('clipnorm, which is per tensor, is a global norm');
  return {
    optimizer,
    ...(decay > 0 && { schedule: { type: 'inverseTime', rate: decay } }),
    ...((globalNorm > 0 || value > 0) && { clip: { ...(globalNorm > 0 && { globalNorm }), ...(value > 0 && { value }) } }),
  };
}
