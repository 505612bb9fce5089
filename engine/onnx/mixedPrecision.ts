/**
 * Mixed precision (Micikevicius et al. 2018, "Mixed Precision Training"): which values of a finished graph are float16, and the casts where types meet. Weights enter as float32, the
 * master weights, and are cast in the graph; everything that leaves the graph is float32.
 */
import type { Shapes } from '../gradient/value';
import type { GraphProto, NodeProto } from './generated/onnx_pb';
import { freeValues, type Graph } from './graph';
import { elementNumber, sizeOf, type Tensor } from './tensor';

export type Precision = 'float32' | 'float16';

/**
 * What an operator computes in, as PyTorch's autocast has it: `float16` where arithmetic is dense; `float32` where sums, powers and exponentials leave the range of float16 (at most
 * 65504, nothing below 6e-8) or its 11 bits are too few; `follows`: the type of what enters.
 */
const operators: Record<Precision | 'follows', string> = {
  float16: 'Conv ConvTranspose Einsum Gemm MatMul',
  float32: `
    Acos Asin Celu CumSum Exp Log LogSoftmax Pow Reciprocal Softmax Softplus Tan
    BatchNormalization GroupNormalization InstanceNormalization LayerNormalization GlobalAveragePool
    ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare
    Cast ConstantOfShape EyeLike If Loop IsInf IsNaN OneHot Range
    Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike`,
  follows: `
    Abs Add Atan Clip Cos Div Elu Erf Gelu HardSigmoid HardSwish Identity LeakyRelu Max Mean Min Mish Mul Neg PRelu Relu Selu Sigmoid Sin Softsign Sqrt Sub Sum Tanh ThresholdedRelu Where
    Sign Floor Ceil Round Mod Equal Greater GreaterOrEqual Less LessOrEqual
    Concat DepthToSpace Expand Flatten Pad Reshape Slice SpaceToDepth Split Squeeze Tile Transpose Trilu Unsqueeze
    Gather GatherElements GatherND ScatterElements ScatterND TopK
    AveragePool GlobalMaxPool MaxPool Resize
    And ArgMax ArgMin BitShift Constant NonZero Not Or Shape Size Xor`,
};

const classes = new Map(Object.entries(operators).flatMap(([name, list]) => list.trim().split(/\s+/).map((operator) => [operator, name as Precision | 'follows'] as const)));

/** Of an operator that nobody has judged float32 is right in any case. */
export const precisionOf = (operator: string): Precision | 'follows' | undefined => classes.get(operator);

/** Inputs from the front that have the operator's type; the others have a type of their own whatever it is. */
const typedInputs: Record<string, number> = { Resize: 1 };

/** A value that depends on constants and conditions only (a mask, the border of a window) is as good in either type: it is made in the one that is read. */
type Decision = Precision | 'either';

export interface MixedOptions {
  /** Values that are float32 besides the outputs of the graph: what a loss is computed from. */
  keep?: Iterable<string>;
  /** Computes in float32 and rounds every float16 value to float16: for devices without kernels, where onnxruntime would leave out the casts, and with them what float16 does to a value. */
  emulated?: boolean;
}

/**
 * Types the graph in place. `shapes` has its values; those that become float16 are marked there (not where that is emulated), new ones are added. An operator that follows has the type of the
 * largest of its inputs (of equally large ones float32): one number per channel does not make a tensor float32. What float32 operators alone read is computed in float32, so that the
 * squares under a variance do not overflow.
 */
export function mixPrecision(graph: Graph, shapes: Shapes, { keep = [], emulated = false }: MixedOptions = {}): void {
  const nodes = graph.sorted();
  const fixed = new Set([...graph.proto.output.map(({ name }) => name), ...keep]);
  const half = new Set<string>();
  const either = new Map<string, NodeProto | undefined>([...graph.initializers.keys()].map((name) => [name, undefined]));
  const copies = new Map<string, string>();
  const readers = new Map<string, NodeProto[]>();
  for (const node of nodes) for (const input of node.input) readers.set(input, [...(readers.get(input) ?? []), node]);

  const known = (name: string): Pick<Tensor, 'dims' | 'type'> | undefined => shapes.get(name) ?? graph.tensor(name);
  const isFloat = (name: string): boolean => name !== '' && ['float32', 'float16'].includes(known(name)?.type ?? '');
  const typed = ({ opType, input }: NodeProto): string[] => input.slice(0, typedInputs[opType]).filter(isFloat);
  const cast = (value: string, type: Precision, to?: string): string => {
    const own = graph.unique(`${value}_${type}`);
    const name = graph.add('Cast', [value], { to: elementNumber(type) }, [to ?? own]);
    // Nodes are named after their outputs, and the node that computed `to` is so already.
    graph.producer(name)!.name = own;
    shapes.set(name, { dims: known(to ?? value)!.dims, type });
    return name;
  };

  /** The value in a type, cast once for all who read it. */
  const read = (value: string, type: Precision): string => {
    if (half.has(value) === (type === 'float16') || (emulated && type === 'float32')) return value;
    const key = `${type} ${value}`;
    const copy = copies.get(key) ?? (emulated ? cast(cast(value, type), 'float32') : either.get(value) ? remade(either.get(value)!, value) : cast(value, type));
    copies.set(key, copy);
    return copy;
  };

  /** A node of constants and conditions once more, in float16. */
  const remade = (node: NodeProto, value: string): string => {
    if (node.opType === 'Cast') return cast(node.input[0], 'float16');
    const [name] = graph.repeat(node, node.input.map((input, i) => (isFloat(input) && i < (typedInputs[node.opType] ?? Infinity) ? read(input, 'float16') : input)), [graph.unique(`${value}_float16`)]).output;
    shapes.set(name, { dims: known(value)!.dims, type: 'float16' });
    return name;
  };

  /** A subgraph computes in float32, and costs nothing where it is not run: its casts are its own. */
  const castInside = ({ g: subgraph }: NodeProto['attribute'][number]): void => {
    if (!subgraph) return;
    for (const value of new Set(freeValues(subgraph).filter((name) => half.has(name)))) {
      const own = cast(value, 'float32');
      const node = graph.producer(own)!;
      graph.remove([node]);
      rename(subgraph, value, own);
      subgraph.node.unshift(node);
    }
  };

  const onlyFloat32Reads = (value: string): boolean => fixed.has(value) || (readers.get(value) ?? []).every(({ opType }) => (precisionOf(opType) ?? 'float32') === 'float32' && opType !== 'Cast');

  const decide = (node: NodeProto): Decision => {
    if (node.opType === 'Constant') return 'either';
    if (node.opType === 'Cast') return known(node.input[0])?.type === 'bool' ? 'either' : 'float32';
    const own = precisionOf(node.opType) ?? 'float32';
    if (own !== 'follows') return own;
    const inputs = typed(node);
    const deciding = inputs.filter((input) => !either.has(input));
    if (deciding.length === 0) return inputs.length > 0 && node.output.length === 1 && !fixed.has(node.output[0]) ? 'either' : 'float32';
    const outputs = node.output.filter(isFloat);
    if (outputs.length > 0 && outputs.every(onlyFloat32Reads)) return 'float32';
    const size = (value: string): number => sizeOf(known(value)!.dims);
    const largest = Math.max(...deciding.map(size));
    return deciding.every((input) => half.has(input) || size(input) < largest) ? 'float16' : 'float32';
  };

  for (const node of nodes) {
    if (!emulated) node.attribute.forEach(castInside);
    const type = decide(node);
    if (type === 'either') for (const output of node.output) either.set(output, node.opType === 'Constant' ? undefined : node);
    if (type === 'either' || node.opType === 'Cast') continue;
    const inputs = new Set(typed(node));
    node.input = node.input.map((input, i) => (inputs.has(input) && i < (typedInputs[node.opType] ?? Infinity) ? read(input, type) : input));
    if (type === 'float32') continue;
    for (const output of node.output.filter(isFloat)) {
      const shape = known(output)!;
      if (!fixed.has(output)) half.add(output);
      if (!fixed.has(output) && !emulated) {
        shapes.set(output, { ...shape, type });
        continue;
      }
      const own = graph.renameOutput(node, output, `${output}_${emulated ? 'exact' : type}`);
      shapes.set(own, { ...shape, type: emulated ? 'float32' : type });
      cast(emulated ? cast(own, type) : own, 'float32', output);
    }
  }
}

function rename(graph: GraphProto, from: string, to: string): void {
  for (const node of graph.node) {
    node.input = node.input.map((input) => (input === from ? to : input));
    for (const { g } of node.attribute) if (g) rename(g, from, to);
  }
}
