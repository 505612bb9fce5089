import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { crc32 } from 'node:zlib';
import { InputError } from '../errors';
import { inlineFunctions } from './functions';
import { type GraphProto, GraphProtoSchema, type ModelProto, ModelProtoSchema } from './generated/onnx_pb';
import { Graph } from './graph';

/** A model as read from a file; `graph` edits `proto.graph`. */
export interface ModelFile {
  graph: Graph;
  /** Of the standard operators. */
  opset: number;
  proto: ModelProto;
}

const opsets = { oldest: 7, newest: 24 };
const checksumKey = 'adamscope.checksum';
/** The version of the file format that came with an opset (onnx.ai/onnx/repo-docs/Versioning.html). */
const irVersion = (opset: number): bigint => (opset >= 21 ? 10n : opset >= 19 ? 9n : 8n);
const standard = (domain: string): boolean => domain === '' || domain === 'ai.onnx';

/** Reads and checks an ONNX model. Throws InputError with one sentence for a file that is no model, is damaged, or uses what is not supported. */
export function readModel(bytes: Uint8Array, file: string): ModelFile {
  try {
    return parse(bytes);
  } catch (error) {
    throw error instanceof InputError ? error : new InputError((error as Error).message, { file });
  }
}

function parse(input: Uint8Array): ModelFile {
  if (input.byteLength === 0) throw new Error('the file is empty; an ONNX model is expected');
  // A Buffer's slice() shares memory, a Uint8Array's copies it: tensors rely on the copy.
  const bytes = new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  const proto = decode(bytes);
  checkChecksum(proto, bytes);
  if (!proto.graph) throw new Error('the file holds no graph; it is not an ONNX model or it is cut short');
  checkNames(proto.graph);
  const opset = opsetOf(proto);
  inlineFunctions(proto);
  const graph = new Graph(proto.graph);
  checkGraph(graph);
  return { graph, opset, proto };
}

function decode(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw new Error(`the file is no ONNX model or it is damaged (${(error as Error).message.replace(/\s+/g, ' ')})`);
  }
}

function opsetOf(proto: ModelProto): number {
  const imports = proto.opsetImport.filter(({ domain }) => standard(domain));
  if (imports.length === 0) throw new Error('the file names no opset of the standard operators; it is not a complete ONNX model');
  const opset = Number(imports[0].version);
  if (opset < opsets.oldest || opset > opsets.newest) throw new Error(`the model uses opset ${opset}; allowed are ${opsets.oldest} to ${opsets.newest}`);
  return opset;
}

/** The field is looked for at the end of the file as well: damage before it can hide it from the parser. */
function checkChecksum(proto: ModelProto, bytes: Uint8Array): void {
  const field = checksumField('0'.repeat(8));
  const tail = Buffer.from(bytes.subarray(-field.length));
  const sealed = tail.subarray(0, -8).equals(field.subarray(0, -8));
  const saved = sealed ? tail.subarray(-8).toString('latin1') : proto.metadataProps.find(({ key }) => key === checksumKey)?.value;
  if (saved === undefined) return;
  const actual = checksum(bytes.subarray(0, -field.length));
  if (saved !== actual) throw new Error(`the file is damaged or was changed by another program: its checksum is ${actual}, but it says ${saved}`);
}

/** Text that is not UTF-8 was decoded with replacement characters; names would then no longer be unique. */
function checkNames(graph: GraphProto): void {
  const names = [
    ...graph.node.flatMap((node) => [node.opType, node.domain, node.name, ...node.input, ...node.output]),
    ...[...graph.input, ...graph.output, ...graph.initializer].map(({ name }) => name),
  ];
  const bad = names.find((name) => name.includes('\ufffd'));
  if (bad !== undefined) throw new Error(`the name "${bad}" is not valid UTF-8`);
}

function checkGraph(graph: Graph): void {
  const { proto } = graph;
  if (proto.sparseInitializer.length > 0) throw new Error('the model holds sparse tensors, which are not supported');
  if (proto.output.length === 0) throw new Error('the graph has no output');
  if (proto.node.length === 0) throw new Error('the graph has no nodes');
  for (const { name, type } of proto.input) {
    if (type?.value.case !== 'tensorType') throw new Error(`input "${name}" is not a tensor`);
  }
  const known = new Set([...proto.input.map(({ name }) => name), ...graph.initializers.keys()]);
  for (const node of proto.node) {
    if (!node.opType) throw new Error(`node "${node.name}" names no operator`);
    for (const output of node.output) {
      if (!output) continue;
      if (known.has(output)) throw new Error(`the value "${output}" is produced twice`);
      known.add(output);
    }
  }
  for (const node of graph.sorted()) {
    const missing = node.input.find((input) => input && !known.has(input));
    if (missing !== undefined) throw new Error(`node "${node.name || node.opType}" reads "${missing}", which nothing produces`);
  }
  const missing = proto.output.find(({ name }) => !known.has(name));
  if (missing) throw new Error(`nothing produces the output "${missing.name}"`);
}

/** A complete ONNX file, nodes in topological order. With `seal` it carries a checksum, which `readModel` verifies. */
export function writeModel(graph: Graph, options: { opset: number; metadata?: Record<string, string>; seal?: boolean }): Uint8Array {
  const { opset, metadata = {}, seal = false } = options;
  const { name, input, output, initializer } = graph.proto;
  const body = encode({
    irVersion: irVersion(opset),
    producerName: 'adamscope',
    graph: create(GraphProtoSchema, { name: name || 'graph', node: graph.sorted(), initializer, input, output }),
    opsetImport: [{ domain: '', version: BigInt(opset) }, ...otherDomains(graph).map((domain) => ({ domain, version: 1n }))],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return seal ? Buffer.concat([body, checksumField(checksum(body))]) : body;
}

const otherDomains = (graph: Graph): string[] => [...new Set(graph.nodes.map(({ domain }) => domain))].filter((domain) => !standard(domain));

const encode = (init: MessageInitShape<typeof ModelProtoSchema>): Uint8Array => toBinary(ModelProtoSchema, create(ModelProtoSchema, init));

/** Protobuf allows the fields of a message in any order and in pieces: the checksum is a last piece of its own, over all bytes before it. */
const checksumField = (value: string): Uint8Array => encode({ metadataProps: [{ key: checksumKey, value }] });
const checksum = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');
