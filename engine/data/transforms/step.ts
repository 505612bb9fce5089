/**
 * What is done to the values of one sample before it is used: plain data, so that it can be handed to worker threads, and for each kind of it a function. A new kind
 * of step is an entry of `Steps` and one of `operations`.
 */
import type { Random } from '../../random';
import { type Affine, affine } from './affine';
import { type OneHot, encodeOneHot } from './oneHotStep';

interface Steps {
  affine: Affine;
  oneHot: OneHot;
}

export type Step = { [K in keyof Steps]: { op: K } & Steps[K] }[keyof Steps];

/** Values in, values out; either may be the same array. `random`: absent where nothing is left to chance, as in validation. */
export type Run = (values: Float64Array, random: Random | undefined) => Float64Array;

const operations: { [K in keyof Steps]: (step: Steps[K]) => Run } = { affine, oneHot: encodeOneHot };

/** A value that a step cannot use: `element` as it was read. */
export class ValueFault extends Error {
  constructor(readonly element: number, message: string) {
    super(message);
  }
}

/** All steps in a row; `draw` gives the random numbers of step `i`. */
export function pipeline(steps: readonly Step[]): (values: Float64Array, draw?: (step: number) => Random) => Float64Array {
  const runs = steps.map((step) => (operations[step.op] as (step: Step) => Run)(step));
  return (values, draw) => runs.reduce((result, run, i) => run(result, draw?.(i)), values);
}

/** Whether a step depends on chance. */
export const isRandom = (_step: Step): boolean => false;
