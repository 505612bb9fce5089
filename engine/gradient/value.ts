import type { Attributes } from '../onnx/attributes';
import type { Graph } from '../onnx/graph';
import type { ElementType } from '../onnx/tensor';

/** Dimensions and element type of every value of a graph, the batch size fixed. */
export type Shapes = Map<string, { dims: number[]; type: ElementType }>;

/** A value of the graph under construction, with its static shape. The functions of `expression.ts` combine values. */
export interface Value {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: ElementType;
  readonly builder: Builder;
  /** Of a gradient: it is zero already wherever this Relu's output is not positive. */
  readonly maskedBy?: string;
}

/** Emits nodes and remembers them, so that an expression asked for twice is computed once. */
export class Builder {
  private readonly emitted = new Map<string, string[]>();

  constructor(readonly graph: Graph, readonly shapes: Shapes, readonly opset: number) {}

  /** A value that exists already. */
  value(name: string): Value {
    const known = this.shapes.get(name) ?? this.graph.tensor(name);
    if (!known) throw new Error(`the shape of value "${name}" is not known`);
    return { name, dims: known.dims, type: known.type, builder: this };
  }

  constant(values: number | number[], type: ElementType, dims?: number[]): Value {
    return this.value(this.graph.constant(values, dims, type));
  }

  int64(values: number[]): Value {
    return this.constant(values, 'int64');
  }

  emit(op: string, inputs: readonly (Value | undefined)[], attributes: Attributes, dims: readonly number[], type: ElementType): Value {
    return this.emitAll(op, inputs, attributes, [{ dims, type }])[0];
  }

  emitAll(op: string, inputs: readonly (Value | undefined)[], attributes: Attributes, outputs: readonly { dims: readonly number[]; type: ElementType }[]): Value[] {
    const names = inputs.map((input) => input?.name ?? '');
    const key = JSON.stringify([op, names, attributes, outputs.length]);
    let results = this.emitted.get(key);
    if (!results) {
      results = this.graph.addAll(op, names, attributes, outputs.length);
      results.forEach((name, i) => this.shapes.set(name, { dims: [...outputs[i].dims], type: outputs[i].type }));
      this.emitted.set(key, results);
    }
    return results.map((name, i) => ({ name, ...outputs[i], builder: this }));
  }
}
