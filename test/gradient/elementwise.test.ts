import { describe, it } from 'vitest';
import type { Attributes } from '../../engine/onnx/attributes';
import type { Tensor } from '../../engine/onnx/tensor';
import { check, type Options } from './check';

const scalar = (value: number): Tensor => ({ type: 'float64', dims: [], data: Float64Array.of(value) });
const single = (value: number): Tensor => ({ type: 'float32', dims: [], data: Float32Array.of(value) });
const float32: Options = { type: 'float32' };

describe('two operands, broadcast', () => {
  const pairs = [[[3, 4], [3, 4]], [[3, 4], [4]], [[3, 4], [3, 1]], [[3, 1], [1, 4]], [[4], [2, 3, 4]], [[], [3]], [[2, 1, 3], [4, 1]], [[1], []]];
  for (const op of ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min']) for (const [a, b] of pairs) it(`${op} [${a}] [${b}]`, () => check(op, [a, b]));
  for (const [a, b] of pairs) it(`Pow [${a}] [${b}]`, () => check('Pow', [a, b], { range: [0.2, 2] }));
  for (const exponent of [2, 3, 1, 0.5, -1]) it(`Pow ${exponent}`, () => check('Pow', [[3, 4], scalar(exponent)], { range: exponent % 1 === 0 ? [-2, 2] : [0.2, 2] }));
});

describe('many operands', () => {
  for (const op of ['Sum', 'Mean', 'Max', 'Min']) {
    it(`${op} of one`, () => check(op, [[2, 3]], float32));
    it(`${op} of three`, () => check(op, [[2, 3], [3], [2, 1]], float32));
  }
  it('the same operand twice', () => check('Mul', [[2, 3]], { build: (graph, [x]) => [graph.add('Mul', [x, x])] }));
  it('a value with three uses', () => check('three uses', [[2, 3]], {
    build: (graph, [x]) => {
      const e = graph.add('Exp', [x]);
      return [graph.add('Add', [graph.add('Mul', [e, x]), graph.add('Tanh', [e])])];
    },
  }));
});

describe('Where and Clip', () => {
  const condition: Tensor = { type: 'bool', dims: [2, 3], data: Uint8Array.of(1, 0, 0, 1, 1, 0) };
  for (const [a, b] of [[[2, 3], [2, 3]], [[3], []], [[2, 1], [4, 2, 3]]]) it(`Where [${a}] [${b}]`, () => check('Where', [condition, a, b]));
  it('Clip', () => check('Clip', [[4, 5], scalar(-0.5), scalar(1)]));
  it('Clip above', () => check('Clip', [[4, 5], undefined, scalar(0.5)]));
  it('Clip below, float32', () => check('Clip', [[4, 5], single(0)], float32));
});

describe('functions of one number', () => {
  const cases: [string, Options?, Attributes?][] = [
    ['Identity'], ['Neg'], ['Abs'], ['Exp'], ['Reciprocal', { range: [0.3, 2] }], ['Sqrt', { range: [0.3, 2] }], ['Log', { range: [0.3, 2] }],
    ['Sin'], ['Cos'], ['Tan', { range: [-1, 1], type: 'float32' }], ['Asin', { range: [-0.9, 0.9], type: 'float32' }], ['Acos', { range: [-0.9, 0.9], type: 'float32' }], ['Atan', float32], ['Erf', float32],
    ['Relu'], ['Sigmoid'], ['Tanh'], ['Softplus', float32], ['Softsign', float32], ['HardSwish', { ...float32, range: [-4, 4] }],
    ['LeakyRelu', float32], ['LeakyRelu', float32, { alpha: { float: 0.3 } }], ['ThresholdedRelu', float32, { alpha: { float: 0.5 } }],
    ['Elu', float32], ['Elu', float32, { alpha: { float: 0.5 } }], ['Selu', float32], ['Celu', float32], ['Celu', float32, { alpha: { float: 2 } }],
    ['HardSigmoid', { ...float32, range: [-4, 4] }], ['HardSigmoid', { ...float32, range: [-4, 4] }, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }],
    ['Gelu', { ...float32, opset: 20 }], ['Gelu', { ...float32, opset: 20 }, { approximate: 'tanh' }], ['Mish', { ...float32, opset: 18 }],
  ];
  for (const [op, options, attributes] of cases) it(`${op} ${JSON.stringify(attributes ?? {})}`, () => check(op, [[3, 5]], { ...options, attributes }));
  for (const slope of [[3, 1, 1], [1], [3, 2, 2]]) it(`PRelu, slope of [${slope}]`, () => check('PRelu', [[2, 3, 2, 2], slope]));
  it('Cast to float32 and back', () => check('Cast', [[2, 3]], { ...float32, build: (graph, [x]) => [graph.add('Cast', [graph.add('Cast', [x], { to: 11 })], { to: 1 })] }));
  it('Gelu as torch writes it', () => check('gelu', [[3, 4]], {
    ...float32,
    build: (graph, [x]) => {
      const cdf = graph.add('Add', [graph.add('Erf', [graph.add('Div', [x, graph.constant(Math.SQRT2)])]), graph.constant(1)]);
      return [graph.add('Mul', [graph.add('Mul', [x, cdf]), graph.constant(0.5)])];
    },
  }));
});
