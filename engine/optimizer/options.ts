import { Type } from 'typebox';

/** A number with a default, so that it may be left out of the run file. */
export const number = (value: number, description: string, limits: { minimum?: number; maximum?: number; exclusiveMinimum?: number; exclusiveMaximum?: number } = { minimum: 0 }) =>
  Type.Optional(Type.Number({ default: value, ...limits, description }));

export const count = (value: number, description: string, minimum = 0) =>
  Type.Optional(Type.Integer({ default: value, minimum, description }));

export const flag = (description: string, value = false) => Type.Optional(Type.Boolean({ default: value, description }));

/** A share in [0, 1), such as a decay rate. */
export const rate = (value: number, description: string) => number(value, description, { minimum: 0, exclusiveMaximum: 1 });

export const learningRate = (value: number) =>
  number(value, `Size of a step: the update is multiplied by it. Default ${value}, as in PyTorch.`);

export const weightDecay = number(0, 'L2 penalty: this times the weight is added to the gradient.');
