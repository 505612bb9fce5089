import { InputError } from '../errors';

/** The option that a layer's bare value sets: {"dense": 10} is {"dense": {"units": 10}}. The layers' own definitions say the same; they are too heavy for the editor. */
export const bareValues: Record<string, string> = {
  dense: 'units', maxPool1d: 'kernel', maxPool2d: 'kernel', averagePool1d: 'kernel', averagePool2d: 'kernel', reshape: 'dims', embedding: 'embeddingDim', categoricalEmbedding: 'embeddingDim', dropout: 'p', dropout1d: 'p', dropout2d: 'p', gaussianNoise: 'std', residual: 'layers', leakyRelu: 'alpha', hardSigmoid: 'alpha', elu: 'alpha',
};

/**
 * A shorthand written out, with one option set: "crossEntropy" becomes {"type": "crossEntropy", "labelSmoothing": 0.1}, "relu" becomes {"relu": {"name": "r"}}.
 * `path` names the shorthand, `key` and `value` the option.
 */
export function expandShorthand(path: string[], written: unknown, key: string, value: unknown): unknown {
  if (typeof written === 'string') return written === key ? { [key]: value } : { type: written, [key]: value };
  const option = bareValues[path.at(-1) ?? ''];
  if (option !== undefined && written !== null) return key === option ? { [option]: value } : { [option]: written, [key]: value };
  throw new InputError(`${[...path, key].join('.')} cannot be set: ${path.join('.') || 'the run file'} is ${JSON.stringify(written)}`);
}
