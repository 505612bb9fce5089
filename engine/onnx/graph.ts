import { clone, create } from '@bufbuild/protobuf';
import { type Attributes, tensor as tensorAttribute, toAttribute, ints as intsAttribute, int as intAttribute, float as floatAttribute, has } from './attributes';
import { type GraphProto, GraphProtoSchema, type NodeProto, NodeProtoSchema, type ValueInfoProto, ValueInfoProtoSchema } from './generated/onnx_pb';
import { elementNumber, type ElementType, fromProto, newArray, type Tensor, type TensorData, toProto } from './tensor';

/** Edits an ONNX graph. Values are named by strings; "" is an optional input or output that is left out. */
export class Graph {
  private readonly names = new Set<string>(['']);
  private readonly tensors = new Map<string, Tensor>();
  private readonly producers = new Map<string, NodeProto>();
  private readonly constants = new Map<string, string>();
  private readonly parts = new Map<string, string>();
  private part?: string;

  constructor(readonly proto: GraphProto) {
    for (const { name } of [...proto.input, ...proto.output]) this.names.add(name);
    for (const initializer of proto.initializer) {
      this.names.add(initializer.name);
      this.tensors.set(initializer.name, fromProto(initializer));
    }
    for (const node of proto.node) this.adopt(node);
  }

  static create(name: string): Graph {
    return new Graph(create(GraphProtoSchema, { name }));
  }

  /** Tensors are shared: nothing writes into one, a new value is a new tensor. Only training writes into those of a model's parameters (`training/state`). */
  clone(): Graph {
    const copy = new Graph(clone(GraphProtoSchema, { ...this.proto, initializer: [] }));
    for (const [name, tensor] of this.tensors) copy.setTensor(name, tensor);
    return copy;
  }

  get nodes(): NodeProto[] {
    return this.proto.node;
  }

  /** A value name that is not used yet: the base itself, or the base with a number. */
  unique(base: string): string {
    let name = base;
    for (let i = 1; this.names.has(name); i++) name = `${base}_${i}`;
    this.names.add(name);
    return name;
  }

  /** Adds a node and returns the name of its first output. `outputs`: how many (names are made up), or their names. */
  add(op: string, inputs: string[], attributes: Attributes = {}, outputs: number | string[] = 1): string {
    return this.addAll(op, inputs, attributes, outputs)[0];
  }

  addAll(op: string, inputs: string[], attributes: Attributes, outputs: number | string[]): string[] {
    const names = typeof outputs === 'number' ? Array.from({ length: outputs }, () => this.unique(op.toLowerCase())) : outputs;
    const node = create(NodeProtoSchema, {
      opType: op,
      input: inputs,
      output: names,
      name: names[0],
      attribute: Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [toAttribute(name, value)])),
    });
    this.proto.node.push(node);
    this.adopt(node);
    if (this.part !== undefined) this.parts.set(node.name, this.part);
    return names;
  }

  /** The same operation on other inputs; returns its node. */
  repeat({ opType, domain, attribute }: NodeProto, inputs: string[], outputs: string[]): NodeProto {
    this.add(opType, inputs, {}, outputs);
    return Object.assign(this.proto.node.at(-1)!, { domain, attribute });
  }

  /** The nodes that `build` adds belong to this part of a step, as profiles have it. */
  within<T>(part: string, build: () => T): T {
    const outer = this.part;
    this.part = part;
    try {
      return build();
    } finally {
      this.part = outer;
    }
  }

  /** The operator of the model that a node is there for, "loss", or "gradient of" one of them. */
  partOf({ name, opType }: Pick<NodeProto, 'name' | 'opType'>): string {
    return this.parts.get(name) ?? opType;
  }

  private adopt(node: NodeProto): void {
    for (const output of node.output) {
      if (!output) continue;
      this.names.add(output);
      this.producers.set(output, node);
    }
  }

  /** Takes over the nodes and initializers of a graph whose names do not occur here, such as a branch (names are unique across scopes). */
  include(other: GraphProto): void {
    for (const initializer of other.initializer) this.setTensor(initializer.name, fromProto(initializer));
    for (const node of other.node) {
      this.proto.node.push(node);
      this.adopt(node);
    }
  }

  /** Gives an output of a node a name of its own, which is returned; something else must then produce the old one. */
  renameOutput(node: NodeProto, output: string, base: string): string {
    const name = this.unique(base);
    node.output = node.output.map((each) => (each === output ? name : each));
    this.producers.delete(output);
    this.producers.set(name, node);
    return name;
  }

  /** Removes these nodes; values that others still read must be produced again under the same names. */
  remove(nodes: Iterable<NodeProto>): void {
    const gone = new Set(nodes);
    this.proto.node = this.proto.node.filter((node) => !gone.has(node));
    for (const node of gone) for (const output of node.output) if (this.producers.get(output) === node) this.producers.delete(output);
  }

  /** An initializer with these values, shared between equal constants. `dims` defaults to [] for one number, to [n] for a list. */
  constant(values: number | number[], dims: number[] = typeof values === 'number' ? [] : [values.length], type: ElementType = 'float32'): string {
    const list = typeof values === 'number' ? [values] : values;
    const key = `${type}[${dims}]${list}`;
    const known = this.constants.get(key);
    // One that nobody read may have been removed.
    if (known !== undefined && this.tensors.has(known)) return known;
    const name = this.unique('constant');
    this.constants.set(key, name);
    this.setTensor(name, { type, dims, data: newArray(type, list) });
    return name;
  }

  /** An int64 constant, as shapes, axes and indices want it. */
  int64(values: number | number[]): string {
    return this.constant(values, undefined, 'int64');
  }

  /** Adds or replaces an initializer. */
  setTensor(name: string, tensor: Tensor): void {
    this.removeTensor(name);
    this.names.add(name);
    this.tensors.set(name, tensor);
    this.proto.initializer.push(toProto(name, tensor));
  }

  removeTensor(name: string): void {
    if (!this.tensors.delete(name)) return;
    this.proto.initializer = this.proto.initializer.filter((initializer) => initializer.name !== name);
  }

  isInitializer(name: string): boolean {
    return this.tensors.has(name);
  }

  get initializers(): ReadonlyMap<string, Tensor> {
    return this.tensors;
  }

  /** The value of an initializer or of a Constant node. */
  tensor(name: string): Tensor | undefined {
    const initializer = this.tensors.get(name);
    if (initializer) return initializer;
    const node = this.producers.get(name);
    if (node?.opType === 'Identity') return this.tensor(node.input[0]);
    return node?.opType === 'Constant' ? constantValue(node) : undefined;
  }

  addInput(name: string, type: ElementType, dims: (number | string)[]): string {
    this.names.add(name);
    this.proto.input.push(valueInfo(name, type, dims));
    return name;
  }

  addOutput(name: string, type: ElementType, dims: (number | string)[]): string {
    this.proto.output.push(valueInfo(name, type, dims));
    return name;
  }

  producer(value: string): NodeProto | undefined {
    return this.producers.get(value);
  }

  consumers(value: string): NodeProto[] {
    return this.proto.node.filter((node) => node.input.includes(value));
  }

  /** The nodes that the values come from; with `through` going back through these values only. */
  upstream(values: Iterable<string>, through: (value: string) => boolean = () => true): Set<NodeProto> {
    const found = new Set<NodeProto>();
    const stack = [...values];
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      const node = this.producer(name);
      if (!node || found.has(node)) continue;
      found.add(node);
      stack.push(...nodeInputs(node).filter(through));
    }
    return found;
  }

  /** Nodes in topological order (depth first, stable). Throws on a cycle. */
  sorted(): NodeProto[] {
    const done = new Map<NodeProto, boolean>();
    const order: NodeProto[] = [];
    // An explicit stack: a chain of thousands of nodes would exhaust the call stack.
    for (const root of this.proto.node) {
      if (done.has(root)) continue;
      const stack = [{ node: root, inputs: nodeInputs(root), next: 0 }];
      done.set(root, false);
      for (let top = stack.at(-1); top; top = stack.at(-1)) {
        if (top.next === top.inputs.length) {
          done.set(top.node, true);
          order.push(top.node);
          stack.pop();
          continue;
        }
        const before = this.producers.get(top.inputs[top.next++]);
        if (!before || done.get(before)) continue;
        if (done.has(before)) throw new Error(`the graph has a cycle through node "${before.name || before.opType}"`);
        done.set(before, false);
        stack.push({ node: before, inputs: nodeInputs(before), next: 0 });
      }
    }
    return order;
  }
}

/** What a node reads, values captured by its subgraphs (If, Loop, Scan) included. */
export function nodeInputs(node: NodeProto): string[] {
  const captured = node.attribute.flatMap((attribute) => (attribute.g ? freeValues(attribute.g) : []));
  return captured.length > 0 ? [...node.input, ...captured] : node.input;
}

/** What a subgraph reads of the graph around it. */
export function freeValues(graph: GraphProto): string[] {
  const own = new Set([...graph.input.map(({ name }) => name), ...graph.initializer.map(({ name }) => name), ...graph.node.flatMap(({ output }) => output)]);
  return [...graph.node.flatMap(nodeInputs), ...graph.output.map(({ name }) => name)].filter((name) => name && !own.has(name));
}

function constantValue(node: NodeProto): Tensor | undefined {
  const tensor = tensorAttribute(node, 'value');
  if (tensor) return tensor;
  if (has(node, 'value_float')) return { type: 'float32', dims: [], data: Float32Array.of(floatAttribute(node, 'value_float', 0)) };
  if (has(node, 'value_int')) return { type: 'int64', dims: [], data: BigInt64Array.of(BigInt(intAttribute(node, 'value_int', 0))) };
  if (has(node, 'value_ints')) return list('int64', intsAttribute(node, 'value_ints', []));
  const floats = node.attribute.find(({ name }) => name === 'value_floats')?.floats;
  return floats && list('float32', floats);
}

const list = (type: ElementType, values: number[]): Tensor => ({ type, dims: [values.length], data: newArray(type, values) as TensorData });

export function valueInfo(name: string, type: ElementType, dims: (number | string)[]): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: {
          elemType: elementNumber(type),
          shape: { dim: dims.map((n) => ({ value: typeof n === 'number' ? { case: 'dimValue' as const, value: BigInt(n) } : { case: 'dimParam' as const, value: n } })) },
        },
      },
    },
  });
}
