import type { Static, TObject } from 'typebox';
import type { Common, Kernel } from './binding';

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
}

/** The options of a schema with every default filled in. */
export type Resolved<Schema extends TObject> = Required<Static<Schema>>;

/** An optimizer: its options, its state and the kernel function that computes it. */
export interface OptimizerRule<Schema extends TObject, Config = Resolved<Schema>> {
  schema: Schema;
  /** State arrays that these options need, by torch's names. */
  slots(config: Config): string[];
  /** The one that momentum quantities describe. */
  first?(config: Config): string | undefined;
  /** The one whose root divides the update. */
  second?(config: Config): string | undefined;
  /** What a state array starts with; default 0. */
  initial?(config: Config): number;
  corrections?(config: Config, step: number): SecondMoment;
  update(kernel: Kernel, update: Update<Config>): void;
}

export const rule = <Schema extends TObject>(definition: OptimizerRule<Schema>): OptimizerRule<Schema> => definition;
