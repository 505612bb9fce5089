import type { InputInfo } from '../data/dataset';
import { KeyError } from '../errors';
import { Graph } from '../onnx/graph';
import type { ElementType } from '../onnx/tensor';
import { sizeOf } from '../onnx/tensor';
import type { ActivationInfo, ParameterInfo } from '../run/record';
import { initialize } from './initializers';
import type { LayerBuilder, Value } from './layer';
import type { LayerEntry } from './schema';
import { layers, readEntry } from './table';

/** A network before it is trained: one standard ONNX graph in training form, batch dimension "batch". Parameters and buffers are its initializers. */
export interface Model {
  graph: Graph;
  opset: number;
  /** Dimensions without the batch. */
  inputs: { name: string; type: ElementType; dims: number[] }[];
  /** What losses are computed from; a single one is called "output" unless a file names it otherwise. */
  outputs: ModelOutput[];
  parameters: (ParameterInfo & { frozen?: boolean })[];
  /** Running statistics: what a training step updates beside the parameters. */
  buffers: string[];
  activations: WatchedActivation[];
}

/** An output of the graph. */
export interface ModelOutput {
  name: string;
  /** It is already a probability. */
  endsIn?: 'softmax' | 'sigmoid';
}

/** `value`: the output of a layer; `input`: what enters it. */
export type WatchedActivation = ActivationInfo & { value: string; input: string };

/** The opset of every graph of ours: from 22 on WebGPU loses kernels that it has here. */
export const opset = 17;

/** Float32 numbers in 2 GB, what protobuf allows a file; 1 MB is left for the rest. */
const maximumSize = 2 ** 29 - 2 ** 18;

/**
 * The model that a run file's list of layers describes, for samples such as `source`. `heads`: layers that each take what the list ends in to an output of its own,
 * whose name their names start with. Throws KeyError at the layer at fault.
 */
export function buildModel(entries: LayerEntry[], source: InputInfo, seed: number, heads: Record<string, LayerEntry[]> = {}): Model {
  const graph = Graph.create('adamscope');
  const input = { type: source.type, dims: source.dims };
  const model: Model = { graph, opset, inputs: [{ name: 'input', ...input }], outputs: [], parameters: [], buffers: [], activations: [] };
  graph.addInput('input', input.type, ['batch', ...input.dims]);
  for (const head of Object.keys(heads)) {
    // Where the loss says "type", it is a loss; and no value in between may have the name of an output.
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(head) || head === 'type' || graph.unique(head) !== head) throw new KeyError(`model.heads.${head}`, 'is no name for an output: letters, digits and _ are allowed, but neither "input" nor "type"');
  }
  const counters = new Map<string, number>();
  const taken = new Set<string>();
  let depth = 0;
  let size = 0;
  let last = '';
  /** What names of layers start with. */
  let prefix = '';

  const add = (list: LayerEntry[], start: Value, path: string): Value => list.reduce((value, entry, i) => addLayer(entry, value, `${path}.${i}`), start);

  function addLayer(entry: LayerEntry, input: Value, path: string): Value {
    const { kind, name: given, options, nestedPath } = readEntry(entry);
    const definition = layers[kind];
    const name = given ?? nextName(prefix + definition.family);
    if (taken.has(name)) throw new KeyError(path, `two layers have the name "${name}"; names must differ`);
    taken.add(name);
    const own = { layer: name, path };
    const at = depth++;
    const builder: LayerBuilder = {
      graph, name, path, source: input.name === 'input' ? source : undefined,
      parameter(suffix, dims, initializer, fan = { in: sizeOf(dims), out: sizeOf(dims) }) {
        const full = `${name}.${suffix}`;
        size += sizeOf(dims);
        if (size > maximumSize) throw new KeyError(path, `${name} brings the model to ${size} parameters; an ONNX model holds at most ${maximumSize} (2 GB)`);
        graph.setTensor(full, { type: 'float32', dims, data: initialize(initializer, dims, fan, seed, full) });
        model.parameters.push({ name: full, dims, ...own, depth: at });
        return full;
      },
      buffer(suffix, dims, value) {
        const full = `${name}.${suffix}`;
        graph.setTensor(full, { type: 'float32', dims, data: new Float32Array(sizeOf(dims)).fill(value) });
        model.buffers.push(full);
        return full;
      },
      nested: (list, start) => add(list, start, `${path}.${nestedPath}`),
    };
    const output = definition.build(builder, input, options as never);
    if (definition.watched) model.activations.push({ layer: name, kind, dims: output.dims, path, depth: at, value: output.name, input: input.name });
    last = kind;
    return output;
  }

  function nextName(family: string): string {
    const n = (counters.get(family) ?? 0) + 1;
    counters.set(family, n);
    return `${family}${n}`;
  }

  function end(name: string, { name: value, dims, type }: Value): void {
    model.outputs.push({ name: graph.add('Identity', [value], {}, [name]), ...((last === 'softmax' || last === 'sigmoid') && { endsIn: last }) });
    graph.addOutput(name, type, ['batch', ...dims]);
  }

  const trunk = add(entries, { name: 'input', ...input }, 'model.layers');
  const branches = Object.entries(heads);
  if (branches.length === 0) end('output', trunk);
  for (const [head, list] of branches) {
    prefix = `${head}.`;
    end(head, add(list, trunk, `model.heads.${head}`));
  }
  return model;
}
