import { InputError, oneOf } from '../../../engine/errors';
import type { KerasObject } from '../cases';

/** A Keras object in one form: its name without case and underscores, and its options. */
export function termOf(given: KerasObject, nameKey = 'class'): { name: string; options: Record<string, unknown> } {
  if (typeof given === 'string') return { name: plain(given), options: {} };
  const { [nameKey]: own, class_name: serialized, config = {}, ...options } = given;
  return { name: plain(String(own ?? serialized ?? '')), options: { ...options, ...config } };
}

/** "glorot_uniform", "GlorotUniform" and "glorotUniform" are one. */
export const plain = (name: string): string => name.replace(/[_\s]/g, '').toLowerCase();

/** Looks a term up in a table; an InputError says what is known. */
export function lookUp<T>(table: Record<string, T>, name: string, what: string): T {
  if (Object.hasOwn(table, name)) return table[name];
  throw new InputError(`the ${what} "${name}" is not known; known are ${oneOf(Object.keys(table))}`);
}

export const numberOf = (options: Record<string, unknown>, keys: string[], otherwise: number): number => {
  const given = keys.map((key) => options[key]).find((value) => value !== undefined && value !== null);
  return given === undefined ? otherwise : Number(given);
};
