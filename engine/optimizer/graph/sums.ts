/** The kernel's totals (engine/optimizer/kernel/memory.ts) on a device: sums over every row of the matrix, added up per parameter in float64. */
import { abs, concat, div, equal, greater, less, mask, mul, reshape, slice, square, sub, sum, where } from '../../gradient/expression';
import { reduce } from '../../gradient/reduce';
import type { Value } from '../../gradient/value';
import { Total } from '../kernel/memory';
import { type Layout, type Place, rowLength } from './layout';

/** Sizes beyond this are infinite; a comparison with NaN is false. */
const largestFinite = 3.4028234e38;

/** What every step knows of the gradient: [rows, 1] each. */
export interface RowNorms {
  /** max |g|, NaN left out. */
  largest: Value;
  /** What the elements were divided by before they were squared: their squares leave float32's range where a gradient vanishes or explodes. */
  unit: Value;
  /** sum (g / unit)^2. */
  squares: Value;
}

const unitOf = (largest: Value): Value => where(less(largest, largestFinite), where(greater(largest, 0), largest, 1), 1);
const rowSum = (x: Value): Value => sum(x, [1]);
const rowMax = (x: Value): Value => reduce('ReduceMax', where(equal(x, x), abs(x), 0), [1]);

export function rowNorms(gradient: Value): RowNorms {
  const largest = rowMax(gradient);
  const unit = unitOf(largest);
  return { largest, unit, squares: rowSum(square(div(gradient, unit))) };
}

/** The norm of all, and the largest element: [1, 1] each. */
export function globalNorm({ largest, unit, squares }: RowNorms): { norm: Value; largest: Value } {
  const most = reduce('ReduceMax', largest, [0]);
  const all = unitOf(most);
  const share = sum(mul(square(div(unit, all)), squares), [0]);
  return { norm: mul(all, share.builder.emit('Sqrt', [share], {}, share.dims, 'float32')), largest: most };
}

/** Everything that is summed, [rows, rowLength] each but for `numbers`; see `Total` for the notation. */
export interface Summed {
  gradient: Value;
  clipped: Value;
  norms: RowNorms;
  /** Before the step. */
  weight: Value;
  update: Value;
  /** First moment before and after the step. */
  before?: Value;
  first?: Value;
  second?: Value;
  inverse?: Value;
  floor?: Value;
}

/** Rows of the result, in its order. */
const sums = ['largest', 'squares', 'abs', 'zeros', 'nonFinite', 'center', 'shifted', 'shiftedSquares', 'momentProduct', 'momentSquares', 'firstSquares', 'second', 'update', 'updateSquares', 'updateMax', 'updateProduct', 'relative', 'inverse'] as const;
type Sum = (typeof sums)[number];

export const sumsDims = ({ rows }: Layout): [number, number] => [sums.length, rows];

/** Of the dimensions `sumsDims`. */
export function rowSums({ rows, places }: Layout, { gradient, clipped, norms, weight, update, before, first, second, inverse, floor }: Summed): Value {
  const { builder } = gradient;
  const counts = places.flatMap(({ length, rows: own }) => Array.from({ length: own }, (_, i) => Math.min(rowLength, length - i * rowLength)));
  const inside = mask(less(builder.constant(Array.from({ length: rowLength }, (_, i) => i), 'float32', [1, rowLength]), builder.constant(counts, 'float32', [rows, 1])), 'float32');
  const none = builder.constant(Array(rows).fill(0), 'float32', [rows, 1]);
  const center = slice(weight, [1], [0], [1]);
  const shifted = mul(sub(weight, center), inside);
  const each: Record<Sum, Value> = {
    largest: norms.largest,
    squares: norms.squares,
    abs: rowSum(abs(gradient)),
    zeros: rowSum(mul(mask(equal(gradient, 0), 'float32'), inside)),
    nonFinite: rowSum(sub(builder.constant(1, 'float32'), mask(less(abs(gradient), largestFinite), 'float32'))),
    center,
    shifted: rowSum(shifted),
    shiftedSquares: rowSum(square(shifted)),
    momentProduct: before ? rowSum(mul(gradient, before)) : none,
    momentSquares: before ? rowSum(square(before)) : none,
    firstSquares: first ? rowSum(square(first)) : none,
    second: second ? rowSum(second) : none,
    update: rowSum(update),
    updateSquares: rowSum(square(update)),
    updateMax: rowMax(update),
    updateProduct: rowSum(mul(gradient, update)),
    relative: second && floor ? rowSum(div(square(clipped), where(greater(second, floor), second, floor))) : none,
    inverse: inverse ? rowSum(mul(inverse, inside)) : none,
  };
  return concat(sums.map((name) => reshape(each[name], [1, rows])), 0);
}

/** The kernel's totals of one parameter. Returns what `Total.weightShifted` is relative to. */
export function totalsOf(values: Float32Array, rows: number, { row, rows: own, length }: Place, totals: Float64Array): number {
  const at = (name: Sum, r: number): number => values[sums.indexOf(name) * rows + r];
  totals.fill(0);
  const center = at('center', row);
  const added: [Total, Sum][] = [
    [Total.gradientAbs, 'abs'], [Total.zeros, 'zeros'], [Total.nonFinite, 'nonFinite'], [Total.momentProduct, 'momentProduct'], [Total.momentSquares, 'momentSquares'],
    [Total.firstSquares, 'firstSquares'], [Total.second, 'second'], [Total.update, 'update'], [Total.updateSquares, 'updateSquares'], [Total.updateProduct, 'updateProduct'],
    [Total.relative, 'relative'], [Total.inverseRoot, 'inverse'],
  ];
  for (let r = row; r < row + own; r++) {
    for (const [total, name] of added) totals[total] += at(name, r);
    const largest = at('largest', r);
    totals[Total.gradientMax] = Math.max(totals[Total.gradientMax], largest);
    totals[Total.updateMax] = Math.max(totals[Total.updateMax], at('updateMax', r));
    totals[Total.gradientSquares] += (largest > 0 && largest < largestFinite ? largest ** 2 : 1) * at('squares', r);
    // From the row's own center to that of the first.
    const [offset, shifted, count] = [at('center', r) - center, at('shifted', r), Math.min(rowLength, length - (r - row) * rowLength)];
    totals[Total.weightShifted] += shifted + count * offset;
    totals[Total.weightShiftedSquares] += at('shiftedSquares', r) + 2 * offset * shifted + count * offset ** 2;
  }
  // The kernel counts the padding of its pairs of vectors as zeros, and its readers take it off.
  totals[Total.zeros] += -length & 7;
  return center;
}
