import { expect } from 'vitest';
import { differentiate } from '../../engine/gradient/backward';
import type { Attributes } from '../../engine/onnx/attributes';
import { Graph } from '../../engine/onnx/graph';
import { newArray, sizeOf, type Tensor } from '../../engine/onnx/tensor';
import { Random } from '../../engine/random';
import { type Feeds, load, shapesOf } from './run';

/** Dimensions of a random operand that is differentiated, or a constant operand; undefined leaves the operand out. */
export type Argument = number[] | Tensor | undefined;

export const int64 = (...values: number[]): Tensor => ({ type: 'int64', dims: [values.length], data: BigInt64Array.from(values.map(BigInt)) });

export interface Options {
  attributes?: Attributes;
  outputs?: number;
  opset?: number;
  /** Operands are drawn from [low, high] and lie at least 0.05 off every integer and half, where kinks are. */
  range?: [number, number];
  /** Float32 where the runtime has no float64 kernel. */
  type?: 'float32' | 'float64';
  /** Central differences of this step; a large step is exact where the operator is linear in each operand. */
  step?: number;
  tolerance?: number;
  /** Builds more than one node; gets the names of the operands, returns those of the outputs. */
  build?: (graph: Graph, operands: string[]) => string[];
}

/** Operators that have kernels on the CPU and on WebGPU; gradients are made of these. */
const everywhere = [
  'Abs', 'Add', 'And', 'Cast', 'Concat', 'Conv', 'ConvTranspose', 'Cos', 'CumSum', 'Div', 'Einsum', 'Equal', 'Erf', 'Exp', 'Expand', 'GatherElements', 'GatherND', 'Gemm', 'Greater', 'Less', 'Log',
  'MatMul', 'Min', 'Mul', 'Neg', 'Pad', 'Pow', 'ReduceSum', 'Reshape', 'ScatterElements', 'ScatterND', 'Sigmoid', 'Sin', 'Slice', 'Softplus', 'Sqrt', 'Sub', 'Tanh', 'Transpose', 'Trilu', 'Where',
];

const draw = (random: Random, [low, high]: [number, number]): number => {
  for (;;) {
    const value = low + (high - low) * random.uniform();
    if (Math.abs(value * 2 - Math.round(value * 2)) > 0.1) return value;
  }
};

/**
 * Compares the gradient graph of one operator with central differences of its forward graph: element by element and along one random direction.
 * Error: largest difference over the largest element of the gradient. In float64 a step of 1e-5 leaves about 1e-10 (truncation h^2) + 1e-11 (rounding),
 * so 1e-7 is safe; in float32 a step of 1e-2 leaves about 1e-4 + 1e-5, so 3e-3.
 */
export async function check(op: string, args: Argument[], options: Options = {}): Promise<void> {
  const { attributes = {}, outputs = 1, opset = 17, range = [-2, 2], type = 'float64' } = options;
  const step = options.step ?? (type === 'float64' ? 1e-5 : 1e-2);
  const tolerance = options.tolerance ?? (type === 'float64' ? 1e-7 : 3e-3);
  const random = new Random(1, `${op}${JSON.stringify(args.map((arg) => (Array.isArray(arg) ? arg : 'c')))}`);
  const tensor = (dims: number[], value: () => number): Tensor => ({ type, dims, data: newArray(type, Array.from({ length: sizeOf(dims) }, value)) });

  const forward = Graph.create('forward');
  const feeds: Feeds = {};
  const operands = args.map((arg, i) => {
    if (!arg) return '';
    const name = `x${i}`;
    if (Array.isArray(arg)) {
      feeds[name] = tensor(arg, () => draw(random, range));
      forward.addInput(name, type, arg);
    } else forward.setTensor(name, arg);
    return name;
  });
  const results = options.build ? options.build(forward, operands) : forward.addAll(op, operands, attributes, Array.from({ length: outputs }, (_, i) => `y${i}`));
  const shapes = await shapesOf(forward, feeds, opset);

  const backward = forward.clone();
  const seeds: Feeds = {};
  for (const name of results) {
    const { dims, type: produced } = shapes.get(name)!;
    forward.addOutput(name, produced, dims);
    seeds[`d_${name}`] = tensor(dims, () => random.normal());
    backward.addInput(`d_${name}`, type, dims);
  }
  const wanted = Object.keys(feeds);
  const before = backward.nodes.length;
  const gradients = differentiate(backward, shapes, new Map(results.map((name) => [name, `d_${name}`])), wanted, opset);
  for (const node of backward.nodes.slice(before)) expect(everywhere, `${node.opType} in the gradient of ${op}`).toContain(node.opType);
  for (const name of wanted) backward.addOutput(backward.add('Identity', [gradients.get(name)!], {}, [`grad_${name}`]), type, feeds[name].dims);
  const ours = await (await load(backward, opset))({ ...feeds, ...seeds });

  const run = await load(forward, opset);
  const objective = async (at: Feeds): Promise<number> => {
    const ys = await run(at);
    let total = 0;
    for (const name of results) {
      const y = ys[name].data as Float64Array, dy = seeds[`d_${name}`].data as Float64Array;
      for (let i = 0; i < y.length; i++) total += y[i] * dy[i];
    }
    return total;
  };
  const moved = (name: string, by: (i: number) => number): Tensor => {
    const x = feeds[name];
    return { ...x, data: newArray(type, Array.from(x.data as Float64Array, (value, i) => value + by(i))) };
  };
  const slope = async (direction: Record<string, (i: number) => number>): Promise<number> => {
    const at = (h: number): Feeds => ({ ...feeds, ...Object.fromEntries(Object.entries(direction).map(([name, by]) => [name, moved(name, (i) => h * by(i))])) });
    return ((await objective(at(step))) - (await objective(at(-step)))) / (2 * step);
  };

  for (const name of wanted) {
    const gradient = ours[`grad_${name}`];
    expect(gradient.dims, `dimensions of the gradient of ${name}`).toEqual(feeds[name].dims);
    const found = Array.from(gradient.data as Float64Array);
    const largest = Math.max(1e-3, ...found.map(Math.abs));
    for (let i = 0; i < Math.min(found.length, 60); i++) {
      const expected = await slope({ [name]: (j) => (j === i ? 1 : 0) });
      expect(Math.abs(found[i] - expected) / largest, `d/d${name}[${i}]: ${found[i]}, differences say ${expected}`).toBeLessThan(tolerance);
    }
  }
  const direction = Object.fromEntries(wanted.map((name) => [name, Array.from(feeds[name].data as Float64Array, () => random.normal() / 4)]));
  const expected = await slope(Object.fromEntries(wanted.map((name) => [name, (i) => direction[name][i]])));
  let inner = 0, size = 1e-3;
  for (const name of wanted) {
    (ours[`grad_${name}`].data as Float64Array).forEach((g, i) => {
      inner += g * direction[name][i];
      size += Math.abs(g * direction[name][i]);
    });
  }
  expect(Math.abs(inner - expected) / size, `along a random direction: ${inner}, differences say ${expected}`).toBeLessThan(tolerance);
}
