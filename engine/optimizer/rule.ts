import type { Static, TObject } from 'typebox';
import type { Common, Kernel } from './binding';
import type { ParameterStore } from './store';

/** Where a second moment v is corrected for its start at zero, as Adam's. */
export interface SecondMoment {
  /** m^ = m / firstCorrection. */
  firstCorrection: number;
  /** v^ = v / secondCorrection. */
  secondCorrection: number;
  /** What the update really divides m and v by: the same, or 1 where the correction is switched off. */
  applied: { first: number; second: number };
  epsilon: number;
}

/** One step of one parameter. */
export interface Update<Config> {
  config: Config;
  learningRate: number;
  /** 1-based. */
  step: number;
  common: Common;
  /** Address of a state array. */
  address(slot: string): number;
  /** The kernel's sums over the parameter, as the last call left them. */
  totals: Float64Array;
}

/** One step of all parameters by an optimizer that evaluates the loss several times. */
export interface Search<Config> {
  config: Config;
  learningRate: number;
  store: ParameterStore;
  kernel: Kernel;
  /** With the weights at the start, whose gradient the store holds. */
  loss: number;
  /** With the weights as they are; leaves the gradient in the store. */
  evaluate(): Promise<number>;
}

/** The options of a schema with every default filled in. */
export type Resolved<Schema extends TObject> = Required<Static<Schema>>;

/** An optimizer: its options, its state and the kernel function that computes it. */
export type OptimizerRule<Schema extends TObject, Config = Resolved<Schema>> = State<Schema, Config> & (
  | { update(kernel: Kernel, update: Update<Config>): void; search?: undefined }
  /** Moves the weights; afterwards the scratch array "start" holds them, and "start_gradient" the gradient, as they were before. */
  | { update?: undefined; search(search: Search<Config>): Promise<void> }
);

interface State<Schema extends TObject, Config> {
  schema: Schema;
  /** State arrays that these options need, by torch's names. */
  slots(config: Config): string[];
  scratch?(config: Config): string[];
  globals?(config: Config): Record<string, number>;
  /** The one that momentum quantities describe. */
  first?(config: Config): string | undefined;
  /** The one whose root divides the update. */
  second?(config: Config): string | undefined;
  /** What a state array starts with; default 0. */
  initial?(config: Config): number;
  corrections?(config: Config, step: number): SecondMoment;
}

export const rule = <Schema extends TObject>(definition: OptimizerRule<Schema>): OptimizerRule<Schema> => definition;
