import type { Shapes } from '../gradient/value';
import { int, ints } from './attributes';
import { constantNodes } from './fold';
import type { NodeProto } from './generated/onnx_pb';
import type { Graph } from './graph';
import { numbers, sizeOf, type Tensor } from './tensor';

/** Where a value's batch lies: an axis, and how many steps of that axis come before it where it is merged with others ([T x batch]: T). */
interface Place {
  axis: number;
  inner: number;
}

/**
 * Exports with a fixed batch size write it into the shapes of Reshape and into the zeros that a recurrent layer starts from. Writes the shapes
 * anew so that any batch fits: 0 ("as it was") where the batch stays the first axis, -1 ("what is left") elsewhere. What cannot be rewritten
 * stays, and fails with the layer's name when another batch size is run. Returns report sentences.
 */
export function freeBatch(graph: Graph, shapes: Shapes, values: ReadonlyMap<string, Tensor>, inputs: readonly { name: string; dims: number[] }[]): string[] {
  const batch = inputs[0].dims[0];
  const constant = constantNodes(graph, inputs.map(({ name }) => name));
  const isConstant = (name: string): boolean => graph.isInitializer(name) || constant.has(graph.producer(name)!);
  // What is computed from dimensions follows the batch by itself.
  const isFixed = (name: string): boolean => isConstant(name) && ancestors(graph, name).every(({ opType }) => opType !== 'Shape' && opType !== 'Size');
  const valueOf = (name: string): number[] => numbers(graph.tensor(name) ?? values.get(name)!);
  const places = new Map<string, Place>(inputs.map(({ name }) => [name, { axis: 0, inner: 1 }]));
  let changed = 0;

  for (const node of graph.sorted()) {
    const from = node.input.find((input) => places.has(input));
    if (from === undefined) continue;
    if (node.opType === 'Reshape') {
      const [before, after] = [shapes.get(from)!.dims, shapes.get(node.output[0])!.dims];
      const place = reshaped(before, places.get(from)!, after);
      if (!place || after[place.axis] % batch !== 0) continue;
      places.set(node.output[0], place);
      if (!isFixed(node.input[1]) || int(node, 'allowzero', 0) === 1) continue;
      const shape = valueOf(node.input[1]);
      const { axis } = place;
      if (shape[axis] <= 0) continue;
      const stays = axis === 0 && places.get(from)!.axis === 0 && before[0] === after[0];
      node.input[1] = graph.int64(stays ? shape.with(0, 0) : after.with(axis, -1));
      changed++;
      continue;
    }
    if (recurrent.has(node.opType)) {
      // Left out, the initial states are zeros for any batch.
      for (const i of [5, 6]) {
        if (!node.input[i] || !isConstant(node.input[i]) || valueOf(node.input[i]).some((x) => x !== 0)) continue;
        node.input[i] = '';
        changed++;
      }
    }
    node.output.forEach((output, i) => {
      const [before, after] = [shapes.get(from)?.dims, shapes.get(output)?.dims];
      if (!before || !after) return;
      const { axis, inner } = places.get(from)!;
      const moved = movedAxis(node, i, from, shapes, before, axis, after);
      if (moved >= 0 && moved < after.length && after[moved] % batch === 0) places.set(output, { axis: moved, inner });
    });
  }
  return changed === 0 ? [] : [`the file was exported for batches of ${batch}; ${changed} fixed sizes were opened so that any batch size fits`];
}

const recurrent = new Set(['LSTM', 'GRU', 'RNN']);

function ancestors(graph: Graph, value: string): NodeProto[] {
  const found = new Set<NodeProto>();
  const stack = [value];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    const node = graph.producer(name);
    if (!node || found.has(node)) continue;
    found.add(node);
    stack.push(...node.input);
  }
  return [...found];
}

/** Reshaping keeps the order of the elements: as many of them as before lie in front of the batch. */
function reshaped(from: readonly number[], { axis, inner }: Place, to: readonly number[]): Place | undefined {
  const before = sizeOf(from.slice(0, axis)) * inner;
  const starts = to.map((_, i) => sizeOf(to.slice(0, i)));
  // An axis of the same size is the batch itself; otherwise it is part of the axis that its first step falls into.
  const same = starts.findIndex((start, i) => start === before && to[i] === from[axis]);
  const found = same >= 0 ? same : starts.findIndex((start, i) => start <= before && before < start * to[i]);
  return found >= 0 && before % starts[found] === 0 ? { axis: found, inner: before / starts[found] } : undefined;
}

/** The axis of the result that the batch axis of an input becomes; operators that are not listed keep the order of axes. */
function movedAxis(node: NodeProto, index: number, from: string, shapes: Shapes, before: readonly number[], axis: number, after: readonly number[]): number {
  switch (node.opType) {
    case 'Transpose':
      return ints(node, 'perm', before.map((_, i) => before.length - 1 - i)).indexOf(axis);
    case 'Gather': {
      const given = int(node, 'axis', 0);
      const gathered = given < 0 ? given + shapes.get(node.input[0])!.dims.length : given;
      if (from === node.input[1]) return gathered + axis;
      return axis > gathered ? axis + after.length - before.length : axis;
    }
    case 'LSTM': case 'GRU': case 'RNN':
      return index === 0 ? 2 : 1;
    case 'Flatten': case 'Gemm':
      return 0;
    default:
      return axis + kept(before, axis, after);
  }
}

/** How far an axis moves: broadcasting aligns from the right, squeezing and reducing drop axes before it, unsqueezing adds some. */
function kept(before: readonly number[], axis: number, after: readonly number[]): number {
  const difference = after.length - before.length;
  const shifts = difference < 0 ? Array.from({ length: 1 - difference }, (_, i) => -i) : [...new Set([difference, ...Array(difference).keys()])];
  return shifts.find((shift) => after[axis + shift] === before[axis]) ?? -Infinity;
}
