import { describe, it } from 'vitest';
import { check } from './check';

describe('Gemm', () => {
  for (const transA of [0, 1]) {
    for (const transB of [0, 1]) {
      const a = transA ? [4, 3] : [3, 4], b = transB ? [5, 4] : [4, 5];
      it(`transA ${transA}, transB ${transB}`, () => check('Gemm', [a, b], { attributes: { transA, transB } }));
      it(`transA ${transA}, transB ${transB}, alpha, beta, row`, () => check('Gemm', [a, b, [5]], { attributes: { transA, transB, alpha: { float: 0.5 }, beta: { float: 2 } } }));
    }
  }
  for (const c of [[3, 5], [1, 5], [3, 1], [1], []]) it(`C of [${c}]`, () => check('Gemm', [[3, 4], [4, 5], c]));
  it('opset 11', () => check('Gemm', [[3, 4], [4, 5], [5]], { opset: 11 }));
});

describe('MatMul', () => {
  for (const [a, b] of [
    [[3, 4], [4, 5]], [[4], [4]], [[4], [4, 5]], [[3, 4], [4]], [[2, 3, 4], [4]], [[4], [2, 4, 3]], [[2, 3, 4], [4, 5]], [[3, 4], [2, 4, 5]],
    [[2, 3, 4], [2, 4, 5]], [[2, 1, 3, 4], [3, 4, 2]], [[1, 3, 4], [2, 4, 5]], [[2, 3, 4], [1, 4, 5]], [[1, 4], [4, 1]], [[2, 2, 3, 4], [4, 1]],
  ]) it(`[${a}] x [${b}]`, () => check('MatMul', [a, b]));
});
