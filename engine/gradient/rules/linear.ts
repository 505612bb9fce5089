import { sizeOf } from '../../onnx/tensor';
import { fit, gemm, matmul, mul, reshape, swapLast } from '../expression';
import type { Context, Rules } from '../rule';
import type { Value } from '../value';

const flags = (c: Context): { alpha: number; transA: boolean; transB: boolean } => ({
  alpha: c.float('alpha', 1),
  transA: c.int('transA', 0) !== 0,
  transB: c.int('transB', 0) !== 0,
});

/** Matrices (or stacks of them) instead of vectors, as NumPy's matmul reads its operands. */
const operands = ({ x, b, dy }: Context): { a: Value; b: Value; dy: Value } => {
  const rows = x.dims.length === 1 ? 1 : x.dims.at(-2)!;
  const columns = b.dims.length === 1 ? 1 : b.dims.at(-1)!;
  const batch = dy.dims.slice(0, dy.dims.length - (x.dims.length > 1 ? 1 : 0) - (b.dims.length > 1 ? 1 : 0));
  return {
    a: x.dims.length === 1 ? reshape(x, [1, ...x.dims]) : x,
    b: b.dims.length === 1 ? reshape(b, [...b.dims, 1]) : b,
    dy: reshape(dy, [...batch, rows, columns]),
  };
};
/** A stack of matrices times one matrix is one tall matrix times it. */
const tall = (x: Value): Value => reshape(x, [sizeOf(x.dims.slice(0, -1)), x.dims.at(-1)!]);

/** The gradient of one operand is the product of the others with dy, over the indices that the operand does not have. */
const einsum = (c: Context, operand: number): Value => {
  const [left, right] = c.string('equation', '').replace(/\s/g, '').split('->');
  const terms = left.split(',');
  if (left.includes('.') || terms.some((term) => new Set(term).size < term.length)) c.fail(`its equation "${left}" has an ellipsis or repeats an index within one operand`);
  const letters = [...new Set(left.replaceAll(',', ''))];
  const result = right ?? letters.filter((letter) => left.split(letter).length === 2).sort().join('');
  const others = terms.filter((_, i) => i !== operand);
  // An index of this operand alone was summed: its gradient is the same all along.
  const known = [...terms[operand]].filter((letter) => [result, ...others].some((term) => term.includes(letter)));
  const dims = [...terms[operand]].map((letter, axis) => (known.includes(letter) ? c.input(operand).dims[axis] : 1));
  const equation = `${[result, ...others].join(',')}->${known.join('')}`;
  const inputs = c.inputs.filter((_, i) => i !== operand);
  return reshape(c.builder.emit('Einsum', [c.dy, ...inputs], { equation }, dims.filter((_, axis) => known.includes(terms[operand][axis])), c.dy.type), dims);
};

export const linear: Rules = {
  Gemm: [
    (c) => {
      const { alpha, transA, transB } = flags(c);
      return transA ? gemm(c.b, c.dy, { transA: transB, transB: true, alpha }) : gemm(c.dy, c.b, { transB: !transB, alpha });
    },
    (c) => {
      const { alpha, transA, transB } = flags(c);
      return transB ? gemm(c.dy, c.x, { transA: true, transB: transA, alpha }) : gemm(c.x, c.dy, { transA: !transA, alpha });
    },
    (c) => mul(c.dy, c.float('beta', 1)),
  ],

  MatMul: [
    (c) => {
      const { a, b, dy } = operands(c);
      const da = b.dims.length === 2 ? reshape(gemm(tall(dy), b, { transB: true }), a.dims) : matmul(dy, swapLast(b));
      return reshape(fit(da, a.dims), c.x.dims);
    },
    (c) => {
      const { a, b, dy } = operands(c);
      const db = b.dims.length === 2 ? gemm(tall(a), tall(dy), { transA: true }) : matmul(swapLast(a), dy);
      return reshape(fit(db, b.dims), c.b.dims);
    },
  ],

  Einsum: einsum,
};
