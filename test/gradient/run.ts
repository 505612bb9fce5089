import { create, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { ModelProtoSchema } from '../../engine/onnx/generated/onnx_pb';
import { type Graph, valueInfo } from '../../engine/onnx/graph';
import type { Tensor } from '../../engine/onnx/tensor';
import type { Shapes } from '../../engine/gradient/backward';

export const bytesOf = (graph: Graph, opset = 17): Uint8Array =>
  toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: [{ domain: '', version: BigInt(opset) }], graph: graph.proto }));

export type Feeds = Record<string, Tensor>;
export type Runner = (feeds: Feeds) => Promise<Record<string, Tensor>>;

export async function load(graph: Graph, opset = 17, options: InferenceSession.SessionOptions = {}): Promise<Runner> {
  const session = await InferenceSession.create(bytesOf(graph, opset), { intraOpNumThreads: 1, logSeverityLevel: 3, ...options });
  return async (feeds) => {
    const results = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new OrtTensor(type, data as never, dims)])));
    return Object.fromEntries(Object.entries(results).map(([name, { type, data, dims }]) => [name, { type, data, dims: [...dims] } as Tensor]));
  };
}

/** The shape of every value, found by running the graph with every value as an output. */
export async function shapesOf(graph: Graph, feeds: Feeds, opset = 17): Promise<Shapes> {
  const probe = graph.clone();
  const names = new Set(probe.nodes.flatMap((node) => node.output).filter(Boolean));
  probe.proto.output = [...names].map((name) => valueInfo(name, 'float32', []));
  // Without a type the runtime infers it.
  for (const output of probe.proto.output) output.type = undefined;
  const results = await (await load(probe, opset, { graphOptimizationLevel: 'disabled' }))(feeds);
  return new Map([...Object.entries(feeds), ...graph.initializers, ...Object.entries(results)].map(([name, { dims, type }]) => [name, { dims, type }]));
}
