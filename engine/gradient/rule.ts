import * as attribute from '../onnx/attributes';
import type { NodeProto } from '../onnx/generated/onnx_pb';
import { numbers } from '../onnx/tensor';
import { normalizeAxis } from './expression';
import type { Builder, Value } from './value';

/** What a rule sees of one node of the forward graph. */
export class Context {
  constructor(readonly node: NodeProto, readonly builder: Builder, readonly dys: readonly (Value | undefined)[]) {}

  /** The gradient of the first output, of the output's dimensions. */
  get dy(): Value {
    const [dy] = this.dys;
    if (!dy) throw new Error(`${this.node.opType} (node "${this.node.name}"): only its first output can be differentiated`);
    return dy;
  }

  get x(): Value {
    return this.input(0);
  }

  get b(): Value {
    return this.input(1);
  }

  get y(): Value {
    return this.builder.value(this.node.output[0]);
  }

  input(i: number): Value {
    return this.builder.value(this.node.input[i]);
  }

  get inputs(): Value[] {
    return this.node.input.map((_, i) => this.input(i));
  }

  get opset(): number {
    return this.builder.opset;
  }

  has(i: number): boolean {
    return Boolean(this.node.input[i]);
  }

  /** The numbers of an input that is a constant, undefined where it is left out. */
  constant(i: number): number[] | undefined {
    if (!this.has(i)) return undefined;
    const tensor = this.builder.graph.tensor(this.node.input[i]);
    return tensor && numbers(tensor);
  }

  int(name: string, otherwise: number): number {
    return attribute.int(this.node, name, otherwise);
  }

  ints(name: string, otherwise: number[]): number[] {
    return attribute.ints(this.node, name, otherwise);
  }

  float(name: string, otherwise: number): number {
    return attribute.float(this.node, name, otherwise);
  }

  string(name: string, otherwise: string): string {
    return attribute.string(this.node, name, otherwise);
  }

  /** Constant numbers that the rule cannot do without. */
  constantInput(i: number, what: string): number[] {
    return this.constant(i) ?? this.fail(`its ${what} must be constant`);
  }

  /** Axes from the front of the first input: an attribute in older opsets, input `i` in newer ones; undefined where left out. */
  axes(i = 1): number[] | undefined {
    const list = attribute.has(this.node, 'axes') ? this.ints('axes', []) : this.has(i) ? this.constantInput(i, 'axes') : undefined;
    return list?.map((axis) => normalizeAxis(axis, this.x.dims.length));
  }

  /** The attribute `axis`, counted from the front of the first input. */
  axis(otherwise: number): number {
    return normalizeAxis(this.int('axis', otherwise), this.x.dims.length);
  }

  fail(reason: string): never {
    throw new Error(`${this.node.opType} (node "${this.node.name}", opset ${this.opset}) has no gradient here: ${reason}`);
  }
}

/** The gradient of one input, up to broadcasting: it may be smaller or larger than the input along broadcast axes. */
export type Partial = (context: Context) => Value;

/** One partial per input (undefined: an input without gradient, such as indices), or one function for all inputs. */
export type Rule = readonly (Partial | undefined)[] | ((context: Context, input: number) => Value);

export type Rules = Readonly<Record<string, Rule>>;
