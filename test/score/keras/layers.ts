import { InputError } from '../../../engine/errors';
import type { LayerEntry } from '../../../engine/layers/schema';
import type { KerasLayer, KerasObject } from '../cases';
import { initializerOf } from './initializers';
import { lookUp, numberOf, plain, termOf } from './terms';

/** What could not be said exactly. */
export type Note = (text: string) => void;
type Options = Record<string, unknown>;

/** Keras' activations with its defaults; nothing for the linear one. */
const activations: Record<string, (options: Options, note: Note) => LayerEntry[]> = {
  linear: () => [],
  relu(options, note) {
    const slope = numberOf(options, ['negative_slope', 'alpha'], 0);
    if ((options.max_value ?? null) !== null || numberOf(options, ['threshold'], 0) !== 0) note('the limits of ReLU are left out');
    return [slope === 0 ? 'relu' : { leakyRelu: slope }];
  },
  relu6(_, note) {
    note('relu6 is relu');
    return ['relu'];
  },
  leakyrelu: (options) => [{ leakyRelu: numberOf(options, ['negative_slope', 'alpha'], 0.3) }],
  prelu(_, note) {
    note('PReLU is LeakyReLU with a fixed slope of 0.25');
    return [{ leakyRelu: 0.25 }];
  },
  thresholdedrelu(_, note) {
    note('ThresholdedReLU is relu');
    return ['relu'];
  },
  elu: (options) => [{ elu: numberOf(options, ['alpha'], 1) }],
  selu: () => ['selu'],
  gelu: () => ['gelu'],
  swish: () => ['silu'],
  silu: () => ['silu'],
  sigmoid: () => ['sigmoid'],
  hardsigmoid: () => [{ hardSigmoid: 0.2 }],
  tanh: () => ['tanh'],
  softmax: () => ['softmax'],
  softplus: () => ['softplus'],
  softsign: () => ['softsign'],
  exponential: () => ['exponential'],
};

function activationOf(given: KerasObject | undefined | null, note: Note): LayerEntry[] {
  const { name, options } = termOf(given ?? 'linear');
  // As the name of an activation, leaky_relu has another slope than the layer LeakyReLU.
  return lookUp(activations, name, 'activation')(typeof given === 'string' && name === 'leakyrelu' ? { alpha: 0.2 } : options, note);
}

const pair = (value: unknown): number | number[] => (Array.isArray(value) ? (value.every((n) => n === value[0]) ? Number(value[0]) : value.map(Number)) : Number(value));
const paddingOf = ({ padding = 'valid' }: Options): 0 | 'same' => lookUp({ valid: 0, same: 'same' } as const, plain(String(padding)), 'padding') as 0 | 'same';

const weights = (layer: KerasLayer, units: number): object => ({
  ...(layer.use_bias === false && { bias: false }),
  initializer: initializerOf(layer.kernel_initializer as KerasObject, 'glorot_uniform'),
  ...(layer.use_bias !== false && { biasInitializer: initializerOf(layer.bias_initializer as KerasObject, 'zeros', units) }),
});

const convolution = (kind: 'conv1d' | 'conv2d') => (layer: KerasLayer, note: Note): LayerEntry[] => {
  const filters = numberOf(layer, ['filters'], NaN);
  return [
    {
      [kind]: {
        filters, kernel: pair(layer.kernel_size), ...(layer.strides !== undefined && { stride: pair(layer.strides) }), padding: paddingOf(layer),
        ...(layer.dilation_rate !== undefined && { dilation: pair(layer.dilation_rate) }), ...(layer.groups !== undefined && { groups: Number(layer.groups) }), ...weights(layer, filters),
      },
    },
    ...activationOf(layer.activation as KerasObject, note),
  ];
};

const pooling = (kind: string, size: number) => (layer: KerasLayer): LayerEntry[] => {
  const kernel = pair(layer.pool_size ?? size);
  const stride = pair(layer.strides ?? layer.pool_size ?? size);
  const padding = paddingOf(layer);
  return [{ [kind]: { kernel, ...(String(stride) !== String(kernel) && { stride }), ...(padding && { padding }) } }];
};

const dropout = (layer: KerasLayer): LayerEntry[] => (numberOf(layer, ['rate', 'p'], 0.5) > 0 ? [{ dropout: numberOf(layer, ['rate', 'p'], 0.5) }] : []);
const likeDropout = (name: string) => (layer: KerasLayer, note: Note): LayerEntry[] => {
  note(`${name} is Dropout`);
  return dropout(layer);
};
const activation = (name: string) => (layer: KerasLayer, note: Note): LayerEntry[] => activations[name](layer, note);
const nothing = (): LayerEntry[] => [];

/** Keras' layers with its defaults. Images are channels first with us: the data is turned, and the order of flattened features does not matter to learning. */
const layers: Record<string, (layer: KerasLayer, note: Note) => LayerEntry[]> = {
  input: nothing,
  inputlayer: nothing,
  dense(layer, note) {
    const units = numberOf(layer, ['units'], NaN);
    return [{ dense: { units, ...weights(layer, units) } }, ...activationOf(layer.activation as KerasObject, note)];
  },
  activation: (layer, note) => activationOf(layer.activation as KerasObject, note),
  relu: activation('relu'),
  leakyrelu: activation('leakyrelu'),
  prelu: activation('prelu'),
  thresholdedrelu: activation('thresholdedrelu'),
  elu: activation('elu'),
  softmax: activation('softmax'),
  conv1d: convolution('conv1d'),
  conv2d: convolution('conv2d'),
  convolution2d: convolution('conv2d'),
  maxpooling1d: pooling('maxPool1d', 2),
  maxpooling2d: pooling('maxPool2d', 2),
  averagepooling1d: pooling('averagePool1d', 2),
  averagepooling2d: pooling('averagePool2d', 2),
  globalaveragepooling1d: () => ['globalAveragePool'],
  globalaveragepooling2d: () => ['globalAveragePool'],
  flatten: () => ['flatten'],
  dropout,
  spatialdropout1d: likeDropout('SpatialDropout1D'),
  spatialdropout2d: likeDropout('SpatialDropout2D'),
  alphadropout: likeDropout('AlphaDropout'),
  gaussiandropout: likeDropout('GaussianDropout'),
  gaussiannoise: (layer) => (numberOf(layer, ['stddev'], 0) > 0 ? [{ gaussianNoise: numberOf(layer, ['stddev'], 0) }] : []),
  // Keras' momentum is the weight of the old statistics, PyTorch's that of the new.
  batchnormalization: (layer) => [{ batchNorm: { momentum: Number((1 - numberOf(layer, ['momentum'], 0.99)).toPrecision(12)), epsilon: numberOf(layer, ['epsilon'], 1e-3) } }],
  layernormalization: (layer) => [{ layerNorm: { epsilon: numberOf(layer, ['epsilon'], 1e-3) } }],
};

/** Options of a layer that ours do not have. */
const left = /_(regularizer|constraint)$/;

export function layersOf(list: readonly KerasLayer[], note: Note): LayerEntry[] {
  const entries = list.flatMap((layer) => {
    for (const [key, value] of Object.entries(layer)) if (left.test(key) && value !== null) note(`${key} of ${layer.type} is left out`);
    return lookUp(layers, plain(layer.type), 'layer')(layer, note);
  });
  if (entries.length === 0) throw new InputError('the case has no layers');
  return entries;
}
