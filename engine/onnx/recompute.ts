/**
 * Recomputation of activations (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"; PyTorch's torch.utils.checkpoint): the forward pass is cut into segments, and only
 * what crosses a cut is held until the reverse pass. What else that reads is computed a second time, segment by segment from the last, from what was held.
 */
import type { Shapes } from '../gradient/value';
import type { NodeProto } from './generated/onnx_pb';
import { isRandom } from './fold';
import { type Graph, nodeInputs } from './graph';
import { bytesOf } from './tensor';

/** A value of the forward pass. Places are those of nodes in the order of computation. */
interface Activation {
  name: string;
  bytes: number;
  /** The node that computes it, and the last one of the forward pass that reads it. */
  from: number;
  to: number;
  /** By the reverse pass. */
  read: boolean;
}

/** The smallest values that together are no more than this share of what the reverse pass reads are held: the statistics of a channel take no room, but a pass over its activations to compute. */
const negligible = 0.01;

/**
 * Rewrites the reverse pass in place, so that it reads second copies of what it would have held. `ends`: the values of the forward pass that it starts from; `gradients`: its results. What
 * else the graph computes reads the first copies. `segments`: at most so many; absent, as many as leave the lowest peak. The last one is not computed again: the reverse pass starts with it.
 * False where no cut lowers the peak; the graph then stays as it is. Who runs the graph must keep equal nodes apart, or the copies are one again.
 */
export function recompute(graph: Graph, shapes: Shapes, ends: Iterable<string>, gradients: Iterable<string>, segments = Infinity): boolean {
  const order = graph.sorted();
  const [forward, results] = [graph.upstream(ends), new Set(gradients)];
  const others = graph.upstream(graph.proto.output.map(({ name }) => name).filter((name) => !results.has(name)));
  const first = order.filter((node) => forward.has(node));
  const reverse = order.filter((node) => !forward.has(node) && !others.has(node));
  const activations = activationsOf(first, reverse, shapes);
  const cuts = lowestPeak(activations, segments);
  const dropped = new Set(activations.filter(({ from, to }) => from <= (cuts.at(-1) ?? -1) && !cuts.some((cut) => from <= cut && cut < to)).map(({ name }) => name));

  const wanted = new Set(reverse.flatMap(({ input }) => input).filter((value) => dropped.has(value)));
  const isWanted = ({ output }: NodeProto): boolean => output.some((value) => wanted.has(value));
  for (const node of first.toReversed()) if (isWanted(node)) for (const input of node.input) if (dropped.has(input)) wanted.add(input);
  const copies = new Map<string, string>();
  const read = (value: string): string => copies.get(value) ?? value;
  const again = graph.within('recomputation', () => first.filter(isWanted).map((node) => {
    const names = node.output.map((value) => value && graph.unique(`${value}_again`));
    for (const [i, value] of node.output.entries()) {
      if (wanted.has(value)) copies.set(value, names[i]);
      if (shapes.has(value)) shapes.set(names[i], shapes.get(value)!);
    }
    return graph.repeat(node, node.input.map(read), names);
  }));
  for (const node of reverse) node.input = node.input.map(read);
  // Listed before the reverse pass: of what a node of that reads, the gradient, listed later, is computed first, then what was dropped (`order.ts`).
  const later = new Set(reverse);
  graph.proto.node = [...order.filter((node) => !later.has(node)), ...again, ...reverse];
  return again.length > 0;
}

/** What may be dropped and computed again: not what is negligible, comes out of a subgraph or would be drawn anew. */
function activationsOf(first: readonly NodeProto[], reverse: readonly NodeProto[], shapes: Shapes): Activation[] {
  const lastReader = new Map(first.flatMap((node, place) => nodeInputs(node).map((input) => [input, place] as const)));
  const readers = new Set(reverse.flatMap(({ input }) => input));
  const all = first.flatMap((node, from) => (isRandom(node) || node.attribute.some(({ g }) => g) ? [] : node.output.flatMap((name): Activation | never[] =>
    (shapes.has(name) ? { name, bytes: bytesOf(shapes.get(name)!), from, to: lastReader.get(name) ?? from, read: readers.has(name) } : []))));
  let small = negligible * all.reduce((sum, { bytes, read }) => sum + (read ? bytes : 0), 0);
  const held = new Set(all.toSorted((a, b) => a.bytes - b.bytes).filter(({ bytes }) => (small -= bytes) >= 0));
  return all.filter((activation) => !held.has(activation));
}

/** Steps of the search for the lowest peak: to a four thousandth of what the reverse pass reads. */
const halvings = 12;

/** The places after which the forward pass is cut for the lowest peak; none where that lowers nothing. */
function lowestPeak(activations: readonly Activation[], segments: number): number[] {
  const places = [...new Set(activations.map(({ from }) => from))];
  const across = places.map((place) => activations.reduce((sum, { from, to, bytes }) => sum + (from <= place && place < to ? bytes : 0), 0));
  const narrow = places.filter((_, i) => across[i] <= (across[i - 1] ?? Infinity) && across[i] <= (across[i + 1] ?? Infinity));
  let [low, high, best] = [0, activations.reduce((sum, { bytes, read }) => sum + (read ? bytes : 0), 0), [] as number[]];
  for (let i = 0; i < halvings; i++) {
    const peak = (low + high) / 2;
    const cuts = cutsWithin(peak, activations, narrow, segments);
    if (cuts) [high, best] = [peak, cuts];
    else low = peak;
  }
  return best;
}

/**
 * As few of the places as keep the peak within so many bytes; undefined where they cannot. While the reverse pass is in a segment, what crosses the cuts up to the segment's end is held, and what
 * is read of its own. Of all ways to cut up to a place the one that holds the least is the best (dynamic programming).
 */
function cutsWithin(peak: number, activations: readonly Activation[], places: readonly number[], segments: number): number[] | undefined {
  const end = places.at(-1)!;
  let ways = new Map([[-1, { held: 0, cuts: [] as number[] }]]);
  for (let count = 0; count < segments && !ways.has(end); count++) {
    const longer = new Map(ways);
    for (const place of places) {
      let [crossing, own] = [0, 0];
      // The segment that ends here, longer and longer.
      for (let i = activations.findLastIndex(({ from }) => from <= place); i >= 0 && crossing + own <= peak; i--) {
        const { to, bytes, read } = activations[i];
        if (to > place) crossing += bytes;
        else if (read) own += bytes;
        const before = ways.get(activations[i - 1]?.from ?? -1);
        const held = before ? before.held + crossing : Infinity;
        if (held + own <= peak && held < (longer.get(place)?.held ?? Infinity)) longer.set(place, { held, cuts: [...before!.cuts, place] });
      }
    }
    if (![...longer].some(([place, way]) => way !== ways.get(place))) return undefined;
    ways = longer;
  }
  return ways.get(end)?.cuts.slice(0, -1);
}
