/**
 * What is done to the values of one sample before it is used: plain data, so that it can be handed to worker threads, and for each kind of it a function. A new kind
 * of step is an entry of `Steps` and one of `operations`.
 */
import type { Random } from '../../random';
import { type Affine, affine } from './affine';
import { bucket, type Bucket, clip, type Clip, impute, type Impute, log, type Log, renumber, type Renumber } from './columnSteps';
import { lookUp, type LookUp } from './lookUp';
import { type ColorJitter, colorJitter, crop, type Crop, cutout, type Cutout, flip, type Flip, resize, type Resize, rotate, type Rotate } from './imageSteps';
import { encodeOneHot, type OneHot } from './oneHotStep';

interface Steps {
  affine: Affine;
  oneHot: OneHot;
  log: Log;
  clip: Clip;
  bucket: Bucket;
  impute: Impute;
  renumber: Renumber;
  lookUp: LookUp;
  resize: Resize;
  crop: Crop;
  flip: Flip;
  rotate: Rotate;
  colorJitter: ColorJitter;
  cutout: Cutout;
}

export type Step = { [K in keyof Steps]: { op: K } & Steps[K] }[keyof Steps];

/** Values in, values out; either may be the same array. `random`: absent where nothing is left to chance, as in validation. */
export type Run = (values: Float64Array, random: Random | undefined) => Float64Array;

const operations: { [K in keyof Steps]: (step: Steps[K]) => Run } = { affine, oneHot: encodeOneHot, log, clip, bucket, impute, renumber, lookUp, resize, crop, flip, rotate, colorJitter, cutout };

/** Whether a step leaves something to chance. */
export const isRandom = (step: Step): boolean => ['flip', 'rotate', 'colorJitter', 'cutout'].includes(step.op) || (step.op === 'crop' && step.random);

/** A value that a step cannot use: `element` as it was read. */
export class ValueFault extends Error {
  constructor(readonly element: number, message: string) {
    super(message);
  }
}

/** All steps in a row; `draw` gives the random numbers of step `i`. */
export function pipeline(steps: readonly Step[]): (values: Float64Array, draw?: (step: number) => Random) => Float64Array {
  const runs = steps.map((step) => (operations[step.op] as (step: Step) => Run)(step));
  const random = steps.map(isRandom);
  return (values, draw) => runs.reduce((result, run, i) => run(result, draw && random[i] ? draw(i) : undefined), values);
}
