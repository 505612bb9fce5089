import { InputError } from '../errors';
import { FREE } from './kernel/memory';

export interface InitialParameter {
  name: string;
  dims: number[];
  data: Float32Array;
}

/** The arrays that an optimizer needs. */
export interface Layout {
  /** State of each parameter beside weight and gradient, by torch's names ("exp_avg"). */
  slots: readonly string[];
  /** What each parameter needs within a step only. */
  scratch?: readonly string[];
  /** State of the whole model, with its length. */
  globals?: Readonly<Record<string, number>>;
}

/** All float32 state of the parameters in one WebAssembly.Memory, so that the kernel updates what onnxruntime reads and writes without a copy. */
export class ParameterStore {
  readonly names: string[];
  readonly memory: WebAssembly.Memory;
  private readonly arrays = new Map<string, Float32Array>();
  private readonly slots: readonly string[];
  private readonly globals: Record<string, Float32Array>;
  /** Elements of one kind of all parameters, with the padding between them, which is zero. */
  private readonly elements: number;

  constructor(parameters: readonly InitialParameter[], { slots, scratch = [], globals = {} }: Layout) {
    this.names = parameters.map((parameter) => parameter.name);
    this.slots = slots;
    this.globals = Object.fromEntries(Object.entries(globals).map(([name, length]) => [name, new Float32Array(length)]));
    const bytes = parameters.map((parameter) => align(parameter.data.length * 4));
    this.elements = bytes.reduce((sum, size) => sum + size, 0) / 4;
    const kinds = ['weight', 'gradient', ...slots, ...scratch];
    this.memory = allocate(FREE + kinds.length * 4 * this.elements, parameters, kinds.length);
    let at = FREE;
    for (const kind of kinds) {
      parameters.forEach(({ name, data }, i) => {
        this.arrays.set(key(kind, name), new Float32Array(this.memory.buffer, at, data.length));
        at += bytes[i];
      });
    }
    for (const { name, data } of parameters) this.weight(name).set(data);
  }

  weight(name: string): Float32Array {
    return this.array('weight', name);
  }

  gradient(name: string): Float32Array {
    return this.array('gradient', name);
  }

  /** A view that stays valid for the store's life. */
  array(kind: string, name: string): Float32Array {
    const array = this.arrays.get(key(kind, name));
    if (!array) throw new RangeError(`There is no ${kind} of a parameter named "${name}".`);
    return array;
  }

  /** An array that belongs to no parameter. */
  global(name: string): Float32Array {
    return this.globals[name];
  }

  /** All arrays of a kind as one vector, for the kernel: they lie one after the other. */
  range(kind: string): { address: number; length: number } {
    return { address: this.names.length > 0 ? this.array(kind, this.names[0]).byteOffset : FREE, length: this.elements };
  }

  /** Optimizer state for checkpoints: views by "exp_avg/conv1.weight", and what belongs to no parameter by its name. */
  state(): Record<string, Float32Array> {
    return { ...Object.fromEntries(this.slots.flatMap((slot) => this.names.map((name) => [key(slot, name), this.array(slot, name)]))), ...this.globals };
  }
}

const key = (kind: string, name: string): string => `${kind}/${name}`;

/** To a cache line: the kernel reads whole vectors, and no two arrays share one. */
const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

const pageBytes = 65536;
/** The last page of WebAssembly's 4 GiB stays free, so that the address behind the last array is still a 32-bit number. */
const maximumPages = 65535;

/** Exactly what is needed: a memory that grows detaches every view. */
function allocate(bytes: number, parameters: readonly InitialParameter[], arrays: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / pageBytes);
  const count = parameters.reduce((sum, { data }) => sum + data.length, 0);
  const need = `The model has ${count} parameters, for which this optimizer needs ${arrays} arrays of ${(count * 4 / 2 ** 30).toFixed(2)} GiB`;
  if (pages > maximumPages) throw new InputError(`${need}; together at most 4 GiB are possible.`);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch {
    throw new InputError(`${need}, more memory than this machine has free.`);
  }
}
