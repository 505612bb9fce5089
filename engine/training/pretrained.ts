/** Starting from what another training has learnt: weights by name, and what stays as it is. */
import { type Folders, resolvePath } from '../data/path';
import { InputError, KeyError } from '../errors';
import type { Model } from '../layers/model';
import { matches, shortList } from '../pattern';
import { readSafetensors, type SavedTensor } from '../run/safetensors';

/** Marks the parameters that are not trained. Throws KeyError for a pattern that matches none. */
export function freeze(model: Model, patterns: readonly string[]): void {
  patterns.forEach((pattern, i) => {
    const matched = model.parameters.filter(({ name }) => matches(pattern, name));
    if (matched.length === 0) throw new KeyError(`model.freeze.${i}`, `"${pattern}" matches no parameter; the parameters are ${shortList(model.parameters.map(({ name }) => name))}`);
    for (const parameter of matched) parameter.frozen = true;
  });
}

/**
 * Takes parameters and running statistics from a safetensors file: a checkpoint of a run (the averaged weights, where it has them), or tensors under the parameters'
 * own names. What the file has not, or in other dimensions, keeps its initial values and is named in the notices. Throws InputError for a file that fits nowhere.
 */
export function takeWeights({ graph, parameters, buffers }: Model, file: string, folders: Folders): string[] {
  const { tensors } = readSafetensors(resolvePath(file, folders), { anySource: true });
  const find = (name: string): SavedTensor | undefined => [`optimizer/ema/${name}`, `param/${name}`, `buffer/${name}`, name].map((key) => tensors[key]).find(Boolean);
  const own = new Map([...parameters.map(({ name, dims }) => [name, dims] as const), ...buffers.map((name) => [name, graph.tensor(name)!.dims] as const)]);
  const fresh: string[] = [];
  for (const [name, dims] of own) {
    const found = find(name);
    if (found && String(found.dims) === String(dims) && found.data instanceof Float32Array) graph.setTensor(name, { type: 'float32', dims, data: found.data });
    else fresh.push(found ? `${name} ([${found.dims.join(', ')}] in the file, [${dims.join(', ')}] here)` : name);
  }
  if (fresh.length === own.size) throw new InputError(`the file has no tensor for this model, whose parameters are ${shortList([...own.keys()])}`, { file });
  return fresh.length > 0 ? [`not in ${file}, and so trained from the start: ${shortList(fresh)}`] : [];
}
