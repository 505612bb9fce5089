import { sizeOf } from '../../onnx/tensor';
import { expand, normalizeAxis, reshape, scatter, scatterElements, zeros } from '../expression';
import type { Context, Rules } from '../rule';
import type { Value } from '../value';
import { place } from './shape';

/** Rows that were read several times (words of an embedding) add up. */
const gather = (c: Context): Value => {
  const { dims } = c.x;
  const axis = c.axis(0);
  const [before, after] = [dims.slice(0, axis), dims.slice(axis + 1)];
  const count = sizeOf(c.b.dims);
  const dy = reshape(c.dy, [...before, count, ...after]);
  const fixed = c.constant(1);
  if (fixed?.length === 1) return place(dy, axis, dims[axis], normalizeAxis(fixed[0], dims[axis]), 1);
  if (axis === 0) return scatter(dy, reshape(c.b, [count, 1]), dims);
  return scatterElements(dy, expand(reshape(c.b, dims.map((_, i) => (i === axis ? count : 1))), dy.dims), axis, dims);
};

const gatherND = (c: Context): Value => {
  if (c.int('batch_dims', 0) !== 0) c.fail('batch_dims must be 0');
  return scatter(c.dy, c.b, c.x.dims);
};

const reductionOf = (c: Context): string => {
  const reduction = c.string('reduction', 'none');
  return reduction === 'none' || reduction === 'add' ? reduction : c.fail(`reduction is "${reduction}"`);
};
/** What was written over has no part in the result. */
const overwritten = (c: Context): Value =>
  reductionOf(c) === 'add' ? c.dy : c.builder.emit(c.node.opType, [c.dy, c.b, zeros(c.dy, c.input(2).dims)], { axis: c.node.opType === 'ScatterElements' ? c.axis(0) : undefined }, c.dy.dims, c.dy.type);
const written = (op: 'GatherElements' | 'GatherND') => (c: Context): Value => {
  reductionOf(c);
  return c.builder.emit(op, [c.dy, c.b], { axis: op === 'GatherElements' ? c.axis(0) : undefined }, c.input(2).dims, c.dy.type);
};

export const indexing: Rules = {
  Gather: [gather],
  GatherElements: [(c) => scatterElements(c.dy, c.b, c.axis(0), c.x.dims)],
  GatherND: [gatherND],
  ScatterElements: [overwritten, undefined, written('GatherElements')],
  ScatterND: [overwritten, undefined, written('GatherND')],
  TopK: [(c) => scatterElements(c.dy, c.builder.value(c.node.output[1]), c.axis(-1), c.x.dims)],
};
