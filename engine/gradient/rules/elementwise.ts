import { abs, add, and, cos, div, equal, erf, exp, greater, less, log, mask, min, mul, neg, pow, product, sigmoid, sign, sin, softplus, sqrt, square, sub, tanh, where } from '../expression';
import type { Context, Rule, Rules } from '../rule';
import type { Value } from '../value';

/** A function of one number: dx = dy f'(x). */
const scale = (derivative: (c: Context) => Value): Rule => [(c) => mul(c.dy, derivative(c))];

/** Max and Min share the gradient equally between equal inputs, as torch does. */
const extremum: Rule = (c, i) => {
  const chosen = c.inputs.map((input) => mask(equal(input, c.y), c.dy.type));
  return mul(c.dy, div(chosen[i], chosen.reduce(add)));
};

const powerBase = (c: Context): Value => {
  const exponent = c.constant(1)?.length === 1 ? c.constant(1)![0] : undefined;
  if (exponent === undefined) return product(c.dy, mul(c.b, pow(c.x, sub(c.b, 1))));
  return mul(c.dy, mul(exponent === 2 ? c.x : pow(c.x, exponent - 1), exponent));
};
/** x^b ln x; where x = 0 the limit 0, as torch defines it. */
const powerExponent = (c: Context): Value => mul(c.dy, mul(c.y, log(where(equal(c.x, 0), 1, c.x))));

const gelu = (c: Context): Value => {
  const { x } = c;
  if (c.string('approximate', 'none') === 'none') {
    const cdf = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
    return add(cdf, mul(x, mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI))));
  }
  const k = Math.sqrt(2 / Math.PI);
  const t = tanh(mul(add(x, mul(mul(square(x), x), 0.044715)), k));
  const inner = mul(add(mul(square(x), 3 * 0.044715), 1), k);
  return mul(add(add(t, 1), product(x, sub(1, square(t)), inner)), 0.5);
};

const mish = ({ x }: Context): Value => {
  const t = tanh(softplus(x));
  return add(t, product(x, sub(1, square(t)), sigmoid(x)));
};

const seluAlpha = 1.6732632423543772;
const seluGamma = 1.0507009873554805;

/** Between the bounds, as torch's ReLU6 and Hardtanh have it; told from the output, so that the input need not be kept. */
const inside = (c: Context): Value => {
  const [low, high] = [1, 2].map((i) => (c.has(i) ? c.input(i) : undefined));
  const conditions = [...(low ? [greater(c.y, low)] : []), ...(high ? [less(c.y, high)] : [])];
  return conditions.length === 0 ? c.builder.constant(1, c.dy.type) : mask(conditions.reduce(and), c.dy.type);
};

export const elementwise: Rules = {
  Add: (c) => c.dy,
  Sum: (c) => c.dy,
  Mean: (c) => mul(c.dy, 1 / c.inputs.length),
  Sub: [(c) => c.dy, (c) => neg(c.dy)],
  Mul: [(c) => mul(c.dy, c.b), (c) => mul(c.dy, c.x)],
  Div: [(c) => div(c.dy, c.b), (c) => neg(mul(c.dy, div(c.y, c.b)))],
  Pow: [powerBase, powerExponent],
  Max: extremum,
  Min: extremum,
  Where: [undefined, (c) => where(c.x, c.dy, 0), (c) => where(c.x, 0, c.dy)],

  Identity: [(c) => c.dy],
  Cast: [(c) => mask(c.dy, c.x.type)],
  Clip: scale(inside),

  Neg: [(c) => neg(c.dy)],
  Abs: scale((c) => sign(c.x)),
  Sqrt: [(c) => div(mul(c.dy, 0.5), c.y)],
  Exp: scale((c) => c.y),
  Log: [(c) => div(c.dy, c.x)],
  Reciprocal: [(c) => neg(mul(c.dy, square(c.y)))],
  Sin: scale((c) => cos(c.x)),
  Cos: scale((c) => neg(sin(c.x))),
  Tan: scale((c) => add(square(c.y), 1)),
  Asin: [(c) => div(c.dy, sqrt(sub(1, square(c.x))))],
  Acos: [(c) => neg(div(c.dy, sqrt(sub(1, square(c.x)))))],
  Atan: [(c) => div(c.dy, add(square(c.x), 1))],
  Erf: scale((c) => mul(exp(neg(square(c.x))), 2 / Math.sqrt(Math.PI))),

  Relu: [(c) => (c.dy.maskedBy === c.y.name ? c.dy : mul(c.dy, mask(greater(c.y, 0), c.dy.type)))],
  LeakyRelu: scale((c) => where(greater(c.x, 0), 1, c.float('alpha', 0.01), c.dy.type)),
  ThresholdedRelu: scale((c) => mask(greater(c.x, c.float('alpha', 1)), c.dy.type)),
  PRelu: [(c) => where(greater(c.x, 0), c.dy, mul(c.dy, c.b)), (c) => mul(c.dy, min(c.x, 0))],
  // Below zero these are a exp(x) - a (scaled), so that the derivative is the output plus a.
  Elu: scale((c) => where(greater(c.x, 0), 1, add(c.y, c.float('alpha', 1)))),
  Selu: scale((c) => where(greater(c.x, 0), c.float('gamma', seluGamma), add(c.y, c.float('alpha', seluAlpha) * c.float('gamma', seluGamma)))),
  Celu: scale((c) => where(greater(c.x, 0), 1, add(mul(c.y, 1 / c.float('alpha', 1)), 1))),
  Gelu: scale(gelu),
  Mish: scale(mish),
  Sigmoid: scale((c) => mul(c.y, sub(1, c.y))),
  HardSigmoid: scale((c) => mul(mask(and(greater(c.y, 0), less(c.y, 1)), c.dy.type), c.float('alpha', 0.2))),
  // x clip(x/6 + 1/2, 0, 1)
  HardSwish: scale((c) => where(less(abs(c.x), 3), add(mul(c.x, 1 / 3), 0.5), mask(greater(c.x, 0), c.dy.type))),
  Tanh: scale((c) => sub(1, square(c.y))),
  Softplus: scale((c) => sigmoid(c.x)),
  Softsign: [(c) => div(c.dy, square(add(abs(c.x), 1)))],
};
