import { create } from '@bufbuild/protobuf';
import { type AttributeProto, AttributeProtoSchema, AttributeProto_AttributeType as Type, type GraphProto, type NodeProto } from './generated/onnx_pb';
import { fromProto, type Tensor, toProto } from './tensor';

/** A number is INT, a list INTS, a text STRING; the others say what they are. Undefined leaves the attribute out. */
export type AttributeValue = number | number[] | string | { float: number } | { floats: number[] } | { tensor: Tensor } | { graph: GraphProto } | undefined;
export type Attributes = Record<string, AttributeValue>;

export const toAttribute = (name: string, value: NonNullable<AttributeValue>): AttributeProto => {
  const fields =
    typeof value === 'number' ? { type: Type.INT, i: BigInt(value) }
    : typeof value === 'string' ? { type: Type.STRING, s: new TextEncoder().encode(value) }
    : Array.isArray(value) ? { type: Type.INTS, ints: value.map(BigInt) }
    : 'float' in value ? { type: Type.FLOAT, f: value.float }
    : 'floats' in value ? { type: Type.FLOATS, floats: value.floats }
    : 'tensor' in value ? { type: Type.TENSOR, t: toProto('', value.tensor) }
    : { type: Type.GRAPH, g: value.graph };
  return create(AttributeProtoSchema, { name, ...fields });
};

const find = (node: NodeProto, name: string): AttributeProto | undefined => node.attribute.find((attribute) => attribute.name === name);

export const int = (node: NodeProto, name: string, otherwise: number): number => Number(find(node, name)?.i ?? otherwise);
export const ints = (node: NodeProto, name: string, otherwise: number[]): number[] => find(node, name)?.ints.map(Number) ?? otherwise;
export const float = (node: NodeProto, name: string, otherwise: number): number => find(node, name)?.f ?? otherwise;
export const string = (node: NodeProto, name: string, otherwise: string): string => {
  const bytes = find(node, name)?.s;
  return bytes ? new TextDecoder().decode(bytes) : otherwise;
};
export const tensor = (node: NodeProto, name: string): Tensor | undefined => {
  const proto = find(node, name)?.t;
  return proto && fromProto(proto);
};
export const has = (node: NodeProto, name: string): boolean => find(node, name) !== undefined;
