import type { Graph } from './graph';

/**
 * Lists the nodes backwards, so that onnxruntime runs them as they were added: it goes from results that nothing reads back to what they need, of
 * several always the last listed first (`Graph::ReverseDFSFrom`). Listed forwards, it would pass through the whole network to the gradient of the first
 * weight before it computes that of the last one, and hold everything that the others need until then.
 */
export function runAsAdded(graph: Graph): void {
  graph.proto.node = graph.sorted().reverse();
}
