import type { Initializer } from '../../../engine/layers/initializers';
import type { KerasObject } from '../cases';
import { lookUp, numberOf, plain, termOf } from './terms';

type Options = Record<string, unknown>;
type Fan = 'in' | 'out' | 'average';
type Distribution = 'uniform' | 'normal' | 'truncatedNormal';

/** Standard deviation of a standard normal cut off at two: Keras divides by it, so that the variance is right. */
const truncatedStd = 0.87962566103423978;

/** Of a tensor of one dimension Keras takes its length for both fans; ours scale a bias by the layer's. */
const scaled = (gain: number, fan: Fan, distribution: Distribution, length?: number): Initializer => {
  if (length === undefined) return named(gain, fan, distribution) ?? { varianceScaling: { gain, fan, distribution } };
  const std = Math.sqrt(gain / length);
  return distribution === 'uniform' ? { uniform: Math.sqrt(3) * std } : distribution === 'normal' ? { normal: std } : { truncatedNormal: std / truncatedStd };
};

const names = { '1 average': 'glorotUniform', '2 in': 'heUniform', '1 in': 'lecunUniform' } as const;
const named = (gain: number, fan: Fan, distribution: Distribution): Initializer | undefined =>
  (distribution === 'uniform' ? names[`${gain} ${fan}` as keyof typeof names] : undefined);

const fans: Record<string, Fan> = { fanin: 'in', fanout: 'out', fanavg: 'average' };
const distributions: Record<string, Distribution> = { uniform: 'uniform', normal: 'truncatedNormal', truncatednormal: 'truncatedNormal', untruncatednormal: 'normal' };

const bell = (kind: 'normal' | 'truncatedNormal') => (options: Options): Initializer => {
  const [mean, std] = [numberOf(options, ['mean'], 0), numberOf(options, ['stddev'], 0.05)];
  return std === 0 ? { constant: mean } : ({ [kind]: mean === 0 ? std : { mean, std } } as Initializer);
};

function uniform(options: Options): Initializer {
  const [low, high] = [numberOf(options, ['minval'], -0.05), numberOf(options, ['maxval'], 0.05)];
  return low === high ? { constant: low } : { uniform: low === -high ? high : [low, high] };
}

/** Keras' initialisers, with its defaults. `length`: of a tensor of one dimension. */
const table: Record<string, (options: Options, length?: number) => Initializer> = {
  zeros: () => 'zeros',
  zero: () => 'zeros',
  ones: () => 'ones',
  one: () => 'ones',
  constant: (options) => ({ constant: numberOf(options, ['value'], 0) }),
  randomuniform: uniform,
  uniform,
  randomnormal: bell('normal'),
  normal: bell('normal'),
  truncatednormal: bell('truncatedNormal'),
  variancescaling: (options, length) => scaled(
    numberOf(options, ['scale'], 1),
    lookUp(fans, plain(String(options.mode ?? 'fan_in')), 'mode of VarianceScaling'),
    lookUp(distributions, plain(String(options.distribution ?? 'truncated_normal')), 'distribution of VarianceScaling'),
    length,
  ),
  glorotuniform: (_, length) => scaled(1, 'average', 'uniform', length),
  glorotnormal: (_, length) => scaled(1, 'average', 'truncatedNormal', length),
  heuniform: (_, length) => scaled(2, 'in', 'uniform', length),
  henormal: (_, length) => scaled(2, 'in', 'truncatedNormal', length),
  lecununiform: (_, length) => scaled(1, 'in', 'uniform', length),
  lecunnormal: (_, length) => scaled(1, 'in', 'truncatedNormal', length),
  orthogonal: (options) => ({ orthogonal: numberOf(options, ['gain'], 1) }),
};

export function initializerOf(given: KerasObject | undefined | null, otherwise: string, length?: number): Initializer {
  const { name, options } = termOf(given ?? otherwise);
  return lookUp(table, name, 'initialiser')(options, length);
}
