import { add, div, mul } from '../gradient/expression';
import type { Builder, Value } from '../gradient/value';
import { hash } from '../random';
import { sizeOf } from './tensor';

/**
 * Random bits inside the graph: the counter generator "Squares" (Widynski 2020, arXiv:2004.06278) on 32-bit words, from int32 Mul, Add and Div
 * alone, which wrap around the same way on every device. An element's bits depend only on (seed, step, place, index): a resumed run draws what
 * the uninterrupted one would have drawn.
 */

/** Odd, with irregular digits: index x increment runs through all 32-bit words (a Weyl sequence). */
const increment = 0x9e3779b1 | 0;
const half = 65536;

/** Uniform over all int32, of the dimensions `dims`; `seed` and `step` are int32 scalars. */
export function randomBits(seed: Value, step: Value, place: string, dims: readonly number[]): Value {
  const [first, second] = [0x85ebca6b, 0xc2b2ae35].map((salt) => streamKey(keyOf(seed, step, salt | 0), place, salt));
  const y = add(counters(seed.builder, dims), first);
  const z = add(y, second);
  let x = swapHalves(add(mul(y, y), y));
  x = swapHalves(add(mul(x, x), z));
  return add(mul(x, x), y);
}

/** Mixes seed and step; the same for all places of a graph, so that it is computed once. */
function keyOf(seed: Value, step: Value, salt: number): Value {
  const weyl = add(add(mul(seed, 0x2545f491), mul(step, increment)), salt);
  let x = weyl;
  for (let round = 0; round < 3; round++) x = swapHalves(add(mul(x, x), weyl));
  return x;
}

const streamKey = (key: Value, place: string, salt: number): Value => add(mul(key, hash(place) | 1), hash(place + salt) | 0);

/** index x increment, as the sum of a column of the first axis and a block of the others: two small constants in place of one large one. */
function counters(builder: Builder, dims: readonly number[]): Value {
  const [rows, ...rest] = dims.length > 0 ? dims : [1];
  const stride = sizeOf(rest);
  const column = builder.constant(Array.from({ length: rows }, (_, i) => Math.imul(i * stride, increment)), 'int32', [rows, ...rest.map(() => 1)]);
  const block = builder.constant(Array.from({ length: stride }, (_, i) => Math.imul(i, increment)), 'int32', [1, ...rest]);
  return add(column, block);
}

/** The half words change places (but for a borrow where x is negative: the division truncates, which costs nothing that matters here). */
const swapHalves = (x: Value): Value => add(mul(x, half), div(x, half));
